// OAuth 2.0 with PKCE as X does it (contract 4.2): addresses and calls of the token endpoint. Keeps nothing.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "x/request_count.hpp"

namespace fetch {
class Client;
}

namespace x {

/// A developer app of X: that of the server, or a user's own.
struct App {
    std::string client_id;
    std::string client_secret;  ///< empty: a public client
    std::string redirect_uri;
    bool is_own = false;

    bool operator==(const App&) const = default;
};

struct Tokens {
    std::string access_token;
    std::optional<std::string> refresh_token;
    std::chrono::seconds expires_in{};
    std::vector<std::string> scopes;
};

struct TokenFailure {
    enum class Kind : std::uint8_t {
        denied,        ///< X refuses this grant or this app, and will again
        rate_limited,  ///< until `until`, when X said so
        unavailable,
        breaker,  ///< nothing was sent
    };
    Kind kind = Kind::unavailable;
    std::optional<base::Time> until = {};
    std::string problem = {};  ///< what X said, for a person; no secrets
};

struct OAuthOptions {
    std::string authorize_url;
    std::string token_url;
    std::string revoke_url;
    std::string scopes;  ///< separated by blanks
    std::chrono::milliseconds timeout{15'000};
    std::optional<App> shared_app = {};
    observe::Counters* counters = nullptr;  ///< of requests; null: they are not counted
};

/// 64 random bytes as base64url.
[[nodiscard]] std::string make_verifier();
/// base64url(SHA-256(verifier)): the method S256 of RFC 7636.
[[nodiscard]] std::string challenge_of(std::string_view verifier);
/// Reads the answer of the token endpoint; nothing for what is no pair of tokens.
[[nodiscard]] std::optional<Tokens> read_tokens(std::string_view body);

class OAuth {
public:
    OAuth(fetch::Client& http, OAuthOptions options, const base::Clock& clock)
        : http_(http), options_(std::move(options)), clock_(clock) {}

    /// Where the user is sent to.
    [[nodiscard]] std::string authorize_url(const App& app, std::string_view state,
                                            std::string_view verifier) const;
    /// Spends a code.
    base::Task<std::expected<Tokens, TokenFailure>> exchange(App app, std::string code, std::string verifier);
    /// Spends a refresh token: X gives a new pair, and the old one is of no more use.
    base::Task<std::expected<Tokens, TokenFailure>> refresh(App app, std::string refresh_token);
    /// Whether X has forgotten the token.
    base::Task<bool> revoke(App app, std::string token);
    [[nodiscard]] const std::optional<App>& shared_app() const { return options_.shared_app; }

private:
    using Form = std::vector<std::pair<std::string_view, std::string>>;
    base::Task<std::expected<Tokens, TokenFailure>> ask(const App& app, Form form);

    fetch::Client& http_;
    OAuthOptions options_;
    const base::Clock& clock_;
};

}  // namespace x
