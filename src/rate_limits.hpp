// The limiters of contract 1.11, what they count by and which route counts against which. One for all
// workers; RateLimitExchange adds the counts of several processes together.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/task.hpp"
#include "guard/rate_limiter.hpp"
#include "http/quota.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "rate_limit_options.hpp"

namespace app {

/// Safe from any thread.
class RateLimits {
public:
    RateLimits(const RateLimitOptions& options, const base::Clock& clock);

    /// Counts a request against what limits its client's address: `call.route` may be null. A Response
    /// refuses it. Sets `call.quotas`, like `count_user`.
    [[nodiscard]] std::optional<http::Response> count_address(http::Call& call);
    /// The same for what limits its user; after authentication, once per request.
    [[nodiscard]] std::optional<http::Response> count_user(http::Call& call);

    /// One attempt to log in; it counts as failed when told so.
    class LoginAttempt {
    public:
        LoginAttempt(RateLimits& limits, std::string key, std::int64_t window)
            : limits_(limits), key_(std::move(key)), window_(window) {}
        ~LoginAttempt();
        LoginAttempt(const LoginAttempt&) = delete;
        LoginAttempt& operator=(const LoginAttempt&) = delete;
        void fail() { failed_ = true; }

    private:
        RateLimits& limits_;
        std::string key_;
        std::int64_t window_;
        bool failed_ = false;
    };
    /// Runs `log_in` unless the login name (empty: none was given) has failed too often. A 401 is a failure.
    base::Task<http::Response> watch_login(http::Call& call, std::string_view name,
                                           base::Task<http::Response> log_in);

    struct Limiter {
        Limiter(std::string_view name, std::int64_t max, std::chrono::milliseconds window,
                bool is_by_user = false);
        guard::RateLimiter counts;
        http::QuotaPolicy policy;
        bool is_by_user;  ///< keys are the 16 bytes of a user's id, otherwise text
        std::atomic<std::uint64_t> refused{0};
    };
    [[nodiscard]] std::array<Limiter, 6>& all() { return limiters_; }
    /// Whether the caller is the first to ask: only one worker exchanges counts.
    [[nodiscard]] bool claim_exchange() { return !is_exchanging_.exchange(true); }

private:
    [[nodiscard]] bool count(Limiter& limiter, std::string_view key, http::Call& call) const;
    [[nodiscard]] std::optional<http::Response> refuse(const http::Call& call) const;

    std::array<Limiter, 6> limiters_;
    const base::Clock& clock_;
    std::atomic<bool> is_exchanging_{false};
};

}  // namespace app
