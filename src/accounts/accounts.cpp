#include "accounts/accounts.hpp"

#include "accounts/accounts_sql.hpp"
#include "accounts/password.hpp"
#include "base/encoding.hpp"
#include "base/offload.hpp"
#include "base/random.hpp"

namespace accounts {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

/// A session's last activity is written at most this often: reading must not cause a write each time.
constexpr std::chrono::minutes kTouchInterval{5};

base::Scopes full_scopes(base::Role role) {
    return {true, true, role == base::Role::admin};
}

std::string hash_of(std::string_view secret) {
    return std::string(base::as_chars(base::sha256(secret)));
}

base::Time whole_seconds(base::Time time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

bool is_denial(const base::Error& error) {
    return error.code != Errc::service_unavailable && error.code != Errc::query_timeout &&
           error.code != Errc::internal_error;
}

Accounts::Accounts(postgres::Pool& database, cache::Announcer& announcer, boost::asio::thread_pool& cpu,
                   Options options, const base::Clock& clock)
    : database_(database),
      announcer_(announcer),
      cpu_(cpu),
      options_(std::move(options)),
      clock_(clock),
      api_tokens_(database, clock) {}

void Accounts::add_library(const base::Uuid& user, base::Time now, Commands& commands) {
    std::vector<base::Uuid> categories(5);
    for (base::Uuid& category : categories)
        category = base::make_uuid(now);
    commands.push_back({sql::kInsertLibrary, std::move(Params().uuid(user).time(now)), {}});
    commands.push_back(
        {sql::kInsertDefaultCategories, std::move(Params().uuid(user).uuid_array(categories).time(now)), {}});
}

Task<Result<User>> Accounts::insert_user(postgres::Transaction& tx, const Registration& registration,
                                         std::string hash, bool registration_open) {
    Commands check;
    check.push_back({sql::kLockRegistration, {}, {}});
    check.push_back({sql::kSelectConflicts,
                     std::move(Params().text(registration.username).text(registration.email)),
                     {}});
    auto checked = co_await tx.run(std::move(check));
    if (!checked) co_return std::unexpected(checked.error());
    const postgres::Row found = (*checked)[1][0];
    const bool first = !found.boolean(0);
    if (!first && !registration_open)
        co_return fail(Errc::registration_disabled, "This server accepts no registrations");
    if (found.boolean(1)) co_return fail(Errc::username_taken, "This username is taken");
    if (registration.email && found.boolean(2))
        co_return fail(Errc::email_taken, "This e-mail address is taken");

    const base::Time now = clock_.now();
    const base::Uuid id = base::make_uuid(now);
    Commands insert;
    insert.push_back({sql::kInsertUser,
                      std::move(Params()
                                    .uuid(id)
                                    .text(registration.username)
                                    .text(registration.display_name.value_or(registration.username))
                                    .text(registration.email)
                                    .text(base::to_string(first ? base::Role::admin : base::Role::user))
                                    .text(hash)
                                    .time(now)),
                      {}});
    add_library(id, now, insert);
    auto inserted = co_await tx.run(std::move(insert));
    if (!inserted) co_return std::unexpected(inserted.error());
    co_return sql::read_user((*inserted)[0][0]);
}

Login Accounts::make_login(User user, base::SessionId session, base::Time now) const {
    Login login;
    login.expires_at = whole_seconds(now) + options_.access_ttl;
    login.access_token = sign({.user = user.id,
                               .x_user_id = user.x_user_id.value_or(""),
                               .username = user.username,
                               .role = user.role,
                               .session = session,
                               .issued_at = whole_seconds(now),
                               .expires_at = login.expires_at},
                              options_.jwt_secret);
    login.refresh_token = "xbr_" + base::random_base64url(32);
    login.user = std::move(user);
    return login;
}

Task<Result<Login>> Accounts::open_session(postgres::Transaction& tx, User user, Origin origin,
                                           std::string_view kind) {
    const base::Time now = clock_.now();
    const base::SessionId session{base::make_uuid(now)};
    const base::Uuid user_id = user.id.uuid;
    Login login = make_login(std::move(user), session, now);
    login.session_cookie = base::random_base64url(32);
    login.csrf_token = csrf_token(login.session_cookie);
    login.session_expires_at = now + options_.session_max_ttl;
    Commands commands;
    commands.push_back({sql::kInsertSession,
                        std::move(Params()
                                      .uuid(user_id)
                                      .uuid(session.uuid)
                                      .bytea(hash_of(login.session_cookie))
                                      .text(origin.user_agent.substr(0, 500))
                                      .text(origin.ip)
                                      .time(now)
                                      .time(login.session_expires_at)
                                      .text(kind)),
                        {}});
    commands.push_back({sql::kDeleteSurplusSessions,
                        std::move(Params().uuid(user_id).int8(options_.session_max_per_user).time(now)),
                        {}});
    commands.push_back({sql::kInsertRefreshToken,
                        std::move(Params()
                                      .bytea(hash_of(login.refresh_token))
                                      .uuid(user_id)
                                      .uuid(session.uuid)
                                      .time(now + options_.refresh_ttl)),
                        {}});
    auto committed = co_await tx.commit(std::move(commands));
    if (!committed) co_return std::unexpected(committed.error());
    co_return login;
}

Task<Result<Login>> Accounts::register_account(Registration registration, Origin origin) {
    std::string hash = co_await base::offload(cpu_, [p = registration.password] { return hash_password(p); });
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto user = co_await insert_user(*tx, registration, std::move(hash), options_.registration_enabled);
    if (!user) co_return std::unexpected(user.error());
    co_return co_await open_session(*tx, std::move(*user), std::move(origin));
}

Task<Result<User>> Accounts::add(Registration registration) {
    std::string hash = co_await base::offload(cpu_, [p = registration.password] { return hash_password(p); });
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto user = co_await insert_user(*tx, registration, std::move(hash), true);
    if (!user) co_return std::unexpected(user.error());
    if (auto committed = co_await tx->commit(); !committed) co_return std::unexpected(committed.error());
    co_return user;
}

Task<Result<Login>> Accounts::log_in(std::string name, std::string password, Origin origin) {
    auto rows = co_await database_.run(sql::kSelectUserByLogin, std::move(Params().text(name)));
    if (!rows) co_return std::unexpected(rows.error());
    std::optional<User> user;
    if (!rows->empty()) user = sql::read_user((*rows)[0]);
    const bool correct = co_await base::offload(
        cpu_, [password, hash = user ? user->password_hash : ""] { return verify_password(password, hash); });
    if (!correct) co_return fail(Errc::invalid_credentials, "Name or password is wrong");
    if (user->is_disabled) co_return fail(Errc::account_disabled, "This account is disabled");
    if (needs_rehash(user->password_hash)) {
        std::string hash = co_await base::offload(cpu_, [password] { return hash_password(password); });
        Commands rehash;
        rehash.push_back({sql::kUpdatePassword,
                          std::move(Params().uuid(user->id.uuid).text(hash).time(clock_.now())),
                          {}});
        auto updated = co_await write(user->id, std::move(rehash), 0);
        if (!updated) co_return std::unexpected(updated.error());
    }
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    co_return co_await open_session(*tx, std::move(*user), std::move(origin));
}

Task<Result<Login>> Accounts::refresh(std::string refresh_token) {
    const std::string hash = hash_of(refresh_token);
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto rows = co_await tx->run(sql::kSelectRefreshToken, std::move(Params().bytea(hash)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::token_refresh_error, "This refresh token is not known");
    const postgres::Row row = (*rows)[0];
    User user = sql::read_user(row);
    const base::SessionId session{row.uuid(12)};
    const base::Time now = clock_.now();
    if (row.boolean(14)) {
        // Somebody else has this token: the session cannot be trusted any more.
        Commands end;
        end.push_back({sql::kDeleteSession, std::move(Params().uuid(user.id.uuid).uuid(session.uuid)), {}});
        if (auto ended = co_await tx->commit(std::move(end)); !ended)
            co_return std::unexpected(ended.error());
        forget_credentials();
        co_return fail(Errc::refresh_token_reused,
                       "This refresh token was used before; its session has been ended");
    }
    if (now >= row.time(13)) co_return fail(Errc::refresh_token_expired, "This refresh token has expired");
    if (user.is_disabled) co_return fail(Errc::account_disabled, "This account is disabled");
    Login login = make_login(std::move(user), session, now);
    Commands commands;
    commands.push_back({sql::kSpendRefreshToken, std::move(Params().bytea(hash).time(now)), {}});
    commands.push_back({sql::kInsertRefreshToken,
                        std::move(Params()
                                      .bytea(hash_of(login.refresh_token))
                                      .uuid(login.user.id.uuid)
                                      .uuid(session.uuid)
                                      .time(now + options_.refresh_ttl)),
                        {}});
    if (auto committed = co_await tx->commit(std::move(commands)); !committed)
        co_return std::unexpected(committed.error());
    co_return login;
}

Task<Result<void>> Accounts::log_out(base::UserId user, base::SessionId session) {
    forget_credentials();
    auto rows =
        co_await database_.run(sql::kDeleteSession, std::move(Params().uuid(user.uuid).uuid(session.uuid)));
    forget_credentials();
    if (!rows) co_return std::unexpected(rows.error());
    co_return Result<void>{};
}

Task<Result<std::int64_t>> Accounts::log_out_everywhere(base::UserId user) {
    auto rows = co_await database_.run(sql::kDeleteSessions, std::move(Params().uuid(user.uuid)));
    forget_credentials();
    if (!rows) co_return std::unexpected(rows.error());
    co_return rows->affected();
}

Task<Result<std::vector<Session>>> Accounts::sessions(base::UserId user) {
    const base::Time now = clock_.now();
    const auto rows =
        co_await database_.run(sql::kSelectSessions, std::move(Params().uuid(user.uuid).time(now)));
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<Session> sessions;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        Session session = sql::read_session((*rows)[i]);
        session.expires_at = std::min(session.expires_at, session.last_active_at + options_.session_idle_ttl);
        if (session.expires_at > now) sessions.push_back(std::move(session));
    }
    co_return sessions;
}

Task<Result<void>> Accounts::end_session(base::UserId user, base::SessionId session) {
    const auto rows =
        co_await database_.run(sql::kDeleteSession, std::move(Params().uuid(user.uuid).uuid(session.uuid)));
    forget_credentials();
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->affected() == 0) co_return fail(Errc::session_not_found, "There is no such session");
    co_return Result<void>{};
}

Task<Result<std::int64_t>> Accounts::end_other_sessions(base::UserId user, base::SessionId keep) {
    const auto rows = co_await database_.run(
        sql::kDeleteOtherSessions, std::move(Params().uuid(user.uuid).uuid(std::optional(keep.uuid))));
    forget_credentials();
    if (!rows) co_return std::unexpected(rows.error());
    co_return rows->affected();
}

Task<Result<void>> Accounts::remove_api_token(base::UserId user, base::Uuid id) {
    auto removed = co_await api_tokens_.remove(user, id);
    forget_credentials();
    co_return removed;
}

Task<Result<bool>> Accounts::is_last_admin(base::UserId user) {
    const auto rows = co_await database_.run(sql::kSelectLastAdmin, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    co_return (*rows)[0].boolean(0);
}

Task<Result<void>> Accounts::erase(base::UserId user) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    Commands check;
    check.push_back({sql::kLockIfAdmin, std::move(Params().uuid(user.uuid)), {}});
    check.push_back({sql::kSelectLastAdmin, std::move(Params().uuid(user.uuid)), {}});
    const auto checked = co_await tx->run(std::move(check));
    if (!checked) co_return std::unexpected(checked.error());
    if ((*checked)[1][0].boolean(0))
        co_return fail(Errc::last_admin, "The last administrator cannot be removed");
    Commands commands;
    commands.push_back({sql::kAllowLong, {}, {}});
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kDeleteUser, std::move(Params().uuid(user.uuid)), {}});
    const auto done = co_await tx->commit(std::move(commands));
    forget_credentials();
    announcer_.uncertain(user);
    if (!done) co_return std::unexpected(done.error());
    if (done->back().empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return Result<void>{};
}

Task<Result<User>> Accounts::get(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectUserById, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    User found = sql::read_user((*rows)[0]);
    found.library_version = (*rows)[0].integer(sql::kVersionColumn);
    co_return found;
}

Task<Result<postgres::Results>> Accounts::write(base::UserId user, Commands commands, int version_column) {
    const base::SteadyTime sent = announcer_.now();
    auto results = co_await database_.run(std::move(commands));
    if (!results) announcer_.uncertain(user);
    if (results && !results->front().empty())
        announcer_.committed(user, results->front()[0].integer(version_column), sent);
    co_return results;
}

Task<Result<User>> Accounts::find(std::string username) {
    auto rows = co_await database_.run(sql::kSelectUserByLogin, std::move(Params().text(username)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::user_not_found, "There is no account of this name");
    co_return sql::read_user((*rows)[0]);
}

Task<Result<std::vector<User>>> Accounts::list() {
    auto rows = co_await database_.run(sql::kSelectUsers, {});
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<User> users;
    for (std::size_t i = 0; i < rows->size(); ++i)
        users.push_back(sql::read_user((*rows)[i]));
    co_return users;
}

Task<Result<User>> Accounts::change_settings(base::UserId user, Settings settings) {
    Commands commands;
    commands.push_back(
        {sql::kUpdateSettings,
         std::move(Params().uuid(user.uuid).jsonb(sql::write_settings(settings)).time(clock_.now())),
         {}});
    auto results = co_await write(user, std::move(commands), sql::kVersionColumn);
    if (!results) co_return std::unexpected(results.error());
    if (results->front().empty())
        co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return sql::read_user(results->front()[0]);
}

Task<Result<void>> Accounts::set_password(base::UserId user, std::string password,
                                          std::optional<base::SessionId> keep) {
    std::string hash = co_await base::offload(cpu_, [password] { return hash_password(password); });
    Commands commands;
    commands.push_back(
        {sql::kUpdatePassword, std::move(Params().uuid(user.uuid).text(hash).time(clock_.now())), {}});
    std::optional<base::Uuid> kept;
    if (keep) kept = keep->uuid;
    commands.push_back({sql::kDeleteOtherSessions, std::move(Params().uuid(user.uuid).uuid(kept)), {}});
    auto done = co_await write(user, std::move(commands), 0);
    forget_credentials();
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>{};
}

Task<Result<bool>> Accounts::check_password(base::UserId user, std::string password) {
    auto found = co_await get(user);
    if (!found) co_return std::unexpected(found.error());
    co_return co_await base::offload(
        cpu_, [password, hash = found->password_hash] { return verify_password(password, hash); });
}

Task<Result<bool>> Accounts::is_first_run() {
    auto rows = co_await database_.run(sql::kSelectAnyUser, {});
    if (!rows) co_return std::unexpected(rows.error());
    co_return !(*rows)[0].boolean(0);
}

std::string Accounts::csrf_token(std::string_view session_cookie) const {
    return base::to_hex(base::hmac_sha256(options_.jwt_secret, "csrf:" + std::string(session_cookie)));
}

void Accounts::forget_credentials() {
    tokens_.clear();
    cookies_.clear();
}

Task<Result<base::Principal>> Accounts::authenticate_token(std::string token) {
    if (const base::Principal* known = recall_token(token)) co_return *known;
    tokens_.begin_check(token);
    auto principal = co_await check_token(token);
    if (principal)
        tokens_.keep(std::move(token), *principal, clock_);
    else if (is_denial(principal.error()))
        tokens_.forget(token);
    co_return principal;
}

Task<Result<base::Principal>> Accounts::check_token(const std::string& token) {
    if (token.starts_with(kApiTokenPrefix)) co_return co_await api_tokens_.check(token);
    auto claims = verify(token, options_.jwt_secret, clock_.now());
    if (!claims) co_return std::unexpected(claims.error());
    std::optional<base::Uuid> session;
    if (claims->session) session = claims->session->uuid;
    auto rows =
        co_await database_.run(sql::kSelectTokenHolder,
                               std::move(Params().uuid(claims->user.uuid).uuid(session).time(clock_.now())));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty() || !(*rows)[0].boolean(3))
        co_return fail(Errc::token_revoked, "The session of this access token has ended");
    const postgres::Row row = (*rows)[0];
    if (row.boolean(2)) co_return fail(Errc::account_disabled, "This account is disabled");
    const base::Role role = row.text(1) == "admin" ? base::Role::admin : base::Role::user;
    base::Principal principal{.user = claims->user,
                              .session = claims->session.value_or(base::SessionId{}),
                              .username = std::string(row.text(0)),
                              .role = role,
                              .credential = base::Credential::access_token,
                              .scopes = full_scopes(role),
                              .expires_at = claims->expires_at};
    co_return principal;
}

Task<Result<base::Principal>> Accounts::authenticate_cookie(std::string cookie) {
    if (const base::Principal* known = recall_cookie(cookie)) co_return *known;
    cookies_.begin_check(cookie);
    auto principal = co_await check_cookie(cookie);
    if (principal)
        cookies_.keep(std::move(cookie), *principal, clock_);
    else if (is_denial(principal.error()))
        cookies_.forget(cookie);
    co_return principal;
}

Task<Result<base::Principal>> Accounts::check_cookie(const std::string& cookie) {
    auto rows = co_await database_.run(sql::kSelectCookieHolder, std::move(Params().bytea(hash_of(cookie))));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::invalid_session, "This session does not exist or has ended");
    const postgres::Row row = (*rows)[0];
    const base::Time now = clock_.now();
    const base::Time idle_end = row.time(5) + options_.session_idle_ttl;
    if (now >= idle_end || now >= row.time(6))
        co_return fail(Errc::invalid_session, "This session has expired");
    if (row.boolean(3)) co_return fail(Errc::account_disabled, "This account is disabled");
    const base::Role role = row.text(2) == "admin" ? base::Role::admin : base::Role::user;
    base::Principal principal{.user = {row.uuid(0)},
                              .session = {row.uuid(4)},
                              .username = std::string(row.text(1)),
                              .role = role,
                              .credential = base::Credential::cookie,
                              .scopes = full_scopes(role),
                              .expires_at = std::min(idle_end, row.time(6))};
    if (now - row.time(5) > kTouchInterval) {
        auto touched = co_await database_.run(
            sql::kTouchSession,
            std::move(Params().uuid(principal.user.uuid).uuid(principal.session.uuid).time(now)));
        if (!touched) co_return std::unexpected(touched.error());
        principal.expires_at = std::min(now + options_.session_idle_ttl, row.time(6));
    }
    co_return principal;
}

}  // namespace accounts
