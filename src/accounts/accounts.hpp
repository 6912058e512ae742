// Accounts, sessions and their credentials (contract 1.10, 3.2, 5.3).
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>
#include <vector>

#include "accounts/api_tokens.hpp"
#include "accounts/jwt.hpp"
#include "accounts/remembered.hpp"
#include "base/clock.hpp"
#include "base/principal.hpp"
#include "base/task.hpp"
#include "cache/announcements.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace accounts {

/// User settings with all keys (contract 5.3).
struct Settings {
    std::string theme = "system";    ///< `light`, `dark`, `system`
    std::string view_mode = "grid";  ///< `grid`, `list`
    std::optional<std::string> default_category;
    bool auto_sync = true;
    bool ai_suggestions = true;
    bool backup_enabled = true;
};

struct User {
    base::UserId id;
    std::optional<std::string> x_user_id;
    std::string username;
    std::string display_name;
    std::optional<std::string> avatar_url;
    std::optional<std::string> email;
    base::Role role = base::Role::user;
    std::string password_hash;  ///< empty without a password
    Settings settings;
    bool is_disabled = false;
    base::Time created_at;
    base::Time updated_at;
    /// Of the moment of this reading. Whatever changes an account raises it.
    std::optional<std::int64_t> library_version = {};
};

struct Registration {
    std::string username;
    std::string password;
    std::optional<std::string> display_name;
    std::optional<std::string> email;
};

/// Somebody as X knows him.
struct XProfile {
    std::string id;
    std::string username;
    std::string display_name;
    std::optional<std::string> avatar_url;
};

struct XLogin {
    XProfile profile;
    std::optional<base::UserId> link = {};  ///< adds X to this account instead of looking for one
    bool may_sign_up = false;               ///< an unknown X user gets an account; the first one always does
};

/// Where a login came from.
struct Origin {
    std::string ip;
    std::string user_agent;
};

/// A login that lasts, as its owner sees it.
struct Session {
    base::Uuid id;
    std::string kind;  ///< `password`, `x`
    std::string user_agent;
    std::string ip;
    base::Time created_at;
    base::Time last_active_at;  ///< up to five minutes too early
    base::Time expires_at;
};

/// What a successful login hands out. Tokens are shown once and stored as hashes only.
struct Login {
    User user;
    std::string access_token;
    std::string refresh_token;
    base::Time expires_at;  ///< of the access token
    std::string session_cookie;
    std::string csrf_token;
    base::Time session_expires_at;
};

struct Options {
    std::string jwt_secret;
    std::chrono::seconds access_ttl{15 * 60};
    std::chrono::seconds refresh_ttl{7 * 24 * 3600};
    std::chrono::seconds session_idle_ttl{7 * 24 * 3600};
    std::chrono::seconds session_max_ttl{30 * 24 * 3600};
    int session_max_per_user = 10;
    bool registration_enabled = false;
};

/// The credential is no good, other than that nobody could be asked.
[[nodiscard]] bool is_denial(const base::Error& error);

class Accounts {
public:
    /// All must outlive it.
    Accounts(postgres::Pool& database, cache::Announcer& announcer, boost::asio::thread_pool& cpu,
             Options options, const base::Clock& clock);

    /// Makes an account with library and default categories, and logs it in. The first account becomes admin.
    /// Errors: registration_disabled (an account exists and registration is closed), username_taken,
    /// email_taken.
    base::Task<base::Result<Login>> register_account(Registration registration, Origin origin);
    /// The same for the command line: always allowed, no session.
    base::Task<base::Result<User>> add(Registration registration);
    /// By username or e-mail. Errors: invalid_credentials, account_disabled.
    base::Task<base::Result<Login>> log_in(std::string name, std::string password, Origin origin);
    /// Spends a refresh token. Errors: token_refresh_error, refresh_token_expired, refresh_token_reused (ends
    /// the session), account_disabled.
    base::Task<base::Result<Login>> refresh(std::string refresh_token);
    /// Logs in whom X vouches for, and takes over name, display name and avatar; the name only where it is
    /// free and no password belongs to it. `also` adds to the transaction for the account that it is. Errors:
    /// x_account_already_linked, registration_disabled, account_disabled, user_not_found.
    base::Task<base::Result<Login>> log_in_with_x(XLogin login, postgres::Also<base::UserId> also,
                                                  Origin origin);
    /// X is no way to log in any more; `also` is done in the same transaction. Errors: user_not_found,
    /// last_login_method (there is no password).
    base::Task<base::Result<void>> unlink_x(base::UserId user, postgres::Commands also);
    /// Ends the session with its tokens.
    base::Task<base::Result<void>> log_out(base::UserId user, base::SessionId session);
    /// Ends all sessions of the user; returns how many there were.
    base::Task<base::Result<std::int64_t>> log_out_everywhere(base::UserId user);
    /// Most recently active first; without those that have expired.
    base::Task<base::Result<std::vector<Session>>> sessions(base::UserId user);
    /// Error: session_not_found.
    base::Task<base::Result<void>> end_session(base::UserId user, base::SessionId session);
    /// All but `keep`; returns how many there were.
    base::Task<base::Result<std::int64_t>> end_other_sessions(base::UserId user, base::SessionId keep);
    [[nodiscard]] ApiTokens& api_tokens() { return api_tokens_; }
    /// Error: token_not_found.
    base::Task<base::Result<void>> remove_api_token(base::UserId user, base::Uuid id);
    /// Whether the user is an administrator and nobody else is.
    base::Task<base::Result<bool>> is_last_admin(base::UserId user);
    /// Erases the account with everything that is its own in the database. Errors: last_admin,
    /// user_not_found.
    base::Task<base::Result<void>> erase(base::UserId user);
    /// With the version of the library. Errors: user_not_found.
    base::Task<base::Result<User>> get(base::UserId user);
    base::Task<base::Result<User>> find(std::string username);
    base::Task<base::Result<std::vector<User>>> list();
    /// A change of the library like any other. Errors: user_not_found.
    base::Task<base::Result<User>> change_settings(base::UserId user, Settings settings);
    /// Sets a password and ends every session except `keep`.
    base::Task<base::Result<void>> set_password(base::UserId user, std::string password,
                                                std::optional<base::SessionId> keep);
    base::Task<base::Result<bool>> check_password(base::UserId user, std::string password);
    /// No account exists yet.
    base::Task<base::Result<bool>> is_first_run();
    [[nodiscard]] base::Time now() const { return clock_.now(); }
    [[nodiscard]] bool registration_open() const { return options_.registration_enabled; }

    /// Who holds this access token or API token. Answers are remembered for one second. Errors: those of
    /// `verify` and ApiTokens::check, token_revoked, account_disabled.
    base::Task<base::Result<base::Principal>> authenticate_token(std::string token);
    /// The same from memory, without waiting; null when it must be asked. For the next step only.
    [[nodiscard]] const base::Principal* recall_token(std::string_view token) {
        return tokens_.find(token, clock_);
    }
    [[nodiscard]] const base::Principal* recall_cookie(std::string_view cookie) {
        return cookies_.find(cookie, clock_);
    }
    /// Who holds this session cookie. Answers are remembered likewise. Errors: invalid_session,
    /// account_disabled.
    base::Task<base::Result<base::Principal>> authenticate_cookie(std::string cookie);
    /// The CSRF token that belongs to a session cookie: 64 hexadecimal digits.
    [[nodiscard]] std::string csrf_token(std::string_view session_cookie) const;

private:
    /// The library of a new account with its default categories.
    static void add_library(const base::Uuid& user, base::Time now, postgres::Commands& commands);
    base::Task<base::Result<User>> insert_user(postgres::Transaction& tx, const Registration& registration,
                                               std::string hash, bool registration_open);
    /// The account that `login` is for, up to date; its version when it was there before.
    base::Task<base::Result<User>> find_or_make_x_user(postgres::Transaction& tx, const XLogin& login);
    base::Task<base::Result<User>> insert_x_user(postgres::Transaction& tx, const XLogin& login);
    base::Task<base::Result<Login>> open_session(postgres::Transaction& tx, User user, Origin origin,
                                                 std::string_view kind = "password");
    [[nodiscard]] Login make_login(User user, base::SessionId session, base::Time now) const;
    /// Runs a write whose first command raises the version of the user's library and gives it in that column;
    /// it has no row for an unknown user.
    base::Task<base::Result<postgres::Results>> write(base::UserId user, postgres::Commands commands,
                                                      int version_column);
    base::Task<base::Result<base::Principal>> check_token(const std::string& token);
    base::Task<base::Result<base::Principal>> check_cookie(const std::string& cookie);
    /// After a session may have ended.
    void forget_credentials();

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    boost::asio::thread_pool& cpu_;
    Options options_;
    const base::Clock& clock_;
    ApiTokens api_tokens_;
    RememberedCredentials tokens_;
    RememberedCredentials cookies_;
};

}  // namespace accounts
