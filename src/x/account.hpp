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
#include "x/oauth.hpp"
#include "x/vault.hpp"

namespace x {

namespace sql {
struct StoredAccount;
}

enum class Status : std::uint8_t { active, needs_reauth, not_enrolled };
[[nodiscard]] std::string_view to_string(Status status);
/// Anything else than the three words is needs_reauth.
[[nodiscard]] Status parse_status(std::string_view word);

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
        needs_reauth,   ///< the user has to log in with X again; the account says so
        not_enrolled,   ///< X does not let the app use the API; the account says so
        no_app,         ///< the server has no app (X_CLIENT_ID) and the user none either
        rate_limited,   ///< the token endpoint; until `until` when X said so
        unavailable,    ///< X does not answer, or not sensibly
        breaker,        ///< X is not asked until `until`
        internal,       ///< our own database: `error`
    };
    Reason reason = Reason::unavailable;
    std::optional<base::Time> until = {};
    base::Error error = {};
    std::string problem = {};  ///< what X said, for a person; no secrets
};

/// The developer app as its user hands it in.
struct OwnApp {
    std::string client_id;
    std::string client_secret;  ///< empty: a public client
    std::optional<std::string> redirect_uri;
};

/// A connection as a login makes it.
struct Connection {
    std::string x_user_id;
    std::string username;
    bool uses_own_app = false;
    Tokens tokens;
};

struct AccountsOptions {
    /// X id of the owner of the shared app (X_APP_OWNER_ID); empty: nobody's reads are owned reads there.
    std::string app_owner_id;
    std::string redirect_uri;  ///< X_REDIRECT_URI, for own apps that have none of their own
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

    /// The user's own app, else that of the server, else nothing.
    base::Task<base::Result<std::optional<App>>> find_app(base::UserId user);
    [[nodiscard]] const std::optional<App>& shared_app() const { return oauth_.shared_app(); }
    /// Stores the app, or with nothing goes back to that of the server. A connection needs a new login; its
    /// tokens are revoked.
    base::Task<base::Result<void>> change_app(base::UserId user, std::optional<OwnApp> app);
    /// Adds a new connection, or a new login of an old one, to a transaction.
    void add_connection(base::UserId user, const Connection& connection, base::Time now,
                        postgres::Commands& commands) const;
    /// What `revoke` needs of a connection that is about to be erased; nothing when there is none.
    struct Revocation {
        App app;
        std::string token;
    };
    base::Task<base::Result<std::optional<Revocation>>> prepare_revocation(base::UserId user);
    /// Tells X to forget the tokens; it is only logged when that fails.
    base::Task<void> revoke(Revocation revocation);
    /// Adds the end of a connection to a transaction.
    static void add_disconnection(base::UserId user, postgres::Commands& commands);

private:
    using Outcome = std::expected<Credentials, Refusal>;
    /// Tokens of a generation up to `spent` are of no more use; nothing: they may be, until they expire.
    using Spent = std::optional<std::int64_t>;

    [[nodiscard]] Account complete(Account account) const;
    [[nodiscard]] std::expected<Credentials, Refusal> open(const sql::StoredAccount& stored) const;
    [[nodiscard]] bool is_fresh(const sql::StoredAccount& stored, Spent spent) const;
    base::Task<std::expected<sql::StoredAccount, Refusal>> find(base::UserId user);
    base::Task<Outcome> refresh_shielded(base::UserId user, Spent spent);
    base::Task<Outcome> refresh_alone(base::UserId user, Spent spent);
    base::Task<Outcome> refresh_locked(postgres::Transaction& tx, sql::StoredAccount stored, Spent spent);
    base::Task<Outcome> store_tokens(postgres::Transaction& tx, const sql::StoredAccount& stored,
                                     Tokens tokens);
    base::Task<Outcome> deny(postgres::Transaction& tx, const sql::StoredAccount& stored,
                             std::string problem);
    /// Of kSelectApp. The client id is empty when the app cannot be decrypted.
    [[nodiscard]] std::optional<App> read_own_app(base::UserId user, const postgres::Rows& rows) const;

    postgres::Pool& database_;
    OAuth& oauth_;
    const Vault& vault_;
    AccountsOptions options_;
    const base::Clock& clock_;
    base::SingleFlight refreshes_;
};

}  // namespace x
