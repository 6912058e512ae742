// Adds the counts of several processes together in Redis (contract 5.5 `rl:…`), in the background: a request
// never waits for it. One worker of the process runs it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "rate_limits.hpp"
#include "redis/connection.hpp"

namespace app {

/// For the thread that runs `io` only.
class RateLimitExchange {
public:
    /// All must outlive it, and `io` what it started.
    RateLimitExchange(boost::asio::io_context& io, RateLimits& limits, redis::Connection& redis,
                      std::string prefix, const base::Clock& clock);

    /// From now on tells Redis what was counted since the last time and learns the sums. While Redis is away
    /// counting goes on per process.
    void start();
    void stop();

private:
    base::Task<void> run();
    base::Task<void> exchange(RateLimits::Limiter& limiter);

    boost::asio::io_context& io_;
    RateLimits& limits_;
    redis::Connection& redis_;
    std::string prefix_;
    const base::Clock& clock_;
    boost::asio::steady_timer timer_;
    bool stopped_ = false;
};

}  // namespace app
