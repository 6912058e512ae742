#include "x/sign_in.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "posts/json_fields.hpp"

namespace x {
namespace {

namespace asio = base::asio;
namespace json = boost::json;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using posts::at_path;
using posts::text_of;

constexpr std::size_t kStateBytes = 32;
constexpr std::size_t kStateLength = 43;
constexpr std::string_view kEntrySeconds = "600";
constexpr std::string_view kRepeatSeconds = "60";
constexpr std::chrono::milliseconds kPoll{50};
/// A code is exchanged and its owner asked for within this, or not at all.
constexpr int kPollsMax = 800;

// The first byte of the value under `pkce:<state>` says what it is.
constexpr char kWaiting = 'w';  // a login between its two steps, sealed
constexpr char kPending = 'p';  // its code is being exchanged; then the hash of code and state
constexpr char kDone = 'd';     // the same hash, then the answer, sealed

// One step for all processes: only one of them gets the entry, and what is in its place tells the others.
constexpr std::string_view kTake =
    "local v = redis.call('GET', KEYS[1])\n"
    "if v and string.sub(v, 1, 1) == 'w' then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end\n"
    "return v";

base::Error away() {
    return {Errc::service_unavailable, "Logins with X need Redis, which is not available at the moment",
            std::chrono::seconds(1)};
}

std::unexpected<base::Error> invalid_state() {
    return fail(Errc::invalid_oauth_state,
                "This login with X is unknown, expired, used, or was begun in another browser");
}

bool is_state(std::string_view state) {
    return state.size() == kStateLength && base::from_base64url(state);
}

std::string hash_of(std::string_view code, std::string_view state) {
    return base::to_hex(base::sha256(std::string(state) + '\n' + std::string(code)));
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
}

std::int64_t ticks(base::Time time) {
    return time.time_since_epoch().count();
}

base::Time time_at(const json::value& root, std::string_view name) {
    return base::Time(std::chrono::microseconds(posts::integer_of(at_path(&root, {name})).value_or(0)));
}

/// Everything of a login that is not in the database.
std::string write_login(const SignedIn& signed_in) {
    const accounts::Login& login = signed_in.login;
    std::string out;
    base::JsonWriter writer(out);
    writer.begin_object().member("user", login.user.id).member("accessToken", login.access_token);
    writer.member("refreshToken", login.refresh_token).member("expiresAt", ticks(login.expires_at));
    writer.member("cookie", login.session_cookie).member("csrf", login.csrf_token);
    writer.member("sessionExpiresAt", ticks(login.session_expires_at));
    writer.member("redirect", signed_in.redirect).end_object();
    return out;
}

std::string write_error(const base::Error& error) {
    std::string out;
    base::JsonWriter(out).begin_object().member("error", static_cast<int>(error.code)).end_object();
    return out;
}

json::value parse(std::string_view text) {
    boost::system::error_code error;
    return json::parse(text, error);
}

std::string answer_context(std::string_view state) {
    return "answer " + std::string(state);
}

/// Whether the outcome stays the same however often it is asked for.
bool is_final(const Result<SignedIn>& outcome) {
    return outcome ||
           (outcome.error().code != Errc::service_unavailable &&
            outcome.error().code != Errc::query_timeout && outcome.error().code != Errc::internal_error);
}

}  // namespace

std::string SignIn::key_of(std::string_view state) const {
    return options_.redis_prefix + "pkce:" + std::string(state);
}

std::string SignIn::seal(const Entry& entry, std::string_view state) const {
    std::string out;
    base::JsonWriter writer(out);
    writer.begin_object().member("verifier", entry.verifier).member("redirect", entry.redirect);
    writer.member("redirectUri", entry.redirect_uri).member("ownApp", entry.own_app);
    writer.member("link", entry.link).member("user", entry.user).end_object();
    return kWaiting + vault_.seal(out, state);
}

std::optional<SignIn::Entry> SignIn::open(std::string_view sealed, std::string_view state) const {
    const auto text = vault_.open(sealed, state);
    if (!text) return {};
    const json::value root = parse(*text);
    Entry entry{.verifier = text_of(at_path(&root, {"verifier"})),
                .redirect = text_of(at_path(&root, {"redirect"})),
                .redirect_uri = text_of(at_path(&root, {"redirectUri"})),
                .user = {},
                .own_app = text_of(at_path(&root, {"ownApp"})) == "true",
                .link = text_of(at_path(&root, {"link"})) == "true"};
    if (const auto user = base::parse_uuid(text_of(at_path(&root, {"user"}))))
        entry.user = base::UserId{*user};
    return entry;
}

Task<Result<Begun>> SignIn::begin(Begin begin) {
    std::optional<App> app = access_.accounts.shared_app();
    if (begin.user) {
        auto found = co_await access_.accounts.find_app(*begin.user);
        if (!found) co_return std::unexpected(found.error());
        app = *std::move(found);
    }
    if (!app || app->client_id.empty())
        co_return fail(Errc::oauth_service_unavailable, "This server has no X app (X_CLIENT_ID)");
    if (app->redirect_uri.empty()) app->redirect_uri = begin.public_url + "/api/auth/x/callback";
    Entry entry{.verifier = make_verifier(),
                .redirect = std::move(begin.redirect),
                .redirect_uri = app->redirect_uri,
                .user = {},
                .own_app = app->is_own,
                .link = begin.link};
    if (app->is_own || begin.link) entry.user = begin.user;
    const std::string state = base::random_base64url(kStateBytes);
    const auto stored =
        co_await redis_.run({"SET", key_of(state), seal(entry, state), "EX", std::string(kEntrySeconds)});
    if (!stored || stored->is_error()) co_return std::unexpected(away());
    co_return Begun{.url = access_.oauth.authorize_url(*app, state, entry.verifier), .state = state};
}

Task<void> SignIn::forget(std::string state) {
    if (is_state(state)) static_cast<void>(co_await redis_.run({"DEL", key_of(state)}));
}

Task<Result<SignIn::Found>> SignIn::take(const Callback& callback, std::string pair) {
    const std::string key = key_of(callback.state);
    auto reply = co_await redis_.run(
        {"EVAL", std::string(kTake), "1", key, kPending + pair, std::string(kRepeatSeconds)});
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int polls = 0; polls < kPollsMax; ++polls) {
        if (!reply || reply->is_error()) co_return std::unexpected(away());
        if (reply->text.empty()) co_return invalid_state();
        const std::string_view value = reply->text;
        const std::string_view rest = value.substr(1);
        if (value[0] == kWaiting && polls == 0) {
            auto entry = open(rest, callback.state);
            if (!entry) {  // another key; nobody shall wait for what cannot come
                co_await forget(callback.state);
                co_return invalid_state();
            }
            co_return Found{.entry = std::move(entry), .done = {}};
        }
        if (!callback.may_repeat || !rest.starts_with(pair)) co_return invalid_state();
        if (value[0] == kDone) co_return Found{.entry = {}, .done = std::string(rest.substr(pair.size()))};
        // The same pair, asked for twice at the same time.
        timer.expires_after(kPoll);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        reply = co_await redis_.run({"GET", key});
    }
    co_return invalid_state();
}

Task<Result<SignedIn>> SignIn::end(Callback callback, accounts::Origin origin) {
    const bool has_cookie = callback.cookie.has_value();
    if (!is_state(callback.state) || (callback.cookie_required && !has_cookie)) co_return invalid_state();
    // Before anything is spent: nobody can spoil the login of somebody else.
    if (has_cookie && !base::equal_constant_time(*callback.cookie, callback.state)) co_return invalid_state();
    const std::string pair = hash_of(callback.code, callback.state);
    auto found = co_await take(callback, pair);
    if (!found) co_return std::unexpected(found.error());
    if (found->done) co_return co_await repeat(*std::move(found->done), callback.state);
    auto outcome = co_await spend(*std::move(found->entry), callback, std::move(origin));
    co_await remember(callback, pair, outcome);
    co_return outcome;
}

Task<void> SignIn::remember(const Callback& callback, const std::string& pair,
                            const Result<SignedIn>& outcome) {
    const std::string key = key_of(callback.state);
    if (!callback.may_repeat || !is_final(outcome)) {
        static_cast<void>(co_await redis_.run({"DEL", key}));
        co_return;
    }
    const std::string answer = outcome ? write_login(*outcome) : write_error(outcome.error());
    static_cast<void>(
        co_await redis_.run({"SET", key, kDone + pair + vault_.seal(answer, answer_context(callback.state)),
                             "EX", std::string(kRepeatSeconds)}));
}

Task<Result<SignedIn>> SignIn::repeat(std::string sealed, std::string state) {
    const auto text = vault_.open(sealed, answer_context(state));
    if (!text) co_return invalid_state();
    const json::value root = parse(*text);
    if (const auto code = posts::integer_of(at_path(&root, {"error"}))) {
        if (*code < 0 || *code >= static_cast<std::int64_t>(Errc::kCount)) co_return invalid_state();
        co_return fail(static_cast<Errc>(*code));
    }
    const auto id = base::parse_uuid(text_of(at_path(&root, {"user"})));
    if (!id) co_return invalid_state();
    auto user = co_await accounts_.get({*id});
    if (!user) co_return std::unexpected(user.error());
    SignedIn out{.login = {}, .redirect = text_of(at_path(&root, {"redirect"}))};
    out.login.user = *std::move(user);
    out.login.access_token = text_of(at_path(&root, {"accessToken"}));
    out.login.refresh_token = text_of(at_path(&root, {"refreshToken"}));
    out.login.expires_at = time_at(root, "expiresAt");
    out.login.session_cookie = text_of(at_path(&root, {"cookie"}));
    out.login.csrf_token = text_of(at_path(&root, {"csrf"}));
    out.login.session_expires_at = time_at(root, "sessionExpiresAt");
    co_return out;
}

Task<Result<SignedIn>> SignIn::spend(Entry entry, const Callback& callback, accounts::Origin origin) {
    // A page that is lured here with somebody else's link would give him its visitor's bookmarks.
    if (entry.link && !callback.cookie && callback.user != entry.user) co_return invalid_state();
    std::optional<App> app = access_.accounts.shared_app();
    if (entry.own_app && entry.user) {
        auto found = co_await access_.accounts.find_app(*entry.user);
        if (!found) co_return std::unexpected(found.error());
        app = *std::move(found);
    }
    if (!app || app->client_id.empty() || app->is_own != entry.own_app) co_return invalid_state();
    app->redirect_uri = entry.redirect_uri;
    auto tokens = co_await access_.oauth.exchange(*app, callback.code, entry.verifier);
    if (!tokens) {
        base::log::warn("a login with X failed", {{"why", tokens.error().problem}});
        co_return fail(Errc::oauth_service_error, "X did not confirm the login");
    }
    std::string redirect = entry.redirect;
    auto login = co_await log_in(entry, *app, *tokens, std::move(origin));
    if (!login) {
        // Nobody will use what X has given us.
        const std::string token = tokens->refresh_token.value_or(tokens->access_token);
        static_cast<void>(co_await access_.oauth.revoke(*app, token));
        co_return std::unexpected(login.error());
    }
    co_return SignedIn{.login = *std::move(login), .redirect = std::move(redirect)};
}

bool SignIn::may_sign_up(const User& user) const {
    if (!options_.signup_enabled) return false;
    if (options_.allowed_users.empty()) return true;
    return std::ranges::any_of(options_.allowed_users, [&](std::string_view allowed) {
        if (allowed.starts_with('@')) allowed.remove_prefix(1);
        return allowed == user.id || lower(allowed) == lower(user.username);
    });
}

Task<Result<accounts::Login>> SignIn::log_in(const Entry& entry, App app, Tokens tokens,
                                             accounts::Origin origin) {
    const UserAnswer me = co_await access_.client.me(tokens.access_token);
    if (me.verdict.decision != Decision::ok) {
        base::log::warn("a login with X failed", {{"why", me.problem}, {"status", me.status}});
        co_return fail(Errc::oauth_service_error, "X did not say whose login this is");
    }
    const Connection connection{.x_user_id = me.user.id,
                                .username = me.user.username,
                                .uses_own_app = app.is_own,
                                .tokens = std::move(tokens)};
    accounts::XLogin wanted{
        .profile = {.id = me.user.id,
                    .username = me.user.username,
                    .display_name = me.user.name.empty() ? me.user.username : me.user.name,
                    .avatar_url = me.user.profile_image_url},
        .link = entry.link ? entry.user : std::nullopt,
        .may_sign_up = may_sign_up(me.user)};
    const base::Time now = accounts_.now();
    const auto also = [&](const base::UserId& user, postgres::Commands& commands) {
        access_.accounts.add_connection(user, connection, now, commands);
    };
    auto login = co_await accounts_.log_in_with_x(std::move(wanted), also, std::move(origin));
    if (login && options_.connected) co_await options_.connected(login->user.id);
    co_return login;
}

Task<Result<void>> SignIn::disconnect(base::UserId user) {
    auto revocation = co_await access_.accounts.prepare_revocation(user);
    if (!revocation) co_return std::unexpected(revocation.error());
    if (!*revocation) co_return fail(Errc::x_account_not_found, "This account is not connected to X");
    postgres::Commands also;
    Accounts::add_disconnection(user, also);
    if (auto done = co_await accounts_.unlink_x(user, std::move(also)); !done)
        co_return std::unexpected(done.error());
    co_await access_.accounts.revoke(**std::move(revocation));
    co_return Result<void>{};
}

}  // namespace x
