// The one table of routes.
#pragma once

#include <span>
#include <string>

#include "http/router.hpp"

namespace app {

/// Every route that the server has; static storage.
[[nodiscard]] std::span<const http::Route> routes();
/// The table as a JSON array of `{method, pattern, name, auth, cached, fail}`, for tests and documents that
/// are made from it.
[[nodiscard]] std::string print_routes();

}  // namespace app
