// The one table of routes.
#pragma once

#include <span>

#include "http/router.hpp"

namespace app {

/// Every route that the server has; static storage.
[[nodiscard]] std::span<const http::Route> routes();

}  // namespace app
