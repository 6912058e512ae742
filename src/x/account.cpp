#include "x/account.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "posts/json_fields.hpp"
#include "x/account_sql.hpp"

namespace x {
namespace {

namespace asio = base::asio;
using postgres::Commands;
using postgres::Params;
using Reason = Refusal::Reason;

constexpr std::chrono::minutes kRefreshBefore{5};
/// A new pair that is not stored is lost, and with it the connection.
constexpr int kStoreAttempts = 5;

constexpr std::string_view kAccessToken = "x_accounts.access_token";
constexpr std::string_view kRefreshToken = "x_accounts.refresh_token";
constexpr std::string_view kAppSecrets = "x_apps.secrets";

std::unexpected<Refusal> refuse(Reason reason) {
    return std::unexpected(Refusal{.reason = reason});
}

std::unexpected<Refusal> refuse(base::Error error) {
    return std::unexpected(Refusal{.reason = Reason::internal, .error = std::move(error)});
}

std::unexpected<Refusal> refuse(TokenFailure failure) {
    Refusal refusal{.until = failure.until, .problem = std::move(failure.problem)};
    switch (failure.kind) {
        case TokenFailure::Kind::denied:
            refusal.reason = Reason::needs_reauth;
            break;
        case TokenFailure::Kind::rate_limited:
            refusal.reason = Reason::rate_limited;
            break;
        case TokenFailure::Kind::unavailable:
            refusal.reason = Reason::unavailable;
            break;
        case TokenFailure::Kind::breaker:
            refusal.reason = Reason::breaker;
            break;
    }
    return std::unexpected(std::move(refusal));
}

std::optional<Refusal> refusal_of(Status status) {
    if (status == Status::needs_reauth) return Refusal{.reason = Reason::needs_reauth};
    if (status == Status::not_enrolled) return Refusal{.reason = Reason::not_enrolled};
    return {};
}

void add_token(Params& params, const Vault& vault, base::UserId user, const std::optional<std::string>& token,
               std::string_view purpose) {
    if (token) {
        params.bytea(vault.seal(*token, context_of(user, purpose)));
    } else {
        params.null(postgres::Type::bytea);
    }
}

}  // namespace

std::string_view to_string(Status status) {
    switch (status) {
        case Status::active:
            return "active";
        case Status::needs_reauth:
            return "needs_reauth";
        case Status::not_enrolled:
            return "not_enrolled";
    }
    return "needs_reauth";
}

Status parse_status(std::string_view word) {
    if (word == "active") return Status::active;
    return word == "not_enrolled" ? Status::not_enrolled : Status::needs_reauth;
}

Accounts::Accounts(postgres::Pool& database, OAuth& oauth, const Vault& vault, AccountsOptions options,
                   const base::Clock& clock)
    : database_(database), oauth_(oauth), vault_(vault), options_(std::move(options)), clock_(clock) {}

Account Accounts::complete(Account account) const {
    account.owns_app = account.uses_own_app ||
                       (!options_.app_owner_id.empty() && account.x_user_id == options_.app_owner_id);
    return account;
}

base::Task<base::Result<std::optional<Account>>> Accounts::load(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectAccount, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return std::optional<Account>();
    co_return complete(sql::read_account((*rows)[0]).account);
}

base::Task<std::expected<sql::StoredAccount, Refusal>> Accounts::find(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectAccount, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return refuse(rows.error());
    if (rows->empty()) co_return refuse(Reason::not_connected);
    auto stored = sql::read_account((*rows)[0]);
    if (auto refusal = refusal_of(stored.account.status)) co_return std::unexpected(*std::move(refusal));
    co_return stored;
}

Accounts::Outcome Accounts::open(const sql::StoredAccount& stored) const {
    const Account account = complete(stored.account);
    auto token = vault_.open(stored.access_token, context_of(account.user, kAccessToken));
    if (!token) {
        base::log::error("the tokens of a connection to X cannot be decrypted; ENCRYPTION_KEY was changed",
                         {{"user_id", base::to_string(account.user.uuid)}});
        return refuse(Reason::needs_reauth);
    }
    return Credentials{.user = account.user,
                       .x_user_id = account.x_user_id,
                       .access_token = *std::move(token),
                       .dialect = account.dialect,
                       .owns_app = account.owns_app,
                       .generation = stored.generation,
                       .expires_at = stored.expires_at};
}

bool Accounts::is_fresh(const sql::StoredAccount& stored, Spent spent) const {
    if (spent) return stored.generation > *spent;
    return stored.expires_at - clock_.now() > kRefreshBefore;
}

base::Task<Accounts::Outcome> Accounts::credentials(base::UserId user) {
    const auto stored = co_await find(user);
    if (!stored) co_return std::unexpected(stored.error());
    if (is_fresh(*stored, {})) co_return open(*stored);
    co_return co_await refresh_shielded(user, {});
}

base::Task<Accounts::Outcome> Accounts::refresh(Credentials spent) {
    co_return co_await refresh_shielded(spent.user, spent.generation);
}

// Whoever gives up waiting must not stop a refresh in the middle: between X's answer and its commit the new
// pair exists nowhere else.
base::Task<Accounts::Outcome> Accounts::refresh_shielded(base::UserId user, Spent spent) {
    while (true) {
        auto joined = co_await refreshes_.join(base::to_string(user.uuid));
        if (joined.failed) co_return std::unexpected(Refusal{.reason = Reason::unavailable});
        if (joined.was_cancelled) co_return refuse(Reason::unavailable);
        if (joined.lead) {
            auto outcome = co_await asio::co_spawn(
                co_await asio::this_coro::executor, refresh_alone(user, spent),
                asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
            if (!outcome && outcome.error().reason != Reason::needs_reauth)
                joined.lead->fail({base::Errc::service_unavailable, "X does not answer"});
            co_return outcome;
        }
        const auto stored = co_await find(user);
        if (!stored) co_return std::unexpected(stored.error());
        if (is_fresh(*stored, spent)) co_return open(*stored);
    }
}

base::Task<Accounts::Outcome> Accounts::refresh_alone(base::UserId user, Spent spent) {
    auto tx = co_await database_.begin();
    if (!tx) co_return refuse(tx.error());
    auto rows = co_await tx->run(sql::kLockAccount, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return refuse(rows.error());
    if (rows->empty()) co_return refuse(Reason::not_connected);
    auto stored = sql::read_account((*rows)[0]);
    if (auto refusal = refusal_of(stored.account.status)) co_return std::unexpected(*std::move(refusal));
    // Another process may have held the lock, and done it.
    if (is_fresh(stored, spent)) co_return open(stored);
    auto outcome = co_await refresh_locked(*tx, stored, spent);
    if (outcome || spent || stored.expires_at <= clock_.now()) co_return outcome;
    // The old token still works: X may be better in a few minutes.
    if (outcome.error().reason == Reason::needs_reauth) co_return outcome;
    co_return open(stored);
}

base::Task<Accounts::Outcome> Accounts::refresh_locked(postgres::Transaction& tx, sql::StoredAccount stored,
                                                       Spent spent) {
    const base::UserId user = stored.account.user;
    std::optional<std::string> token;
    if (stored.refresh_token) token = vault_.open(*stored.refresh_token, context_of(user, kRefreshToken));
    if (!token) {
        // Without offline.access there never was one.
        if (!spent && stored.expires_at > clock_.now()) co_return open(stored);
        co_return co_await deny(tx, stored, "there is no refresh token");
    }
    // On this connection: a small pool may have no other.
    auto rows = co_await tx.run(sql::kSelectApp, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return refuse(rows.error());
    const auto app = stored.account.uses_own_app ? read_own_app(user, *rows) : oauth_.shared_app();
    if (!app || app->client_id.empty()) co_return refuse(Reason::no_app);
    auto tokens = co_await oauth_.refresh(*app, *token);
    if (tokens) {
        // X may leave out a refresh token that has not changed.
        if (!tokens->refresh_token) tokens->refresh_token = token;
        co_return co_await store_tokens(tx, stored, *std::move(tokens));
    }
    if (tokens.error().kind == TokenFailure::Kind::denied)
        co_return co_await deny(tx, stored, tokens.error().problem);
    base::log::warn("the tokens of a connection to X could not be refreshed",
                    {{"user_id", base::to_string(user.uuid)}, {"why", tokens.error().problem}});
    co_return refuse(tokens.error());
}

base::Task<Accounts::Outcome> Accounts::store_tokens(postgres::Transaction& tx,
                                                     const sql::StoredAccount& stored, Tokens tokens) {
    const base::UserId user = stored.account.user;
    const base::Time expires_at = clock_.now() + tokens.expires_in;
    const auto commands = [&] {
        Params params;
        params.uuid(user.uuid).int8(stored.generation);
        add_token(params, vault_, user, tokens.access_token, kAccessToken);
        add_token(params, vault_, user, tokens.refresh_token, kRefreshToken);
        params.time(expires_at).text_array(std::span<const std::string>(tokens.scopes));
        Commands out;
        out.push_back({sql::kUpdateTokens, std::move(params), {}});
        return out;
    };
    auto committed = co_await tx.commit(commands());
    // The connection may have broken while X was asked; the statement then does nothing twice.
    for (int attempt = 1; !committed && attempt < kStoreAttempts; ++attempt)
        committed = co_await database_.run(commands());
    if (!committed) {
        base::log::error("new tokens of X could not be stored and are lost; a new login is needed",
                         {{"user_id", base::to_string(user.uuid)}});
        co_return refuse(committed.error());
    }
    const Account account = complete(stored.account);
    co_return Credentials{.user = user,
                          .x_user_id = account.x_user_id,
                          .access_token = std::move(tokens.access_token),
                          .dialect = account.dialect,
                          .owns_app = account.owns_app,
                          .generation = stored.generation + 1,
                          .expires_at = expires_at};
}

base::Task<Accounts::Outcome> Accounts::deny(postgres::Transaction& tx, const sql::StoredAccount& stored,
                                             std::string problem) {
    const base::UserId user = stored.account.user;
    base::log::warn("a connection to X needs a new login",
                    {{"user_id", base::to_string(user.uuid)}, {"why", problem}});
    Commands commands;
    commands.push_back(
        {sql::kUpdateStatus,
         std::move(Params().uuid(user.uuid).int8(stored.generation).text(to_string(Status::needs_reauth))),
         {}});
    if (auto committed = co_await tx.commit(std::move(commands)); !committed)
        co_return refuse(committed.error());
    co_return std::unexpected(Refusal{.reason = Reason::needs_reauth, .problem = std::move(problem)});
}

base::Task<base::Result<void>> Accounts::set_status(Credentials credentials, Status status) {
    auto done = co_await database_.run(
        sql::kUpdateStatus,
        std::move(Params().uuid(credentials.user.uuid).int8(credentials.generation).text(to_string(status))));
    if (!done) co_return std::unexpected(done.error());
    if (done->affected() > 0 && status != Status::active)
        base::log::warn("a connection to X cannot be used",
                        {{"user_id", base::to_string(credentials.user.uuid)}, {"status", to_string(status)}});
    co_return base::Result<void>{};
}

base::Task<base::Result<void>> Accounts::record_dialect(base::UserId user, Dialect dialect) {
    auto done = co_await database_.run(sql::kUpdateDialect,
                                       std::move(Params().uuid(user.uuid).text(to_string(dialect))));
    if (!done) co_return std::unexpected(done.error());
    co_return base::Result<void>{};
}

void Accounts::add_synced(base::UserId user, base::Time now, Commands& commands) {
    commands.push_back({sql::kUpdateSynced, std::move(Params().uuid(user.uuid).time(now)), {}});
}

std::optional<App> Accounts::read_own_app(base::UserId user, const postgres::Rows& rows) const {
    if (rows.empty()) return {};
    const postgres::Row row = rows[0];
    const auto secrets = vault_.open(row.bytes(0), context_of(user, kAppSecrets));
    boost::system::error_code error;
    const boost::json::value value = secrets ? boost::json::parse(*secrets, error) : boost::json::value();
    App app{.client_id = posts::text_of(posts::at_path(&value, {"clientId"})),
            .client_secret = posts::text_of(posts::at_path(&value, {"clientSecret"})),
            .redirect_uri = row.maybe_text(1).value_or(""),
            .is_own = true};
    if (app.client_id.empty())
        base::log::error("the own X app of a user cannot be decrypted; ENCRYPTION_KEY was changed",
                         {{"user_id", base::to_string(user.uuid)}});
    if (app.redirect_uri.empty()) app.redirect_uri = options_.redirect_uri;
    return app;
}

base::Task<base::Result<std::optional<App>>> Accounts::find_app(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectApp, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    auto own = read_own_app(user, *rows);
    co_return own ? own : oauth_.shared_app();
}

base::Task<base::Result<void>> Accounts::change_app(base::UserId user, std::optional<OwnApp> app) {
    auto revocation = co_await prepare_revocation(user);
    if (!revocation) co_return std::unexpected(revocation.error());
    Commands commands;
    if (app) {
        std::string secrets;
        base::JsonWriter(secrets)
            .begin_object()
            .member("clientId", app->client_id)
            .member("clientSecret", app->client_secret)
            .end_object();
        commands.push_back({sql::kUpsertApp,
                            std::move(Params()
                                          .uuid(user.uuid)
                                          .bytea(vault_.seal(secrets, context_of(user, kAppSecrets)))
                                          .text(app->redirect_uri)
                                          .time(clock_.now())),
                            {}});
        commands.push_back({sql::kUpdateAccountsApp, std::move(Params().uuid(user.uuid)), {}});
    } else {
        // Before the app is gone: without one nothing changes.
        commands.push_back({sql::kUpdateAccountsOwnApp, std::move(Params().uuid(user.uuid)), {}});
        commands.push_back({sql::kDeleteApp, std::move(Params().uuid(user.uuid)), {}});
    }
    auto done = co_await database_.run(std::move(commands));
    if (!done) co_return std::unexpected(done.error());
    const bool ended = app ? done->back().affected() > 0 : done->front().affected() > 0;
    if (*revocation && ended) co_await revoke(**std::move(revocation));
    co_return base::Result<void>{};
}

void Accounts::add_connection(base::UserId user, const Connection& connection, base::Time now,
                              Commands& commands) const {
    Params params;
    params.uuid(user.uuid).text(connection.x_user_id).text(connection.username);
    params.text(connection.uses_own_app ? "own" : "shared");
    params.text_array(std::span<const std::string>(connection.tokens.scopes));
    add_token(params, vault_, user, connection.tokens.access_token, kAccessToken);
    add_token(params, vault_, user, connection.tokens.refresh_token, kRefreshToken);
    params.time(now + connection.tokens.expires_in).time(now);
    commands.push_back({sql::kUpsertAccount, std::move(params), {}});
}

base::Task<base::Result<std::optional<Accounts::Revocation>>> Accounts::prepare_revocation(
    base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectAccount, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return std::optional<Revocation>();
    const auto stored = sql::read_account((*rows)[0]);
    const std::optional<std::string> token =
        stored.refresh_token ? vault_.open(*stored.refresh_token, context_of(user, kRefreshToken))
                             : vault_.open(stored.access_token, context_of(user, kAccessToken));
    std::optional<App> app = oauth_.shared_app();
    if (stored.account.uses_own_app) {
        auto apps = co_await database_.run(sql::kSelectApp, std::move(Params().uuid(user.uuid)));
        if (!apps) co_return std::unexpected(apps.error());
        app = read_own_app(user, *apps);
    }
    // Without them there is nothing that X could be told; the connection can be erased all the same.
    co_return Revocation{.app = app.value_or(App()), .token = token.value_or("")};
}

base::Task<void> Accounts::revoke(Revocation revocation) {
    if (revocation.token.empty() || revocation.app.client_id.empty()) co_return;
    static_cast<void>(co_await oauth_.revoke(std::move(revocation.app), std::move(revocation.token)));
}

void Accounts::add_disconnection(base::UserId user, Commands& commands) {
    commands.push_back({sql::kDeleteAccount, std::move(Params().uuid(user.uuid)), {}});
}

}  // namespace x
