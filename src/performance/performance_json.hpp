// The pieces that the answers of /api/performance are put together from (contract 3.19 "Object").
#pragma once

#include "base/json_writer.hpp"
#include "performance/performance.hpp"
#include "performance/process_stats.hpp"

namespace performance {

/// Rounded to three decimals, which is enough for milliseconds and percentages.
[[nodiscard]] double rounded(double value);
/// The part of a whole in percent; 0 of nothing.
[[nodiscard]] double percent(double part, double whole);

/// `metrics` of the database.
void write_pool(base::JsonWriter& json, const Overview& all, const Probe& probe, base::Time now);
/// `health` of the database.
void write_database_health(base::JsonWriter& json, const Overview& all, const Probe& probe);
void write_query_stats(base::JsonWriter& json, const Overview& all, const Performance& performance);
void write_slow_queries(base::JsonWriter& json, const Performance& performance, std::size_t most);
/// `stats` of the cache.
void write_cache_stats(base::JsonWriter& json, const Overview& all, const Performance& performance,
                       const KeyCount& keys);
void write_cache_health(base::JsonWriter& json, const Probe& probe);
void write_queue_metrics(base::JsonWriter& json, const Queues& queues);
void write_queue_details(base::JsonWriter& json, const Queues& queues);
void write_queue_summary(base::JsonWriter& json, const Queues& queues);
/// `metrics` of the requests, with the `most` slowest routes.
void write_api(base::JsonWriter& json, const Overview& overview, const Performance& performance,
               std::size_t most);
void write_routes(base::JsonWriter& json, const Performance& performance, std::size_t most);
void write_slow_requests(base::JsonWriter& json, const Performance& performance);
/// `memoryUsage`: resident, allowed, allocated and other bytes under the names of the contract.
void write_memory(base::JsonWriter& json, const ProcessStats& stats);

/// What of health depends on (contract 3.19 "health, score").
struct HealthNumbers {
    State database{};
    State cache{};
    ProcessStats process;
    double score = 0;
};
[[nodiscard]] HealthNumbers judge(const Overview& all, const Probe& database, const Probe& redis);

}  // namespace performance
