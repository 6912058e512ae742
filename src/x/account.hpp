// Connections of users to X (contract 4.2): whose tokens there are, kept encrypted, refreshed in time by one
// process at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/single_flight.hpp"
#include "base/task.hpp"
#include "postgres/pool.hpp"
#include "x/client.hpp"

namespace x {

class OAuth;
class Vault;

enum class Status : std::uint8_t { active, needs_reauth, not_enrolled };
[[nodiscard]] std::string_view to_string(Status status);

struct Account {
    base::UserId user;
    std::string x_user_id;
    std::string username;
    Status status = Status::active;
    std::vector<std::string> scopes;
    bool uses_own_app = false;  ///< connected through the user's own app
    bool owns_app = false;      ///< reads cost the price of owned reads (contract 4.6)
    Dialect dialect = Dialect::tweet;
    base::Time connected_at{};
    std::optional<base::Time> last_sync_at;
};

/// Why there are no credentials.
struct Refusal {
    enum class Reason : std::uint8_t {
        not_connected,  ///< there is no connection
        needs_reauth,   ///< the user has to log in with X again; the account says so from now on
        not_enrolled,
        rate_limited,  ///< the token endpoint; until `until` when X said so
        unavailable,   ///< X does not answer, or not sensibly
        breaker,       ///< X is not asked until `until`
        internal,      ///< our own database; `error` says what
    };
    Reason reason = Reason::unavailable;
    std::optional<base::Time> until = {};
    base::Error error = {};
};

struct AccountsOptions {
    /// X id of the owner of the shared app (X_APP_OWNER_ID); empty: nobody's reads are owned reads there.
    std::string app_owner_id;
};

class Accounts {
public:
    /// All must outlive it.
    Accounts(postgres::Pool& database, OAuth& oauth, const Vault& vault, AccountsOptions options,
             const base::Clock& clock);

    /// Nothing when the user has no connection.
    base::Task<base::Result<std::optional<Account>>> load(base::UserId user);
    /// A token that is good for at least five minutes more where X lets us: it is refreshed before, by one
    /// process at a time, and the new pair is committed before anybody uses it.
    base::Task<std::expected<Credentials, Refusal>> credentials(base::UserId user);
    /// After X answered 401 to `spent`. When somebody else has refreshed meanwhile, what he got. When X
    /// refuses, the account becomes needs_reauth.
    base::Task<std::expected<Credentials, Refusal>> refresh(Credentials spent);
    /// Of an account that still has the tokens of `credentials`; a newer login is left alone.
    base::Task<base::Result<void>> set_status(Credentials credentials, Status status);
    base::Task<base::Result<void>> record_dialect(base::UserId user, Dialect dialect);
    /// Adds to a transaction that a sync ended well at `now`. It locks the account's row: after the
    /// library's.
    static void add_synced(base::UserId user, base::Time now, postgres::Commands& commands);

private:
    base::Task<std::expected<Credentials, Refusal>> refresh_once(base::UserId user,
                                                                 std::optional<std::int64_t> spent);

    postgres::Pool& database_;
    OAuth& oauth_;
    const Vault& vault_;
    AccountsOptions options_;
    const base::Clock& clock_;
    base::SingleFlight refreshes_;
};

}  // namespace x
