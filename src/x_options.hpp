// What X needs to know of the configuration, for servers and commands.
#pragma once

#include <string>

#include "config.hpp"
#include "x/access.hpp"
#include "x/sign_in.hpp"

namespace app {

/// `counters`: of requests to X; null: they are not counted. `public_url`: the own address, empty when it is
/// not known before a request names it.
[[nodiscard]] x::AccessOptions x_access_options(const Config& config, const std::string& public_url,
                                                observe::Counters* counters = nullptr);
[[nodiscard]] x::SignInOptions x_sign_in_options(const Config& config);
[[nodiscard]] guard::CircuitBreakerOptions x_breaker_options(const Config& config);
/// PUBLIC_URL, or made from HOST and PORT; empty with PORT=0.
[[nodiscard]] std::string public_url(const Config& config);
/// `http://host:port` of where the server listens.
[[nodiscard]] std::string listen_url(const Config& config, std::uint16_t port);

}  // namespace app
