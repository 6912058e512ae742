#include "x_options.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app.hpp"

namespace app {
namespace {

// Whoever waits for a refresh waits in the database for at most STATEMENT_TIMEOUT, 25 s.
constexpr std::chrono::milliseconds kTokenTimeoutMax{15'000};

}  // namespace

std::string listen_url(const Config& config, std::uint16_t port) {
    std::string host = config.host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::" || host == "[::]") host = "::1";
    if (host.contains(':') && !host.starts_with('[')) host = "[" + host + "]";
    return fmt::format("http://{}:{}", host, port);
}

std::string public_url(const Config& config) {
    if (!config.public_url.empty()) return config.public_url;
    return config.port == 0 ? std::string() : listen_url(config, config.port);
}

x::AccessOptions x_access_options(const Config& config, const std::string& public_url,
                                  observe::Counters* counters) {
    const XConfig& x = config.x;
    std::string redirect_uri = x.redirect_uri;
    if (redirect_uri.empty() && !public_url.empty()) redirect_uri = public_url + "/api/auth/x/callback";
    x::AccessOptions options{.http = {.user_agent = "X-Bookmarker/" + std::string(version())},
                             .client = {.base_url = x.api_base_url,
                                        .timeout = x.api_timeout,
                                        .dialect = x::parse_dialect(x.dialect),
                                        .counters = counters},
                             .oauth = {.authorize_url = x.authorize_url,
                                       .token_url = x.token_url,
                                       .revoke_url = x.revoke_url,
                                       .scopes = x.scopes,
                                       .timeout = std::min(x.api_timeout, kTokenTimeoutMax),
                                       .counters = counters},
                             .accounts = {.app_owner_id = x.app_owner_id, .redirect_uri = redirect_uri}};
    if (!x.client_id.empty())
        options.oauth.shared_app =
            x::App{.client_id = x.client_id, .client_secret = x.client_secret, .redirect_uri = redirect_uri};
    return options;
}

x::SignInOptions x_sign_in_options(const Config& config) {
    return {.redis_prefix = config.redis_prefix,
            .signup_enabled = config.x.signup_enabled,
            .allowed_users = config.x.allowed_users};
}

guard::CircuitBreakerOptions x_breaker_options(const Config& config) {
    return {.failures = config.x.breaker_failures,
            .successes = config.x.breaker_successes,
            .open_time = config.x.breaker_open};
}

}  // namespace app
