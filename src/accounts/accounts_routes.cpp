#include "accounts/accounts_routes.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "http/router.hpp"
#include "http/validation.hpp"

namespace accounts::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using http::Faults;
using http::ObjectReader;

constexpr http::Length kPasswordLength{8, 256};

void write_settings(JsonWriter& json, const Settings& settings) {
    json.begin_object().member("theme", settings.theme).member("viewMode", settings.view_mode);
    json.member("defaultCategory", settings.default_category).member("autoSync", settings.auto_sync);
    json.member("aiSuggestions", settings.ai_suggestions).member("backupEnabled", settings.backup_enabled);
    json.end_object();
}

void write_user_members(JsonWriter& json, const User& user) {
    json.member("id", user.id).member("xUserId", user.x_user_id).member("username", user.username);
    json.member("displayName", user.display_name)
        .member("avatarUrl", user.avatar_url)
        .member("email", user.email);
    json.member("role", base::to_string(user.role)).member("hasPassword", !user.password_hash.empty());
    json.key("settings");
    write_settings(json, user.settings);
    json.member("createdAt", user.created_at).member("updatedAt", user.updated_at);
}

void write_user(JsonWriter& json, const User& user) {
    json.begin_object();
    write_user_members(json, user);
    json.end_object();
}

Response user_answer(const User& user, http::Caching caching) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("user");
    write_user(json, user);
    json.key("data");
    write_user(json, user);
    json.end_object();
    return http::json(std::move(body), caching);
}

Response message(std::string_view text) {
    std::string body;
    JsonWriter(body).begin_object().member("success", true).member("message", text).end_object();
    return http::json(std::move(body));
}

bool is_username(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '.' || c == '-';
    });
}

/// Something before and after one `@`, a dot in the domain, no blanks: more cannot be known without sending a
/// mail.
bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == 0 || at == std::string_view::npos || text.size() > 254) return false;
    const std::string_view domain = text.substr(at + 1);
    const std::size_t dot = domain.find('.');
    return dot != 0 && dot != std::string_view::npos && !domain.ends_with('.') &&
           domain.find('@') == std::string_view::npos &&
           text.find_first_of(" \t\n<>,;") == std::string_view::npos;
}

/// `confirm` may be absent; when given it must equal the password.
void check_confirmation(const std::optional<std::string>& password, const std::optional<std::string>& confirm,
                        Faults& faults) {
    if (password && confirm && !base::equal_constant_time(*password, *confirm))
        faults.custom("confirmPassword", "The passwords differ");
}

std::optional<std::string> name_of_login(ObjectReader& reader) {
    auto name = reader.text("username", {1, 254}, !reader.has("email"));
    return name ? name : reader.text("email", {1, 254});
}

}  // namespace

void clear_session_cookies(Response& response, const Call& call) {
    response.cookies.push_back(write_cookie(call, {"sessionId", ""}));
    response.cookies.push_back(write_cookie(call, {"csrfToken", "", 0, false}));
}

std::string write_cookie(const Call& call, const Cookie& cookie) {
    std::string out;
    out.append(cookie.name).append("=").append(cookie.value).append("; Path=/; SameSite=Lax; Max-Age=");
    out += std::to_string(cookie.max_age_seconds);
    if (cookie.http_only) out += "; HttpOnly";
    if (call.secure) out += "; Secure";
    return out;
}

void set_session_cookies(Response& response, const Call& call, const Login& login, base::Time now) {
    const auto age = std::chrono::floor<std::chrono::seconds>(login.session_expires_at - now).count();
    response.cookies.push_back(write_cookie(call, {"sessionId", login.session_cookie, age}));
    response.cookies.push_back(write_cookie(call, {"csrfToken", login.csrf_token, age, false}));
}

Response login_answer(const Accounts& accounts, const Call& call, const Login& login, unsigned status,
                      std::string_view text) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("user");
    write_user(json, login.user);
    json.key("tokens").begin_object().member("accessToken", login.access_token);
    json.member("refreshToken", login.refresh_token).member("expiresAt", login.expires_at).end_object();
    json.member("message", text).key("data").begin_object().key("user");
    write_user(json, login.user);
    json.member("token", login.access_token).member("refreshToken", login.refresh_token);
    json.member("expiresAt", login.expires_at).end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::no_store, status);
    set_session_cookies(response, call, login, accounts.now());
    return response;
}

Origin origin_of(const Call& call) {
    return {call.client_address, std::string(call.request.header("user-agent").value_or(""))};
}

Task<Response> providers(Accounts& accounts, bool x, Call& call) {
    const auto first_run = co_await accounts.is_first_run();
    if (!first_run) co_return http::problem(call, first_run.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object();
    json.member("local", true).member("x", x);
    json.member("registration", accounts.registration_open() || *first_run).member("firstRun", *first_run);
    json.end_object().end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> register_account(Accounts& accounts, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    Registration registration;
    const auto username = reader.text("username", {3, 50}, true);
    if (username && !is_username(*username)) faults.invalid_string("username", "regex");
    const auto password = reader.text("password", kPasswordLength, true);
    check_confirmation(password, reader.text("confirmPassword"), faults);
    registration.display_name = reader.text("displayName", {1, 100});
    registration.email = reader.text("email");
    if (registration.email && !is_email(*registration.email)) faults.invalid_string("email", "email");
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_registration_data);
    registration.username = *username;
    registration.password = *password;
    const auto login = co_await accounts.register_account(std::move(registration), origin_of(call));
    if (!login) co_return http::problem(call, login.error());
    co_return login_answer(accounts, call, *login, 201, "Account created");
}

std::string login_name(const Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) return {};
    Faults faults;
    ObjectReader reader(*object, faults);
    return name_of_login(reader).value_or(std::string());
}

Task<Response> log_in(Accounts& accounts, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    const auto name = name_of_login(reader);
    const auto password = reader.text("password", {1, 256}, true);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_request_body);
    const auto login = co_await accounts.log_in(*name, *password, origin_of(call));
    if (!login) co_return http::problem(call, login.error());
    co_return login_answer(accounts, call, *login, 200, "Logged in");
}

Task<Response> refresh(Accounts& accounts, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    const auto token = reader.text("refreshToken", {1, 4096}, true);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_request_body);
    const auto login = co_await accounts.refresh(*token);
    if (!login) co_return http::problem(call, login.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("tokens").begin_object();
    json.member("accessToken", login->access_token).member("refreshToken", login->refresh_token);
    json.member("expiresAt", login->expires_at).end_object().key("data").begin_object();
    json.member("token", login->access_token).member("refreshToken", login->refresh_token);
    json.member("expiresAt", login->expires_at).end_object().end_object();
    co_return http::json(std::move(body));
}

Task<Response> log_out(Accounts& accounts, Call& call) {
    const auto done = co_await accounts.log_out(call.principal->user, call.principal->session);
    if (!done) co_return http::problem(call, done.error());
    Response response = message("Logged out");
    clear_session_cookies(response, call);
    co_return response;
}

Task<Response> log_out_everywhere(Accounts& accounts, Call& call) {
    const auto ended = co_await accounts.log_out_everywhere(call.principal->user);
    if (!ended) co_return http::problem(call, ended.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("message", "Logged out everywhere").key("data");
    json.begin_object().member("endedSessions", *ended).end_object().end_object();
    Response response = http::json(std::move(body));
    clear_session_cookies(response, call);
    co_return response;
}

Task<Response> me(Accounts& accounts, Call& call) {
    const auto user = co_await accounts.get(call.principal->user);
    if (!user) co_return http::problem(call, user.error());
    Response response = user_answer(*user, http::Caching::private_no_cache);
    response.library_version = user->library_version;
    co_return response;
}

void renew_csrf_cookie(const Accounts& accounts, const Call& call, Response& response) {
    const bool asks = call.route != nullptr && call.route->name == "auth.me" && call.principal &&
                      call.principal->credential == base::Credential::cookie;
    const auto session = asks ? call.request.cookie("sessionId") : std::nullopt;
    if (!session) return;
    const auto age =
        std::chrono::floor<std::chrono::seconds>(call.principal->expires_at - accounts.now()).count();
    response.cookies.push_back(write_cookie(call, {"csrfToken", accounts.csrf_token(*session), age, false}));
}

Task<Response> change_settings(Accounts& accounts, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    const auto user = co_await accounts.get(call.principal->user);
    if (!user) co_return http::problem(call, user.error());
    Settings settings = user->settings;
    Faults faults;
    ObjectReader reader(*object, faults);
    settings.theme = reader.one_of("theme", {"light", "dark", "system"}).value_or(settings.theme);
    settings.view_mode = reader.one_of("viewMode", {"grid", "list"}).value_or(settings.view_mode);
    if (reader.is_null("defaultCategory")) {
        settings.default_category.reset();
    } else if (const auto category = reader.text("defaultCategory", {1, 100})) {
        settings.default_category = category;
    }
    settings.auto_sync = reader.flag("autoSync").value_or(settings.auto_sync);
    settings.ai_suggestions = reader.flag("aiSuggestions").value_or(settings.ai_suggestions);
    settings.backup_enabled = reader.flag("backupEnabled").value_or(settings.backup_enabled);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_settings);
    const auto changed = co_await accounts.change_settings(call.principal->user, std::move(settings));
    if (!changed) co_return http::problem(call, changed.error());
    co_return user_answer(*changed, http::Caching::no_store);
}

Task<Response> change_password(Accounts& accounts, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    const auto current = reader.text("currentPassword", {0, 256});
    const auto password = reader.text("newPassword", kPasswordLength, true);
    check_confirmation(password, reader.text("confirmPassword"), faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_request_body);
    const auto user = co_await accounts.get(call.principal->user);
    if (!user) co_return http::problem(call, user.error());
    if (!user->password_hash.empty()) {
        const auto correct = co_await accounts.check_password(call.principal->user, current.value_or(""));
        if (!correct) co_return http::problem(call, correct.error());
        if (!*correct)
            co_return http::problem(call, {Errc::invalid_credentials, "The current password is wrong", {}});
    }
    const auto done =
        co_await accounts.set_password(call.principal->user, *password, call.principal->session);
    if (!done) co_return http::problem(call, done.error());
    co_return message("Password changed");
}

}  // namespace accounts::routes
