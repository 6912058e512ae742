// How instances tell each other that a library has a new version: one short message on a channel of Redis.
// A message that gets lost is made good by the time that a known version is trusted for.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "cache/versions.hpp"
#include "postgres/pool.hpp"
#include "redis/connection.hpp"

namespace cache {

/// User and version, 24 bytes.
[[nodiscard]] std::string write_announcement(base::UserId user, std::int64_t version);
struct Announcement {
    base::UserId user;
    std::int64_t version = 0;
};
/// Nothing: not one of ours.
[[nodiscard]] std::optional<Announcement> read_announcement(std::string_view message);

/// Hears what other instances announce, on a thread of its own so that nothing a worker does can delay it.
/// One per process.
class Listener {
public:
    /// `channel` of `connection` is set here. `versions` must outlive it.
    Listener(Versions& versions, redis::ConnectionOptions connection, std::string channel);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

private:
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    redis::Connection connection_;
    std::thread thread_;
};

/// How many numbers a write gives to its rows: those after the version that it found under the lock.
struct Numbers {
    std::int64_t count = 0;
};

struct Committed {
    postgres::Results results;  ///< of the commands that were given
    std::int64_t version = 0;   ///< of the library: the last number of this write, those of triggers included
};

/// What a write to a library must do beside committing. One per worker; every transaction that raises a
/// version goes through it.
class Announcer {
public:
    Announcer(Versions& versions, redis::Connection& connection, std::string channel,
              const base::Clock& clock)
        : versions_(versions), connection_(connection), channel_(std::move(channel)), clock_(clock) {}

    /// Takes the numbers, runs the commands and commits, in one round trip; the transaction holds the lock
    /// of the library. When this returns, no request of this process is answered from before the write any
    /// more.
    base::Task<base::Result<Committed>> commit(postgres::Transaction& transaction,
                                               postgres::Commands commands, base::UserId user,
                                               Numbers numbers);
    /// The same for a write that was committed in another way, begun at `sent`.
    void committed(base::UserId user, std::int64_t version, base::SteadyTime sent);
    /// A write may or may not have happened.
    void uncertain(base::UserId user) { versions_.forget(user); }
    [[nodiscard]] base::SteadyTime now() const { return clock_.steady(); }

private:
    Versions& versions_;
    redis::Connection& connection_;
    std::string channel_;
    const base::Clock& clock_;
};

}  // namespace cache
