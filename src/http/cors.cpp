#include "http/cors.hpp"

#include <algorithm>

#include "http/parser.hpp"

namespace http {
namespace {

constexpr std::string_view kMethods = "GET, POST, PUT, DELETE, PATCH, OPTIONS";
constexpr std::string_view kRequestHeaders =
    "Origin, X-Requested-With, Content-Type, Accept, Authorization, X-Session-ID, X-CSRF-Token, X-Client-Version, "
    "If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-Request-ID, X-Server-Timing, traceparent, tracestate";
constexpr std::string_view kExposedHeaders =
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Window, RateLimit, RateLimit-Policy, "
    "Retry-After, X-Token-Refresh-Needed, X-Session-Expires-At, ETag, Location, X-Request-ID, Server-Timing, "
    "Idempotency-Replayed, Content-Disposition";
constexpr std::string_view kMaxAgeSeconds = "86400";

}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
    for (auto& origin : origins_) {
        while (origin.ends_with('/'))
            origin.pop_back();
    }
    std::erase_if(origins_, [](const std::string& origin) { return origin.empty(); });
}

bool Cors::allows(std::string_view origin) const {
    return std::ranges::any_of(origins_,
                               [&](const auto& known) { return equal_ignoring_case(known, origin); });
}

std::optional<Response> Cors::preflight(const Call& call) const {
    const auto origin = call.request.header("origin");
    if (call.request.method != Method::options || !origin ||
        !call.request.header("access-control-request-method")) {
        return std::nullopt;
    }
    Response answer;
    answer.status = 204;
    answer.caching = Caching::none;
    decorate(call, answer);
    if (allows(*origin)) {
        answer.headers.emplace_back("Access-Control-Allow-Methods", kMethods);
        answer.headers.emplace_back("Access-Control-Allow-Headers", kRequestHeaders);
        answer.headers.emplace_back("Access-Control-Max-Age", kMaxAgeSeconds);
    }
    return answer;
}

void Cors::decorate(const Call& call, Response& response) const {
    if (origins_.empty()) return;
    response.headers.emplace_back("Vary", "Origin");
    const auto origin = call.request.header("origin");
    if (!origin || !allows(*origin)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
    response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
    response.headers.emplace_back("Access-Control-Expose-Headers", kExposedHeaders);
}

}  // namespace http
