#include "performance/performance_json.hpp"

#include <array>
#include <cmath>

namespace performance {
namespace {

using base::JsonWriter;

/// Types of jobs and the names of their queues, in the contract's order.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kQueues{{{"sync", "bookmark-sync"},
                                                                                {"export", "data-export"},
                                                                                {"import", "data-import"},
                                                                                {"ai-suggest", "ai-suggest"},
                                                                                {"backup", "backup"}}};

const QueueNumbers& queue_of(const Queues& queues, std::string_view type) {
    static const QueueNumbers kNone;
    const auto found = queues.find(type);
    return found == queues.end() ? kNone : found->second;
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

}  // namespace

double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

double percent(double part, double whole) {
    return whole > 0 ? rounded(100 * part / whole) : 0.0;
}

void write_pool(JsonWriter& json, const Overview& all, const Probe& probe, base::Time now) {
    const State state = state_of_database(probe.answered ? probe.seconds : -1, all.pool_waiting);
    json.key("metrics").begin_object();
    json.member("totalConnections", all.pool_total).member("activeConnections", all.pool_active);
    json.member("idleConnections", all.pool_idle).member("waitingConnections", all.pool_waiting);
    json.member("totalQueries", all.queries.durations.total()).member("slowQueries", all.queries.slow);
    json.member("averageQueryTime", rounded(all.queries.durations.mean_ms()));
    const double hits =
        all.acquired == 0 ? 100.0 : percent(number(all.acquired - all.waited), number(all.acquired));
    json.member("connectionPoolHitRate", hits).member("lastHealthCheck", now);
    json.member("healthStatus", to_string(state)).end_object();
}

void write_database_health(JsonWriter& json, const Overview& all, const Probe& probe) {
    const State state = state_of_database(probe.answered ? probe.seconds : -1, all.pool_waiting);
    json.key("health").begin_object().member("status", to_string(state)).key("details").begin_object();
    json.member("connectionTest", probe.answered || all.pool_total > 0).member("queryTest", probe.answered);
    json.key("poolStats")
        .begin_object()
        .member("totalCount", all.pool_total)
        .member("idleCount", all.pool_idle);
    json.member("waitingCount", all.pool_waiting).end_object();
    json.member("latency", rounded(probe.seconds * 1000)).end_object().end_object();
}

void write_query_stats(JsonWriter& json, const Overview& all, const Performance& performance) {
    const std::uint64_t total = all.queries.durations.total();
    const auto begun = std::max(performance.sources().hub.reset_at(), performance.options().started);
    const double seconds = std::chrono::duration<double>(performance.clock().steady() - begun).count();
    json.key("queryStats").begin_object().member("totalQueries", total);
    json.member("averageQueryTime", rounded(all.queries.durations.mean_ms()));
    json.member("slowQueryCount", all.queries.slow)
        .member("errorRate", percent(number(all.queries.errors), number(total)));
    json.member("queriesPerSecond", seconds > 0 ? rounded(number(total) / seconds) : 0.0).end_object();
}

void write_slow_queries(JsonWriter& json, const Performance& performance, std::size_t most) {
    auto slow = performance.sources().hub.queries().slow();
    if (slow.size() > most) slow.resize(most);
    json.key("slowQueries").begin_array();
    for (const observe::SlowQuery& query : slow) {
        json.begin_object().member("queryId", query.name).member("sql", query.sql);
        json.member("duration", rounded(static_cast<double>(query.duration.count()) / 1000));
        json.member("timestamp", query.at).member("success", query.success).member("rowCount", query.rows);
        json.key("plan");
        if (query.plan.empty())
            json.null();
        else
            json.raw(query.plan);
        json.end_object();
    }
    json.end_array();
}

void write_cache_stats(JsonWriter& json, const Overview& all, const Performance& performance,
                       const KeyCount& keys) {
    const cache::MemoryState memory = performance.sources().cache.memory.state();
    json.key("stats").begin_object().member("hits", all.requests.hits);
    json.member("misses", all.requests.cacheable - all.requests.hits);
    json.member("hitRate", percent(number(all.requests.hits), number(all.requests.cacheable)));
    json.member("totalKeys", keys.total + static_cast<std::int64_t>(memory.entries));
    json.member("memoryUsage", static_cast<std::int64_t>(memory.bytes) + keys.memory_bytes).end_object();
}

void write_cache_health(JsonWriter& json, const Probe& probe) {
    const State state = !probe.answered     ? State::unhealthy
                        : probe.seconds > 1 ? State::degraded
                                            : State::healthy;
    json.key("health").begin_object().member("status", to_string(state));
    json.member("latency", rounded(probe.seconds * 1000));
    if (!probe.answered) json.member("error", "Redis does not answer");
    json.end_object();
}

void write_queue_metrics(JsonWriter& json, const Queues& queues) {
    json.key("metrics").begin_object();
    for (const auto& [type, name] : kQueues) {
        const QueueNumbers& queue = queue_of(queues, type);
        json.key(name).begin_object().member("jobType", type).member("totalJobs", queue.total());
        json.member("completedJobs", queue.count("completed")).member("failedJobs", queue.count("failed"));
        json.member("activeJobs", queue.count("running")).member("avgProcessingTime", rounded(queue.mean_ms));
        json.member("throughput", rounded(queue.per_minute)).end_object();
    }
    json.end_object();
}

void write_queue_details(JsonWriter& json, const Queues& queues) {
    json.key("queueDetails").begin_object();
    for (const auto& [type, name] : kQueues) {
        const QueueNumbers& queue = queue_of(queues, type);
        json.key(name).begin_object().member("waiting", queue.count("queued"));
        json.member("active", queue.count("running")).member("completed", queue.count("completed"));
        json.member("failed", queue.count("failed")).member("delayed", queue.count("delayed"));
        json.member("paused", queue.count("paused")).end_object();
    }
    json.end_object();
}

void write_queue_summary(JsonWriter& json, const Queues& queues) {
    std::int64_t total = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t active = 0;
    for (const auto& [type, queue] : queues) {
        total += queue.total();
        completed += queue.count("completed");
        failed += queue.count("failed");
        active += queue.count("running");
    }
    const std::int64_t ended = completed + failed;
    json.key("summary").begin_object().member("totalJobs", total).member("totalCompleted", completed);
    json.member("totalFailed", failed).member("totalActive", active);
    json.member("successRate",
                ended == 0 ? 100.0 : percent(static_cast<double>(completed), static_cast<double>(ended)));
    json.end_object();
}

void write_api(JsonWriter& json, const Overview& overview, const Performance& performance, std::size_t most) {
    const observe::RouteTotals& all = overview.requests;
    json.key("metrics").begin_object().member("totalRequests", all.total());
    json.member("averageResponseTime", rounded(all.durations.mean_ms())).member("slowRequests", all.slow);
    json.member("cacheHitRate", percent(number(all.hits), number(all.cacheable)));
    json.member("compressionRate", percent(number(all.encoded), number(all.encodable)));
    json.member("p50", rounded(all.durations.quantile_ms(0.5)))
        .member("p95", rounded(all.durations.quantile_ms(0.95)));
    json.member("p99", rounded(all.durations.quantile_ms(0.99))).member("errors", all.failures());
    json.member("averageDatabaseTime",
                all.total() == 0 ? 0.0 : rounded(number(all.database_us) / 1000 / number(all.total())));
    write_routes(json, performance, most);
    json.end_object();
}

void write_routes(JsonWriter& json, const Performance& performance, std::size_t most) {
    json.key("topSlowEndpoints").begin_array();
    for (const auto& [place, totals] : performance.slowest_routes(most)) {
        const RouteName& route = performance.sources().routes[place];
        json.begin_object().member("method", route.method).member("path", route.pattern);
        json.member("avgTime", rounded(totals.durations.mean_ms())).member("count", totals.total());
        json.member("p95", rounded(totals.durations.quantile_ms(0.95))).end_object();
    }
    json.end_array();
}

void write_slow_requests(JsonWriter& json, const Performance& performance) {
    json.key("slowRequests").begin_array();
    for (const observe::SlowRequest& one : performance.sources().hub.slow_requests().all()) {
        json.begin_object().member("requestId", one.request_id).member("method", one.method);
        json.member("path", one.route).member("status", static_cast<std::int64_t>(one.status));
        json.member("duration", rounded(static_cast<double>(one.duration.count()) / 1000));
        json.member("databaseTime", rounded(static_cast<double>(one.database.count()) / 1000));
        json.member("queries", static_cast<std::int64_t>(one.statements)).member("cache", one.cache);
        json.member("timestamp", one.at).end_object();
    }
    json.end_array();
}

void write_memory(JsonWriter& json, const ProcessStats& stats) {
    json.key("memoryUsage")
        .begin_object()
        .member("rss", stats.resident)
        .member("heapTotal", stats.memory_limit);
    json.member("heapUsed", stats.anonymous)
        .member("external", stats.resident - stats.anonymous)
        .end_object();
}

HealthNumbers judge(const Overview& all, const Probe& database, const Probe& redis) {
    HealthNumbers out;
    out.database = state_of_database(database.answered ? database.seconds : -1, all.pool_waiting);
    out.cache = !redis.answered ? State::unhealthy : redis.seconds > 1 ? State::degraded : State::healthy;
    out.process = read_process_stats();
    out.score = score_of({out.database, out.cache, state_of_memory(out.process.memory_usage())});
    return out;
}

}  // namespace performance
