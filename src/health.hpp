// Whether PostgreSQL and Redis answer, and the routes that say so (contract 3.1). One per worker.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "postgres/pool.hpp"
#include "redis/connection.hpp"

namespace app {

/// What the routes tell besides.
struct Identity {
    std::string_view version;
    std::string environment;
    base::SteadyTime started;
};

struct Checked {
    bool healthy = false;
    std::chrono::microseconds latency{};  ///< of the answer, or how long was waited for it
};

/// Jobs of type sync (contract 3.1, 3.9).
struct QueueState {
    std::int64_t waiting = 0;
    std::int64_t active = 0;
    std::int64_t failed = 0;  ///< in the last hour
};

class Health {
public:
    Health(base::asio::io_context& io, postgres::Pool& database, redis::Connection& cache, Identity identity,
           const std::atomic<bool>& draining, const base::Clock& clock);

    /// Bounded by `kPatience` however long the store hangs: requests that ask meanwhile wait for the same
    /// answer.
    base::Task<Checked> check_database();
    base::Task<Checked> check_cache();
    /// As `check_database`, and brings `queue_` up to date.
    base::Task<Checked> check_queue();

    base::Task<http::Response> health(http::Call& call);
    base::Task<http::Response> alive(http::Call& call);
    base::Task<http::Response> ready(http::Call& call);
    base::Task<http::Response> status(http::Call& call);

    static constexpr std::chrono::seconds kPatience{3};

private:
    /// One question on its way, and who waits for it.
    struct Probe {
        explicit Probe(base::asio::io_context& io) : answered(io) {}
        base::asio::steady_timer answered;
        base::SteadyTime asked;
        bool done = false;
        Checked result;
    };
    using Slot = std::shared_ptr<Probe>;

    template <class Ask>
    base::Task<Checked> ask_once(Slot& slot, Ask ask);
    base::Task<bool> ask_database();
    base::Task<bool> ask_queue();

    base::asio::io_context& io_;
    postgres::Pool& database_;
    redis::Connection& cache_;
    Identity identity_;
    const std::atomic<bool>& draining_;
    const base::Clock& clock_;
    Slot database_probe_;
    Slot cache_probe_;
    Slot queue_probe_;
    QueueState queue_;
};

}  // namespace app
