// What rate limits say to the client (contract 1.11 "headers"). Knows neither keys nor counters.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace http {

/// One limiter as clients see it. Outlives the calls that it is shown to.
struct QuotaPolicy {
    QuotaPolicy(std::string_view name, std::int64_t limit, std::chrono::milliseconds window);

    std::string_view name;  ///< static storage
    std::int64_t limit;     ///< requests per window
    std::chrono::milliseconds window;
    std::string member;  ///< `"api-ip";q=1000;w=900`, of RateLimit-Policy
    std::string lines;   ///< the headers X-RateLimit-Limit and -Window
};

/// The state of one limiter after a request was counted.
struct Quota {
    const QuotaPolicy* policy = nullptr;
    std::int64_t remaining = 0;
    std::chrono::sys_seconds reset;  ///< end of the window, rounded up
};

/// The limiters that a request counted against, outermost first.
class Quotas {
public:
    static constexpr std::size_t kMax = 4;
    void add(const Quota& quota) {
        if (size_ < kMax) all_[size_++] = quota;
    }
    [[nodiscard]] std::span<const Quota> all() const { return std::span(all_).first(size_); }

private:
    std::array<Quota, kMax> all_{};
    std::size_t size_ = 0;
};

/// X-RateLimit-* of the innermost limiter, RateLimit-Policy and RateLimit of all; nothing for none.
void append_quotas(std::string& out, std::span<const Quota> quotas, std::chrono::sys_seconds now);

struct Call;
struct Response;

/// 429 RATE_LIMIT_EXCEEDED by the innermost limiter of `call`, of which there is one.
[[nodiscard]] Response rate_limited(const Call& call, std::chrono::sys_seconds now);

}  // namespace http
