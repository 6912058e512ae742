// /api/auth/sessions and /api/auth/tokens (contract 3.2).
#include "accounts/credentials_routes.hpp"

#include <algorithm>
#include <array>

#include "base/json_writer.hpp"
#include "http/validation.hpp"

namespace accounts::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using http::Faults;
using http::ObjectReader;

void write_session(JsonWriter& json, const Session& session, const base::SessionId& current) {
    json.begin_object().member("id", session.id).member("current", session.id == current.uuid);
    json.member("kind", session.kind).member("userAgent", session.user_agent).member("ip", session.ip);
    json.member("createdAt", session.created_at).member("lastActiveAt", session.last_active_at);
    json.member("expiresAt", session.expires_at).end_object();
}

void write_api_token(JsonWriter& json, const ApiToken& token) {
    json.begin_object().member("id", token.id).member("name", token.name).key("scopes").begin_array();
    if (token.scopes.read) json.value("read");
    if (token.scopes.write) json.value("write");
    if (token.scopes.admin) json.value("admin");
    json.end_array().member("prefix", token.prefix).member("createdAt", token.created_at);
    json.member("expiresAt", token.expires_at).member("lastUsedAt", token.last_used_at).end_object();
}

template <class Value>
Response single(std::string_view name, const Value& value) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().member(name, value);
    json.end_object().end_object();
    return http::json(std::move(body));
}

/// What an account asks a new token for.
struct Wish {
    std::string name;
    base::Scopes scopes;
    std::optional<base::Time> expires_at;
};

std::optional<Wish> read_wish(const boost::json::object& object, base::Time now, Faults& faults) {
    ObjectReader reader(object, faults);
    const auto name = reader.text("name", {1, 100}, true);
    const auto scopes = reader.texts("scopes", 3, {1, 10}, true);
    if (scopes && scopes->empty()) faults.too_small("scopes", 1, "array");
    Wish wish;
    constexpr std::array<std::string_view, 3> kScopes{"read", "write", "admin"};
    for (const std::string& scope : scopes.value_or(std::vector<std::string>())) {
        if (std::ranges::find(kScopes, scope) == kScopes.end()) faults.invalid_enum("scopes", scope, kScopes);
        wish.scopes.read = wish.scopes.read || scope == "read";
        wish.scopes.write = wish.scopes.write || scope == "write";
        wish.scopes.admin = wish.scopes.admin || scope == "admin";
    }
    if (!reader.is_null("expiresAt")) wish.expires_at = reader.date("expiresAt");
    if (wish.expires_at && *wish.expires_at <= now) faults.custom("expiresAt", "This time has passed");
    if (!faults.empty()) return std::nullopt;
    wish.name = *name;
    return wish;
}

}  // namespace

Task<Response> list_sessions(Accounts& accounts, Call& call) {
    const auto sessions = co_await accounts.sessions(call.principal->user);
    if (!sessions) co_return http::problem(call, sessions.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("sessions").begin_array();
    for (const Session& session : *sessions)
        write_session(json, session, call.principal->session);
    json.end_array().end_object().end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> end_session(Accounts& accounts, Call& call) {
    const auto id = base::parse_uuid(call.parameters[0]);
    if (!id) co_return http::problem(call, {Errc::session_not_found, "There is no such session"});
    const auto ended = co_await accounts.end_session(call.principal->user, {*id});
    if (!ended) co_return http::problem(call, ended.error());
    Response response = single("deletedId", *id);
    if (*id == call.principal->session.uuid) clear_session_cookies(response, call);
    co_return response;
}

Task<Response> end_other_sessions(Accounts& accounts, Call& call) {
    const auto ended = co_await accounts.end_other_sessions(call.principal->user, call.principal->session);
    if (!ended) co_return http::problem(call, ended.error());
    co_return single("deletedCount", *ended);
}

Task<Response> list_tokens(Accounts& accounts, Call& call) {
    const auto tokens = co_await accounts.api_tokens().list(call.principal->user);
    if (!tokens) co_return http::problem(call, tokens.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("tokens").begin_array();
    for (const ApiToken& token : *tokens)
        write_api_token(json, token);
    json.end_array().end_object().end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> make_token(Accounts& accounts, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    auto wish = read_wish(*object, accounts.now(), faults);
    if (!wish) co_return faults.to_response(call, Errc::invalid_token_data);
    if (wish->scopes.admin && call.principal->role != base::Role::admin)
        co_return http::problem(call,
                                {Errc::admin_required, "Only administrators may hand out the scope admin"});
    const auto made = co_await accounts.api_tokens().make(call.principal->user, std::move(wish->name),
                                                          wish->scopes, wish->expires_at);
    if (!made) co_return http::problem(call, made.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().member("token", made->token);
    json.key("apiToken");
    write_api_token(json, made->about);
    json.end_object().end_object();
    co_return http::json(std::move(body), http::Caching::no_store, 201);
}

Task<Response> delete_token(Accounts& accounts, Call& call) {
    const auto id = base::parse_uuid(call.parameters[0]);
    if (!id) co_return http::problem(call, {Errc::token_not_found, "There is no such API token"});
    const auto removed = co_await accounts.remove_api_token(call.principal->user, *id);
    if (!removed) co_return http::problem(call, removed.error());
    co_return single("deletedId", *id);
}

}  // namespace accounts::routes
