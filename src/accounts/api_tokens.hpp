// API tokens: credentials for programs, with scopes of their own (contract 1.10, 3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/principal.hpp"
#include "base/task.hpp"
#include "postgres/pool.hpp"

namespace accounts {

/// In front of every API token, so that it cannot be taken for another credential, and is found by scanners.
inline constexpr std::string_view kApiTokenPrefix = "xbm_";

struct ApiToken {
    base::Uuid id;
    std::string name;
    base::Scopes scopes;
    std::string prefix;  ///< the first characters, to recognise it by
    base::Time created_at;
    std::optional<base::Time> expires_at;
    std::optional<base::Time> last_used_at;  ///< up to a minute too early
};

/// A token that was made: `token` is shown once and stored as a hash only.
struct NewApiToken {
    std::string token;
    ApiToken about;
};

class ApiTokens {
public:
    static constexpr std::int64_t kMaxPerUser = 100;

    ApiTokens(postgres::Pool& database, const base::Clock& clock) : database_(database), clock_(clock) {}

    /// Error: invalid_token_data (the user has as many as there may be).
    base::Task<base::Result<NewApiToken>> make(base::UserId user, std::string name, base::Scopes scopes,
                                               std::optional<base::Time> expires_at);
    /// Newest first.
    base::Task<base::Result<std::vector<ApiToken>>> list(base::UserId user);
    /// Error: token_not_found.
    base::Task<base::Result<void>> remove(base::UserId user, base::Uuid id);
    /// Who holds this token, with its scopes. Errors: invalid_token, token_expired, account_disabled.
    base::Task<base::Result<base::Principal>> check(std::string token);

private:
    postgres::Pool& database_;
    const base::Clock& clock_;
};

}  // namespace accounts
