#include "rate_limit_exchange.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

namespace app {
namespace {

namespace asio = base::asio;
using Share = guard::RateLimiter::Share;

constexpr std::chrono::milliseconds kPeriod{200};
constexpr std::chrono::milliseconds kPatience{500};
constexpr std::size_t kSharesMax = 500;  ///< of one limiter in one period; the rest waits for the next

std::string key_of(const RateLimits::Limiter& limiter, const Share& share, std::string_view prefix) {
    std::string key = share.key;
    if (base::Uuid user; limiter.is_by_user && key.size() == user.bytes.size()) {
        std::memcpy(user.bytes.data(), key.data(), key.size());
        // The hash tag keeps all keys of a user in one place of a cluster.
        key = "{" + base::to_string(user) + "}";
    }
    return fmt::format("{}rl:{}:{}:{}", prefix, limiter.policy.name, key, share.window);
}

}  // namespace

RateLimitExchange::RateLimitExchange(asio::io_context& io, RateLimits& limits, redis::Connection& redis,
                                     std::string prefix, const base::Clock& clock)
    : io_(io), limits_(limits), redis_(redis), prefix_(std::move(prefix)), clock_(clock), timer_(io) {}

void RateLimitExchange::start() {
    asio::co_spawn(io_, run(), asio::detached);
}

void RateLimitExchange::stop() {
    stopped_ = true;
    timer_.cancel();
}

base::Task<void> RateLimitExchange::run() {
    while (!stopped_) {
        timer_.expires_after(kPeriod);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        for (auto& limiter : limits_.all()) {
            if (stopped_ || !redis_.ready()) break;
            if (limiter.counts.is_on()) co_await exchange(limiter);
        }
    }
}

// A sum is of use until its window ends.
base::Task<void> RateLimitExchange::exchange(RateLimits::Limiter& limiter) {
    const auto shares = limiter.counts.collect(kSharesMax, clock_.now());
    if (shares.empty()) co_return;
    std::vector<std::vector<std::string>> commands;
    commands.reserve(shares.size() * 2);
    const std::string ttl = std::to_string(limiter.policy.window.count());
    for (const Share& share : shares) {
        std::string key = key_of(limiter, share, prefix_);
        commands.push_back({"INCRBY", key, std::to_string(share.count)});
        commands.push_back({"PEXPIRE", std::move(key), ttl});
    }
    const auto replies = co_await redis_.run_all(std::move(commands), kPatience);
    if (!replies) co_return;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const redis::Reply& sum = (*replies)[i * 2];
        if (sum.kind == redis::Reply::Kind::integer)
            limiter.counts.learn(shares[i], sum.integer, clock_.now());
    }
}

}  // namespace app
