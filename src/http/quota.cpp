#include "http/quota.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "http/request.hpp"
#include "http/response.hpp"

namespace http {
namespace {

using std::chrono::seconds;

void append_number(std::string& out, std::int64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

std::int64_t seconds_left(const Quota& quota, std::chrono::sys_seconds now) {
    return std::max<std::int64_t>((quota.reset - now).count(), 0);
}

}  // namespace

QuotaPolicy::QuotaPolicy(std::string_view limiter, std::int64_t max, std::chrono::milliseconds length)
    : name(limiter), limit(max), window(length) {
    const auto whole = std::chrono::ceil<seconds>(length).count();
    member = fmt::format("\"{}\";q={};w={}", name, limit, whole);
    lines = fmt::format("X-RateLimit-Limit: {}\r\nX-RateLimit-Window: {}\r\n", limit, whole);
}

void append_quotas(std::string& out, std::span<const Quota> quotas, std::chrono::sys_seconds now) {
    if (quotas.empty()) return;
    const Quota& inner = quotas.back();
    out.append(inner.policy->lines).append("X-RateLimit-Remaining: ");
    append_number(out, inner.remaining);
    out.append("\r\nX-RateLimit-Reset: ");
    append_number(out, inner.reset.time_since_epoch().count());
    out.append("\r\nRateLimit-Policy: ");
    for (std::size_t i = 0; i < quotas.size(); ++i)
        out.append(i == 0 ? "" : ", ").append(quotas[i].policy->member);
    out.append("\r\nRateLimit: ");
    for (std::size_t i = 0; i < quotas.size(); ++i) {
        out.append(i == 0 ? "\"" : ", \"").append(quotas[i].policy->name).append("\";r=");
        append_number(out, quotas[i].remaining);
        out.append(";t=");
        append_number(out, seconds_left(quotas[i], now));
    }
    out.append("\r\n");
}

Response rate_limited(const Call& call, std::chrono::sys_seconds now) {
    const Quota& inner = call.quotas.all().back();
    base::Error error{base::Errc::rate_limit_exceeded, "Too many requests; try again later.",
                      seconds(std::max<std::int64_t>(seconds_left(inner, now), 1))};
    error.extras =
        fmt::format("\"limit\":{},\"windowMs\":{}", inner.policy->limit, inner.policy->window.count());
    return problem(call, error);
}

}  // namespace http
