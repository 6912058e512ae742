#include "rate_limits.hpp"

#include "http/parser.hpp"
#include "text/fold.hpp"

namespace app {
namespace {

using http::Call;
using http::Response;
using std::chrono::seconds;

constexpr std::chrono::hours kSensitiveWindow{1};

enum Place : std::size_t { kApiIp, kApiUser, kAuth, kLoginAccount, kXApi, kSensitive };

bool is_api(const Call& call) {
    constexpr std::string_view kApi = "/api/";
    if (call.route != nullptr) return call.route->pattern.starts_with(kApi);
    return http::equal_ignoring_case(std::string_view(call.path).substr(0, kApi.size()), kApi);
}

std::string_view key_of(const base::UserId& user) {
    return {reinterpret_cast<const char*>(user.uuid.bytes.data()), user.uuid.bytes.size()};
}

}  // namespace

RateLimits::Limiter::Limiter(std::string_view name, std::int64_t max, std::chrono::milliseconds window,
                             bool by_user)
    : counts({.max = max, .window = window}), policy(name, max, window), is_by_user(by_user) {}

// In the order of Place.
RateLimits::RateLimits(const RateLimitOptions& options, const base::Clock& clock)
    : limiters_{{{"api-ip", options.api_ip, options.window},
                 {"api-user", options.api_user, options.window, true},
                 {"auth", options.auth, options.window},
                 {"login-account", options.login_account, options.window},
                 {"x-api", options.x_api, options.window, true},
                 {"sensitive", options.sensitive, kSensitiveWindow}}},
      clock_(clock) {}

bool RateLimits::count(Limiter& limiter, std::string_view key, Call& call) const {
    if (!limiter.counts.is_on()) return true;
    const auto verdict = limiter.counts.take(key, clock_.now());
    call.quotas.add({&limiter.policy, verdict.remaining, std::chrono::ceil<seconds>(verdict.reset)});
    if (!verdict.is_allowed) ++limiter.refused;
    return verdict.is_allowed;
}

std::optional<Response> RateLimits::refuse(const Call& call) const {
    return http::rate_limited(call, std::chrono::floor<seconds>(clock_.now()));
}

std::optional<Response> RateLimits::count_address(Call& call) {
    if (!is_api(call)) return std::nullopt;
    if (!count(limiters_[kApiIp], call.client_address, call)) return refuse(call);
    if (call.route == nullptr) return std::nullopt;
    switch (call.route->limiter) {
        case http::Limiter::auth:
        case http::Limiter::login:
            if (!count(limiters_[kAuth], call.client_address, call)) return refuse(call);
            break;
        case http::Limiter::sensitive:
            if (!count(limiters_[kSensitive], call.client_address, call)) return refuse(call);
            break;
        case http::Limiter::none:
        case http::Limiter::api_user:
        case http::Limiter::x_api:
            break;
    }
    return std::nullopt;
}

std::optional<Response> RateLimits::count_user(Call& call) {
    if (!call.principal || call.route == nullptr) return std::nullopt;
    const auto limiter = call.route->limiter;
    if (limiter != http::Limiter::api_user && limiter != http::Limiter::x_api) return std::nullopt;
    auto& of = limiters_[limiter == http::Limiter::api_user ? kApiUser : kXApi];
    return count(of, key_of(call.principal->user), call) ? std::nullopt : refuse(call);
}

RateLimits::LoginAttempt::~LoginAttempt() {
    limits_.limiters_[kLoginAccount].counts.settle(key_, window_, failed_, limits_.clock_.now());
}

// Folded, so that no way of writing a name has a counter of its own.
base::Task<Response> RateLimits::watch_login(Call& call, std::string_view name, base::Task<Response> log_in) {
    Limiter& limiter = limiters_[kLoginAccount];
    if (name.empty() || !limiter.counts.is_on()) co_return co_await std::move(log_in);
    std::string key = text::fold(name);
    const auto verdict = limiter.counts.hold(key, clock_.now());
    if (!verdict.is_allowed) {
        ++limiter.refused;
        call.quotas.add({&limiter.policy, 0, std::chrono::ceil<seconds>(verdict.reset)});
        co_return *refuse(call);
    }
    LoginAttempt attempt(*this, std::move(key), verdict.window);
    Response response = co_await std::move(log_in);
    if (response.status == 401) attempt.fail();
    co_return response;
}

}  // namespace app
