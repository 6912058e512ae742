// Logging in with X and connecting an account to X (contract 3.2, 4.2). Between its two steps a login lives
// in Redis only, encrypted, for ten minutes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/accounts.hpp"
#include "redis/connection.hpp"
#include "x/access.hpp"

namespace x {

struct SignInOptions {
    std::string redis_prefix;
    bool signup_enabled = true;              ///< X_SIGNUP_ENABLED
    std::vector<std::string> allowed_users;  ///< X_ALLOWED_USERS: ids or handles; empty: everybody
    /// After an account got fresh tokens: what waited for them may go on.
    std::function<base::Task<void>(base::UserId)> connected = {};
};

struct Begin {
    std::string redirect = "/";
    std::string public_url;                 ///< of this server, for apps without a redirect URI
    std::optional<base::UserId> user = {};  ///< who is logged in
    bool link = false;                      ///< adds X to the account of `user`
};
struct Begun {
    std::string url;    ///< at X, to authorize
    std::string state;  ///< also the value of the cookie that binds the login to a browser
};

/// What came back from X.
struct Callback {
    std::string code;
    std::string state;
    std::optional<std::string> cookie = {};  ///< that of `begin`, when the browser sent it
    bool cookie_required = true;  ///< a browser that was sent here; else a program or page that asks
    bool may_repeat = false;      ///< the same pair again gets the same answer
    std::optional<base::UserId> user = {};  ///< who is logged in
};
struct SignedIn {
    accounts::Login login;
    std::string redirect;
};

class SignIn {
public:
    /// All must outlive it.
    SignIn(Access& access, accounts::Accounts& accounts, redis::Connection& redis, const Vault& vault,
           SignInOptions options)
        : access_(access), accounts_(accounts), redis_(redis), vault_(vault), options_(std::move(options)) {}

    /// Errors: oauth_service_unavailable (no app), service_unavailable (Redis is away).
    base::Task<base::Result<Begun>> begin(Begin begin);
    /// Errors: invalid_oauth_state (unknown, expired, used, another browser), registration_disabled,
    /// account_disabled, x_account_already_linked, oauth_service_error (X failed), service_unavailable.
    base::Task<base::Result<SignedIn>> end(Callback callback, accounts::Origin origin);
    /// The user has refused at X: the state is of no more use.
    base::Task<void> forget(std::string state);
    /// Erases the connection and the tokens, at X too. Errors: x_account_not_found, last_login_method.
    base::Task<base::Result<void>> disconnect(base::UserId user);

private:
    /// What waits in Redis for the callback.
    struct Entry {
        std::string verifier;
        std::string redirect;
        std::string redirect_uri;
        std::optional<base::UserId> user;  ///< of an own app, or to link
        bool own_app = false;
        bool link = false;
    };
    /// What a callback found in Redis.
    struct Found {
        std::optional<Entry> entry;       ///< it is ours to spend
        std::optional<std::string> done;  ///< the answer that somebody else gave, still sealed
    };

    [[nodiscard]] std::string key_of(std::string_view state) const;
    [[nodiscard]] std::string seal(const Entry& entry, std::string_view state) const;
    [[nodiscard]] std::optional<Entry> open(std::string_view sealed, std::string_view state) const;
    [[nodiscard]] bool may_sign_up(const User& user) const;
    base::Task<base::Result<Found>> take(const Callback& callback, std::string pair);
    base::Task<base::Result<SignedIn>> spend(Entry entry, const Callback& callback, accounts::Origin origin);
    base::Task<base::Result<accounts::Login>> log_in(const Entry& entry, App app, Tokens tokens,
                                                     accounts::Origin origin);
    base::Task<base::Result<SignedIn>> repeat(std::string sealed, std::string state);
    base::Task<void> remember(const Callback& callback, const std::string& pair,
                              const base::Result<SignedIn>& outcome);

    Access& access_;
    accounts::Accounts& accounts_;
    redis::Connection& redis_;
    const Vault& vault_;
    SignInOptions options_;
};

}  // namespace x
