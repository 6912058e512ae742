// Access tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256 (RFC 7515 appendix A.1), contract 1.10.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/principal.hpp"

namespace accounts {

struct Claims {
    base::UserId user;
    std::string x_user_id;
    std::string username;
    base::Role role = base::Role::user;
    std::optional<base::SessionId> session;
    base::Time issued_at;   ///< whole seconds
    base::Time expires_at;  ///< whole seconds
};

/// A signed token. `key` is JWT_SECRET.
[[nodiscard]] std::string sign(const Claims& claims, std::string_view key);

/// Checks algorithm (HS256 only), signature, issuer, audience, `typ`, `exp`, `nbf` and the types of all
/// claims. Errors: invalid_token, token_expired, token_not_active.
[[nodiscard]] base::Result<Claims> verify(std::string_view token, std::string_view key, base::Time now);

}  // namespace accounts
