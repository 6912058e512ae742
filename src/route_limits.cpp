#include "route_limits.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace app {
namespace {

using http::Limiter;
using http::Load;
using http::Method;

constexpr std::array<std::string_view, 9> kOfUser{"bookmarks",   "categories", "tags", "search", "sync",
                                                  "suggestions", "changes",    "ai",   "jobs"};
constexpr std::array<std::string_view, 4> kAuth{"/api/auth/register", "/api/auth/x/oauth",
                                                "/api/auth/x/callback", "/api/auth/refresh"};
/// They answer without a store, or must answer above all when the server is busy.
constexpr std::array<std::string_view, 7> kFree{
    "/health", "/healthz", "/readyz", "/metrics", "/api/status", "/problems/:slug", "/api/openapi.json"};
/// Of operators, who wait for them up to half a minute and more.
constexpr std::array<std::string_view, 2> kPatient{"/api/backup/test", "/api/performance/analyze"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_sensitive(Method method, std::string_view pattern) {
    return (method == Method::post && pattern == "/api/auth/logout-all") ||
           (method == Method::put && pattern == "/api/auth/password") ||
           (method == Method::del && pattern == "/api/auth/me");
}

/// `bookmarks` of `/api/bookmarks/:id`.
std::string_view area_of(std::string_view pattern) {
    constexpr std::string_view kApi = "/api/";
    if (!pattern.starts_with(kApi)) return {};
    pattern.remove_prefix(kApi.size());
    return pattern.substr(0, pattern.find('/'));
}

}  // namespace

Limiter limiter_of(Method method, std::string_view pattern) {
    if (pattern == "/api/auth/login") return Limiter::login;
    if (contains(kAuth, pattern)) return Limiter::auth;
    if (is_sensitive(method, pattern)) return Limiter::sensitive;
    if (method == Method::post && (pattern == "/api/sync" || pattern == "/api/sync/start"))
        return Limiter::x_api;
    if (pattern == "/api/sync/health") return Limiter::none;
    return contains(kOfUser, area_of(pattern)) ? Limiter::api_user : Limiter::none;
}

Load load_of(const http::Route& route) {
    if (contains(kFree, route.pattern)) return Load::none;
    const bool hashes =
        route.pattern == "/api/auth/register" || route.pattern == "/api/auth/login" ||
        (is_sensitive(route.method, route.pattern) && route.pattern != "/api/auth/logout-all");
    return hashes || route.spool || contains(kPatient, route.pattern) ? Load::heavy : Load::usual;
}

}  // namespace app
