// The caller's identity, under the name that HTTP code uses.
#pragma once

#include "base/principal.hpp"

namespace http {

using base::Credential;
using base::Principal;
using base::Role;
using base::Scopes;

}  // namespace http
