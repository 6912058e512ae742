// SQLSTATE → Errc, in one place (PostgreSQL documentation, appendix A).
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace postgres {

/// An empty SQLSTATE means that the connection is gone. `constraint` is the one that was violated.
[[nodiscard]] base::Error to_error(std::string_view sqlstate, std::string_view constraint = {});
/// The caller left before the answer.
[[nodiscard]] base::Error nobody_waits();

}  // namespace postgres
