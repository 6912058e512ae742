// Who is calling, as admission found out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace base {

enum class Role : std::uint8_t { user, admin };
[[nodiscard]] constexpr std::string_view to_string(Role role) {
    return role == Role::admin ? "admin" : "user";
}

enum class Credential : std::uint8_t { access_token, api_token, cookie };

/// Rights of a credential (contract 1.10). Logins have all three; `admin` counts only with Role::admin.
struct Scopes {
    bool read = false;
    bool write = false;
    bool admin = false;
};

struct Principal {
    UserId user;
    SessionId session;  ///< nil for API tokens and for access tokens without `sid`
    std::string username;
    Role role = Role::user;
    Credential credential = Credential::access_token;
    Scopes scopes;
    Time expires_at;  ///< of the credential
};

}  // namespace base
