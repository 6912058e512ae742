#include "x/x_routes.hpp"

#include <algorithm>

#include "accounts/accounts_routes.hpp"
#include "base/json_writer.hpp"
#include "http/validation.hpp"

namespace x::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using http::Faults;
using http::ObjectReader;

constexpr std::int64_t kStateSeconds = 600;
constexpr std::size_t kRedirectMax = 2048;
constexpr std::string_view kCookie = "oauthState";

bool wants_html(const Call& call) {
    return call.request.header("accept").value_or("").contains("text/html");
}

std::string own_url(const Call& call, const std::string& configured) {
    if (!configured.empty()) return configured;
    return std::string(call.secure ? "https://" : "http://") +
           std::string(call.request.header("host").value_or("localhost"));
}

std::string frontend_url(const Door& door, const Call& call) {
    return door.frontend_url.empty() ? own_url(call, door.public_url) : door.frontend_url;
}

/// A path of this server: browsers take `//host` and `/\host` for other hosts.
bool is_local_path(std::string_view path) {
    if (!path.starts_with('/') || path.starts_with("//") || path.starts_with("/\\")) return false;
    return path.size() <= kRedirectMax && std::ranges::none_of(path, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
}

Response redirect(std::string location) {
    Response response;
    response.status = 302;
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

/// Adds `auth=success` to the query, in front of a fragment.
std::string with_success(std::string_view url) {
    const auto hash = std::min(url.find('#'), url.size());
    std::string out(url.substr(0, hash));
    out += out.contains('?') ? '&' : '?';
    return out.append("auth=success").append(url.substr(hash));
}

std::optional<std::string> cookie_of(const Call& call) {
    const auto cookie = call.request.cookie(kCookie);
    if (!cookie || cookie->empty()) return {};
    return std::string(*cookie);
}

/// Who asks, when he says so by token. The route is open to all, and a cookie would come with the other one.
Task<std::optional<base::UserId>> bearer_of(Door& door, const Call& call) {
    constexpr std::string_view kScheme = "Bearer ";
    const auto header = call.request.header("authorization");
    if (!header || !header->starts_with(kScheme)) co_return std::nullopt;
    const auto principal =
        co_await door.accounts.authenticate_token(std::string(header->substr(kScheme.size())));
    if (!principal) co_return std::nullopt;
    co_return principal->user;
}

Response refuse(const Door& door, const Call& call, bool html, const base::Error& error) {
    return html ? redirect(frontend_url(door, call) + "/login?error=oauth_failed")
                : http::problem(call, error);
}

Task<Response> end(Door& door, Call& call, Callback callback, bool html) {
    callback.cookie = cookie_of(call);
    callback.user = co_await bearer_of(door, call);
    const auto signed_in = co_await door.sign_in.end(std::move(callback), accounts::routes::origin_of(call));
    if (!signed_in) co_return refuse(door, call, html, signed_in.error());
    Response response;
    if (html) {
        response = redirect(with_success(frontend_url(door, call) + signed_in->redirect));
        accounts::routes::set_session_cookies(response, call, signed_in->login, door.accounts.now());
    } else {
        response =
            accounts::routes::login_answer(door.accounts, call, signed_in->login, 200, "Logged in with X");
    }
    response.cookies.push_back(accounts::routes::write_cookie(call, {kCookie, ""}));
    co_return response;
}

Response message(std::string_view text) {
    std::string body;
    JsonWriter(body).begin_object().member("success", true).member("message", text).end_object();
    return http::json(std::move(body));
}

Response app_answer(std::string_view app) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().member("app", app);
    json.end_object().end_object();
    return http::json(std::move(body));
}

bool is_visible_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<std::string> read_credential(ObjectReader& reader, Faults& faults, std::string_view name,
                                           bool required) {
    auto text = reader.text(name, {1, 255}, required);
    if (text && !is_visible_ascii(*text)) faults.invalid_string(name, "regex");
    return text;
}

}  // namespace

Task<Response> begin(Door& door, Call& call) {
    Begin begin{.redirect = std::string(call.query.get("redirect").value_or("/")),
                .public_url = own_url(call, door.public_url),
                .user = {},
                .link = call.query.flag("link").value_or(false)};
    if (!is_local_path(begin.redirect))
        co_return http::problem(
            call, {Errc::invalid_redirect_url, "redirect must be a path of this server, such as /settings"});
    if (call.principal) begin.user = call.principal->user;
    if (begin.link && !begin.user)
        co_return http::problem(call,
                                {Errc::missing_auth_header, "Only who is logged in can add X to an account"});
    const auto begun = co_await door.sign_in.begin(std::move(begin));
    if (!begun) co_return http::problem(call, begun.error());
    Response response;
    if (wants_html(call)) {
        response = redirect(begun->url);
    } else {
        std::string body;
        JsonWriter json(body);
        json.begin_object().member("success", true).member("authUrl", begun->url);
        json.member("state", begun->state).member("message", "Go to authUrl to log in with X").end_object();
        response = http::json(std::move(body));
    }
    response.cookies.push_back(accounts::routes::write_cookie(call, {kCookie, begun->state, kStateSeconds}));
    co_return response;
}

Task<Response> callback(Door& door, Call& call) {
    const bool html = wants_html(call);
    Callback callback{.code = std::string(call.query.get("code").value_or("")),
                      .state = std::string(call.query.get("state").value_or("")),
                      .cookie_required = html};
    const auto error = call.query.get("error");
    if (error && !error->empty()) {
        co_await door.sign_in.forget(callback.state);
        co_return refuse(door, call, html, {Errc::oauth_callback_error, "The login was refused at X"});
    }
    if (callback.code.empty() || callback.state.empty())
        co_return refuse(door, call, html, {Errc::invalid_callback_params, "code and state are needed"});
    co_return co_await end(door, call, std::move(callback), html);
}

Task<Response> post_callback(Door& door, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    if (reader.has("error") && !reader.is_null("error")) {
        if (const auto state = reader.text("state")) co_await door.sign_in.forget(*state);
        co_return http::problem(call, {Errc::oauth_callback_error, "The login was refused at X"});
    }
    const auto code = reader.text("code", {1, 4096}, true);
    const auto state = reader.text("state", {1, 500}, true);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_callback_params);
    co_return co_await end(
        door, call, {.code = *code, .state = *state, .cookie_required = false, .may_repeat = true}, false);
}

Task<Response> account(Door& door, Call& call) {
    const base::UserId user = call.principal->user;
    const auto account = co_await door.access.accounts.load(user);
    if (!account) co_return http::problem(call, account.error());
    const auto app = co_await door.access.accounts.find_app(user);
    if (!app) co_return http::problem(call, app.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object();
    json.member("connected", account->has_value());
    json.member("status", *account ? to_string((*account)->status) : "none");
    const auto& found = *account;
    json.member("xUserId", found ? std::optional(found->x_user_id) : std::nullopt);
    json.member("username", found ? std::optional(found->username) : std::nullopt);
    json.member("scopes", found ? found->scopes : std::vector<std::string>());
    json.member("app", *app && (*app)->is_own ? "own" : "shared");
    json.member("dialect", to_string(found ? found->dialect : Dialect::tweet));
    json.member("connectedAt", found ? std::optional(found->connected_at) : std::nullopt);
    json.member("lastSyncAt", found ? found->last_sync_at : std::nullopt);
    json.end_object().end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> disconnect(Door& door, Call& call) {
    const auto done = co_await door.sign_in.disconnect(call.principal->user);
    if (!done) co_return http::problem(call, done.error());
    co_return message("The connection to X was removed; bookmarks stay");
}

Task<Response> put_app(Door& door, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    const auto client_id = read_credential(reader, faults, "clientId", true);
    std::optional<std::string> client_secret;
    if (!reader.is_null("clientSecret"))
        client_secret = read_credential(reader, faults, "clientSecret", false);
    std::optional<std::string> redirect_uri;
    if (!reader.is_null("redirectUri")) redirect_uri = reader.url("redirectUri");
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_x_app);
    const auto done = co_await door.access.accounts.change_app(
        call.principal->user, OwnApp{.client_id = *client_id,
                                     .client_secret = client_secret.value_or(""),
                                     .redirect_uri = std::move(redirect_uri)});
    if (!done) co_return http::problem(call, done.error());
    co_return app_answer("own");
}

Task<Response> delete_app(Door& door, Call& call) {
    const auto done = co_await door.access.accounts.change_app(call.principal->user, std::nullopt);
    if (!done) co_return http::problem(call, done.error());
    co_return app_answer("shared");
}

}  // namespace x::routes
