// What operators see of a server (contract 3.19, 7): metrics, numbers about database, cache, queues and
// requests, health and advice. One per worker; it shows the whole process, and of the stores what all
// processes did.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/single_flight.hpp"
#include "cache/answers.hpp"
#include "fetch/breakers.hpp"
#include "observe/hub.hpp"
#include "performance/recommendations.hpp"
#include "postgres/pool.hpp"
#include "redis/connection.hpp"

namespace performance {

/// How many requests each rate limiter has refused, by its name.
using Refused = std::vector<std::pair<std::string_view, std::uint64_t>>;

/// A row of the table of routes, as it is shown.
struct RouteName {
    std::string_view method;
    std::string_view pattern;
    bool streams = false;
};

/// What the numbers come from. All must outlive what reads them.
struct Sources {
    observe::Hub& hub;
    std::vector<RouteName> routes;  ///< in the order in which requests are counted
    postgres::Pool& database;
    redis::Connection& redis;
    const cache::Shared& cache;
    const fetch::Breakers& breakers;
    std::function<std::size_t()> streams;  ///< that are open
    std::function<Refused()> refused;
};

struct Options {
    std::string version;
    std::string environment;
    std::string redis_prefix = "xbm:";
    std::string x_origin;  ///< as fetch::origin_of makes it
    base::SteadyTime started{};
};

/// An answer of a store, and how long it took.
struct Probe {
    bool answered = false;
    double seconds = 0;
};

/// Sums over all routes, loops and statements.
struct Overview {
    observe::RouteTotals requests;
    observe::QueryTotals queries;
    std::int64_t pool_total = 0;
    std::int64_t pool_active = 0;
    std::int64_t pool_idle = 0;
    std::int64_t pool_waiting = 0;
    std::int64_t pool_max = 0;
    std::uint64_t acquired = 0;
    std::uint64_t waited = 0;
};

/// Jobs of one type, of all users and processes.
struct QueueNumbers {
    std::map<std::string, std::int64_t, std::less<>> by_state;  ///< also `delayed`, which are not in `queued`
    double mean_ms = 0;                                         ///< of those completed within a day
    double per_minute = 0;                                      ///< completed, over 10 min

    [[nodiscard]] std::int64_t count(std::string_view state) const;
    [[nodiscard]] std::int64_t total() const;
};
using Queues = std::map<std::string, QueueNumbers, std::less<>>;  ///< by type of job

/// Keys of this server in Redis, by what stands behind the prefix.
struct KeyCount {
    std::int64_t total = 0;
    std::map<std::string, std::int64_t, std::less<>> namespaces;
    std::int64_t memory_bytes = 0;  ///< of the whole Redis
    bool is_complete = true;        ///< false: there are too many to be counted in time
};

/// What advice depends on; `queues` and `keys` null: nothing is known of them.
[[nodiscard]] Facts facts_of(const Overview& all, const Queues* queues, const KeyCount* keys);

class Performance {
public:
    Performance(Sources sources, Options options, const base::Clock& clock);

    /// All metrics as text (observe/exposition).
    base::Task<std::string> metrics(bool open_metrics);

    /// Adds everything up: to be asked for once an answer.
    [[nodiscard]] Overview overview() const;
    [[nodiscard]] std::vector<std::pair<std::size_t, observe::RouteTotals>> slowest_routes(
        std::size_t most) const;
    base::Task<Probe> probe_database();
    base::Task<Probe> probe_redis();
    base::Task<base::Result<Queues>> queues();
    base::Task<KeyCount> count_keys();

    [[nodiscard]] const Sources& sources() const { return sources_; }
    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] const base::Clock& clock() const { return clock_; }

private:
    struct Totals {
        std::int64_t bookmarks = 0;
        double dollars = 0;
    };
    base::Task<base::Result<Totals>> totals();

    Sources sources_;
    Options options_;
    const base::Clock& clock_;
    std::optional<Totals> totals_;
    base::SteadyTime totals_read_{};
};

}  // namespace performance
