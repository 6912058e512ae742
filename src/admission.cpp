#include "admission.hpp"

#include <fmt/format.h>

#include "accounts/accounts_routes.hpp"
#include "base/encoding.hpp"
#include "http/parser.hpp"
#include "trace.hpp"

namespace app {
namespace {

using base::Errc;
using base::fail;
using http::Call;
using http::Method;
using http::Response;

constexpr std::chrono::minutes kRefreshSoon{5};

bool is_unsafe(Method method) {
    return method != Method::get && method != Method::head && method != Method::options;
}

bool is_health_path(std::string_view path) {
    return http::equal_ignoring_case(path, "/health") || http::equal_ignoring_case(path, "/healthz") ||
           http::equal_ignoring_case(path, "/readyz");
}

/// A credential as it was presented.
struct Presented {
    std::string text;
    bool is_cookie = false;
};

/// Errors: those of `parse_bearer`, missing_token, missing_auth_header.
base::Result<Presented> presented(const Call& call) {
    if (const auto header = call.request.header("authorization")) {
        auto token = parse_bearer(*header);
        if (!token) return std::unexpected(token.error());
        return Presented{.text = std::move(*token)};
    }
    // A browser's EventSource cannot send headers. Whoever names a token means that one, not a cookie.
    if (call.route != nullptr && call.route->streams) {
        if (const auto token = call.query.get("access_token")) {
            if (token->empty()) return fail(Errc::missing_token, "The parameter access_token is empty.");
            return Presented{.text = std::string(*token)};
        }
    }
    if (const auto cookie = call.request.cookie("sessionId"); cookie && !cookie->empty())
        return Presented{.text = std::string(*cookie), .is_cookie = true};
    return fail(Errc::missing_auth_header, "This needs a login or a token.");
}

base::Task<base::Result<base::Principal>> check(accounts::Accounts& accounts, Presented credential) {
    if (credential.is_cookie) co_return co_await accounts.authenticate_cookie(std::move(credential.text));
    co_return co_await accounts.authenticate_token(std::move(credential.text));
}

class CredentialLease final : public http::Lease {
public:
    CredentialLease(accounts::Accounts& accounts, Presented credential, base::Time until)
        : accounts_(accounts), credential_(std::move(credential)), until_(until) {}

    base::Task<std::optional<base::Time>> renew() override {
        const auto principal = co_await check(accounts_, credential_);
        if (principal) {
            until_ = principal->expires_at;
        } else if (http::problem_type(principal.error().code).status < 500) {
            co_return std::nullopt;
        }
        co_return until_;
    }

private:
    accounts::Accounts& accounts_;
    Presented credential_;
    base::Time until_;
};

Response redirect_to_https(const Call& call, std::string_view host) {
    Response answer;
    answer.status = 302;
    // The target may be an absolute URI; what counts is its path and query.
    std::string location = "https://" + std::string(host) + std::string(call.request.raw_path);
    if (!call.request.raw_query.empty()) location.append("?").append(call.request.raw_query);
    answer.headers.emplace_back("Location", std::move(location));
    return answer;
}

base::Error overload() {
    return {Errc::service_unavailable, "The server has more to do than it can do in time; try again shortly.",
            std::chrono::seconds(1)};
}

/// What Server-Timing says behind the total (contract 1.5).
std::string timing_of(const Call& call) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const base::Usage usage = call.usage ? *call.usage : base::Usage{};
    return fmt::format("auth;dur={:.3f}, db;dur={:.3f};desc=\"{} queries\", cache;desc=\"{}\"",
                       Milliseconds(call.authenticated).count(), Milliseconds(usage.database).count(),
                       usage.statements, http::to_string(call.cache));
}

}  // namespace

Response overloaded(Call& call) {
    call.was_overload = true;
    return http::problem(call, overload());
}

base::Result<std::string> parse_bearer(std::string_view header) {
    header = http::trim(header);
    const auto blank = header.find(' ');
    if (!http::equal_ignoring_case(header.substr(0, blank), "Bearer"))
        return fail(Errc::invalid_auth_format, "The header must read \"Authorization: Bearer <token>\".");
    if (blank == std::string_view::npos)
        return fail(Errc::missing_token, "The Authorization header holds no token.");
    const auto token = http::trim(header.substr(blank));
    if (token.find_first_of(" \t") != std::string_view::npos)
        return fail(Errc::invalid_auth_format, "The header must read \"Authorization: Bearer <token>\".");
    return std::string(token);
}

base::Result<void> check_right(http::Auth wanted, Method method, const base::Principal& principal) {
    const auto scope = [](bool has) -> base::Result<void> {
        if (has) return {};
        return fail(Errc::insufficient_scope, "This token does not have the scope for that.");
    };
    switch (wanted) {
        case http::Auth::none:
        case http::Auth::optional:
            return {};
        case http::Auth::login:
            if (principal.credential != base::Credential::api_token) return {};
            return scope(is_unsafe(method) ? principal.scopes.write : principal.scopes.read);
        case http::Auth::interactive:
            if (principal.credential != base::Credential::api_token) return {};
            return fail(Errc::interactive_login_required, "An API token may not do that.");
        case http::Auth::admin:
        case http::Auth::metrics:
            if (principal.role != base::Role::admin)
                return fail(Errc::admin_required, "Only administrators may do that.");
            return scope(principal.scopes.admin);
        case http::Auth::read:
            return scope(principal.scopes.read);
        case http::Auth::write:
            return scope(principal.scopes.write);
    }
    return {};
}

Admission::Admission(const http::Router& router, const http::Cors& cors, accounts::Accounts& accounts,
                     AdmissionOptions options, const base::Clock& clock)
    : router_(router),
      cors_(cors),
      accounts_(accounts),
      options_(std::move(options)),
      clock_(clock),
      public_https_(options_.public_url.starts_with("https://")) {}

const base::Principal* Admission::recall(Call& call) const {
    if (options_.force_https || !options_.trusted_proxies.is_empty()) return nullptr;
    call.secure = public_https_;
    return remembered(call);
}

std::optional<Response> Admission::receive(Call& call) const {
    auto client = options_.trusted_proxies.find_client(call.request);
    call.client_address = std::move(client.address);
    // Whoever names an https address as the own one is reached through it, even if the proxy does not say so.
    call.secure = client.https || public_https_;
    call.trace_id = trace_id(call.request, call.request_id);
    if (!options_.force_https || client.https || is_health_path(call.path)) return std::nullopt;
    const auto host = call.request.header("host");
    if (!is_unsafe(call.request.method) && call.request.method != Method::options && host && !host->empty())
        return redirect_to_https(call, *host);
    return http::problem(call, {Errc::https_required, "This server answers over https only."});
}

base::Task<std::optional<Response>> Admission::admit(Call& call, Gate* gate) {
    if (auto preflight = cors_.preflight(call)) co_return preflight;
    auto match = router_.find(call.request.method, call.request.raw_path);
    call.route = match.route;
    if (options_.rate_limits != nullptr) {
        if (auto refused = options_.rate_limits->count_address(call)) co_return refused;
    }
    if (match.route == nullptr) {
        if (!match.allow.empty()) co_return http::method_not_allowed(call, std::move(match.allow));
        co_return std::nullopt;
    }
    call.parameters = std::move(match.parameters);
    if (match.route->load == http::Load::none) gate = nullptr;
    // What may be found finished needs no place.
    const bool may_be_finished = options_.keeps_answers && match.route->cache != http::CacheKind::none;
    if (gate != nullptr && !may_be_finished && gate->is_full()) co_return overloaded(call);
    co_return co_await admit_known(call, gate);
}

base::Task<std::optional<Response>> Admission::admit_known(Call& call, Gate* gate) {
    const http::Auth wanted = call.route->auth;
    const bool has_header = call.request.header("authorization").has_value();
    // Before a login there is no session to protect, but a foreign page must not log its visitor in either.
    if (!has_header && is_unsafe(call.request.method)) {
        if (auto origin = check_origin(call); !origin) co_return http::problem(call, origin.error());
    }
    if (wanted == http::Auth::none) co_return std::nullopt;
    if (wanted == http::Auth::metrics && has_metrics_token(call)) co_return std::nullopt;

    auto principal = co_await authenticate(call, gate);
    if (!principal) {
        if (wanted == http::Auth::optional) co_return std::nullopt;
        count_denial(principal.error());
        co_return http::problem(call, principal.error());
    }
    call.principal = std::move(*principal);
    if (call.principal->credential == base::Credential::cookie && is_unsafe(call.request.method)) {
        if (auto csrf = check_csrf(call); !csrf) {
            count_denial(csrf.error());
            co_return http::problem(call, csrf.error());
        }
    }
    if (options_.rate_limits != nullptr) {
        if (auto refused = options_.rate_limits->count_user(call)) co_return refused;
    }
    if (auto right = check_right(wanted, call.request.method, *call.principal); !right) {
        count_denial(right.error());
        co_return http::problem(call, right.error());
    }
    co_return std::nullopt;
}

void Admission::count_denial(const base::Error& error) const {
    const http::ProblemType& type = http::problem_type(error.code);
    if (options_.counters != nullptr && type.status < 500)
        options_.counters->add(observe::Family::auth_failures, {type.code});
}

bool Admission::has_metrics_token(const Call& call) const {
    const auto header = call.request.header("authorization");
    if (options_.metrics_token.empty() || !header) return false;
    const auto token = parse_bearer(*header);
    return token && base::equal_constant_time(*token, options_.metrics_token);
}

std::unique_ptr<http::Lease> Admission::lease(const Call& call) const {
    return std::make_unique<CredentialLease>(accounts_, presented(call).value_or(Presented()),
                                             call.principal->expires_at);
}

const base::Principal* Admission::remembered(const Call& call) const {
    if (const auto header = call.request.header("authorization")) {
        constexpr std::string_view kScheme = "Bearer ";
        if (!header->starts_with(kScheme)) return nullptr;
        return accounts_.recall_token(header->substr(kScheme.size()));
    }
    // The cookie beside a token of the query is not what is meant.
    if (call.route != nullptr && call.route->streams && call.query.get("access_token")) return nullptr;
    const auto cookie = call.request.cookie("sessionId");
    return cookie ? accounts_.recall_cookie(*cookie) : nullptr;
}

base::Task<base::Result<base::Principal>> Admission::authenticate(Call& call, Gate* gate) {
    while (true) {
        if (const auto* known = remembered(call)) co_return *known;
        auto credential = presented(call);
        if (!credential) co_return std::unexpected(credential.error());
        auto joined =
            co_await checks_.join((credential->is_cookie ? "cookie " : "token ") + credential->text);
        if (joined.failed) {
            // Who checked for all of them was denied, or found no place.
            call.was_overload = joined.failed->code == Errc::service_unavailable;
            co_return std::unexpected(*joined.failed);
        }
        if (joined.was_cancelled) {
            call.was_overload = true;
            co_return std::unexpected(overload());
        }
        if (!joined.lead) continue;
        std::optional<Gate::Pass> pass;
        if (gate != nullptr) {
            auto entered = co_await gate->enter(0);
            if (!entered) {
                call.was_overload = true;
                joined.lead->fail(overload());
                co_return std::unexpected(overload());
            }
            pass.emplace(std::move(*entered));
        }
        auto principal = co_await check(accounts_, std::move(*credential));
        if (!principal && accounts::is_denial(principal.error())) joined.lead->fail(principal.error());
        co_return principal;
    }
}

// The page's own requests name the host that they go to; PUBLIC_URL is for proxies that hide it.
base::Result<void> Admission::check_origin(const Call& call) const {
    const auto origin = call.request.header("origin");
    if (!origin || cors_.allows(*origin)) return {};
    if (http::equal_ignoring_case(*origin, options_.public_url)) return {};
    const std::string host(call.request.header("host").value_or(std::string_view()));
    if (!host.empty() && (http::equal_ignoring_case(*origin, "http://" + host) ||
                          http::equal_ignoring_case(*origin, "https://" + host)))
        return {};
    return fail(Errc::origin_not_allowed,
                "Requests from this origin are not allowed (PUBLIC_URL, CORS_ORIGIN).");
}

base::Result<void> Admission::check_csrf(const Call& call) const {
    const auto session = call.request.cookie("sessionId").value_or(std::string_view());
    const auto given = call.request.header("x-csrf-token");
    if (given && base::equal_constant_time(*given, accounts_.csrf_token(session))) return {};
    return fail(Errc::csrf_token_invalid,
                "The header X-CSRF-Token must hold the value of the cookie csrfToken.");
}

void Admission::decorate(const Call& call, Response& response) const {
    cors_.decorate(call, response);
    if (is_timed(call)) response.server_timing = timing_of(call);
    if (!call.principal) return;
    const auto& principal = *call.principal;
    if (principal.credential == base::Credential::cookie)
        response.headers.emplace_back("X-Session-Expires-At", base::to_iso(principal.expires_at));
    accounts::routes::renew_csrf_cookie(accounts_, call, response);
    if (principal.credential == base::Credential::access_token &&
        principal.expires_at - clock_.now() < kRefreshSoon)
        response.headers.emplace_back("X-Token-Refresh-Needed", "true");
}

}  // namespace app
