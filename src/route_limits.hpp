// What the limits make of a route: contract 1.11 "Routes" as a function of method and pattern, so that the
// table of routes need not repeat it in every line.
#pragma once

#include "http/router.hpp"

namespace app {

[[nodiscard]] http::Limiter limiter_of(http::Method method, std::string_view pattern);
[[nodiscard]] http::Load load_of(const http::Route& route);

}  // namespace app
