// GET /metrics (contract 7). tests/data/metrics.txt holds the names; a test compares.
#include <array>

#include "observe/exposition.hpp"
#include "performance/performance.hpp"
#include "performance/process_stats.hpp"

namespace performance {
namespace {

using guard::CircuitBreaker;
using observe::Exposition;
using observe::Family;
using observe::Kind;

constexpr std::array<std::string_view, observe::kCodings> kCodings{"br", "zstd", "gzip", "identity"};
constexpr std::array<std::string_view, http::kCacheKinds> kKinds{
    "none", "list", "search", "suggestions", "categories", "analytics", "standard"};

double number(std::uint64_t value) {
    return static_cast<double>(value);
}
double number(std::int64_t value) {
    return static_cast<double>(value);
}

double number(CircuitBreaker::State state) {
    return state == CircuitBreaker::State::closed ? 0 : state == CircuitBreaker::State::half_open ? 1 : 2;
}

/// Method and pattern of a place in the table of routes; empty for what has none.
std::pair<std::string_view, std::string_view> route_at(std::span<const RouteName> routes, std::size_t place) {
    if (place >= routes.size()) return {"", ""};
    return {routes[place].method, routes[place].pattern};
}

void write_requests(Exposition& out, const Sources& sources) {
    const auto totals = sources.hub.requests();
    out.family("xbm_http_requests_total", Kind::counter, "Requests that were answered, by route and status.");
    for (std::size_t i = 0; i < totals.size(); ++i) {
        const auto [method, route] = route_at(sources.routes, i);
        for (std::size_t s = 0; s < observe::kStatuses.size(); ++s) {
            if (totals[i].by_status[s] == 0) continue;
            const std::string status =
                observe::kStatuses[s] == 0 ? "other" : std::to_string(observe::kStatuses[s]);
            out.sample(number(totals[i].by_status[s]),
                       {{"method", method}, {"route", route}, {"status", status}});
        }
    }
    out.family("xbm_http_request_duration_seconds", Kind::histogram,
               "From the first byte of a request to the last of its answer.");
    for (std::size_t i = 0; i < totals.size(); ++i) {
        const auto [method, route] = route_at(sources.routes, i);
        if (totals[i].total() > 0) out.histogram(totals[i].durations, {{"method", method}, {"route", route}});
    }
    out.family("xbm_http_response_bytes_total", Kind::counter,
               "Bytes of answers, by route and content coding.");
    for (std::size_t i = 0; i < totals.size(); ++i) {
        const auto [method, route] = route_at(sources.routes, i);
        for (std::size_t c = 0; c < kCodings.size(); ++c) {
            if (totals[i].bytes[c] > 0)
                out.sample(number(totals[i].bytes[c]),
                           {{"method", method}, {"route", route}, {"coding", kCodings[c]}});
        }
    }
    observe::RouteTotals all;
    for (const auto& one : totals)
        all += one;
    out.family("xbm_http_slow_requests_total", Kind::counter, "Requests that took longer than a second.");
    out.sample(number(all.slow));
}

void write_loops(Exposition& out, const Sources& sources, const base::Clock& clock) {
    const auto loops = sources.hub.loops();
    const auto sum = [&](auto member) {
        double total = 0;
        for (const observe::LoopState* loop : loops)
            total += static_cast<double>((loop->*member).load());
        return total;
    };
    using Loop = observe::LoopState;
    out.family("xbm_http_in_flight", Kind::gauge, "Requests that were begun and not finished.");
    out.sample(sum(&Loop::in_flight));
    out.family("xbm_http_connections", Kind::gauge, "Connections of clients.")
        .sample(sum(&Loop::connections));
    out.family("xbm_http_working", Kind::gauge, "Requests that have a place among those that are worked on.");
    out.sample(sum(&Loop::working));
    out.family("xbm_http_queued", Kind::gauge, "Requests that wait for such a place.")
        .sample(sum(&Loop::queued));
    std::uint64_t refused = 0;
    observe::Durations stalls;
    for (const Loop* loop : loops) {
        refused += loop->refused.read();
        stalls += loop->stalls.read();
    }
    out.family("xbm_http_overload_refused_total", Kind::counter,
               "Requests refused because there was too much to do.");
    out.sample(number(refused));
    out.family("xbm_loop_stall_seconds", Kind::histogram,
               "How late the loops came to what was due; looked at every second.");
    out.histogram(stalls);
    out.family("xbm_loop_age_seconds", Kind::gauge, "Since a loop was last seen to turn.");
    const auto now =
        std::chrono::duration_cast<std::chrono::microseconds>(clock.steady().time_since_epoch()).count();
    for (const Loop* loop : loops) {
        if (loop->beat_us > 0)
            out.sample(static_cast<double>(now - loop->beat_us) / 1e6, {{"loop", loop->name}});
    }
    out.family("xbm_db_pool_connections", Kind::gauge, "Connections to PostgreSQL, and who waits for one.");
    out.sample(sum(&Loop::pool_active), {{"state", "active"}});
    out.sample(sum(&Loop::pool_idle), {{"state", "idle"}});
    out.sample(sum(&Loop::pool_waiting), {{"state", "waiting"}});
    out.sample(sum(&Loop::pool_max), {{"state", "max"}});
    out.family("xbm_db_pool_timeouts_total", Kind::counter, "Waits for a connection that were in vain.");
    out.sample(sum(&Loop::timed_out));
    out.family("xbm_db_pool_broken_total", Kind::counter, "Connections that ended by themselves.");
    out.sample(sum(&Loop::broken));
    double state = 0;
    for (const Loop* loop : loops)
        state = std::max(state, static_cast<double>(loop->redis_breaker.load()));
    out.family("xbm_breaker_state", Kind::gauge, "Circuit breakers: 0 closed, 1 half open, 2 open.");
    out.sample(state, {{"dependency", "redis"}});
    for (const auto& [host, breaker] : sources.breakers.states())
        out.sample(number(breaker), {{"dependency", host}});
}

void write_queries(Exposition& out, const Sources& sources) {
    const auto& queries = sources.hub.queries();
    out.family("xbm_db_pool_wait_seconds", Kind::histogram, "Waits for a connection.");
    out.histogram(queries.waits());
    std::uint64_t slow = 0;
    out.family("xbm_db_query_duration_seconds", Kind::histogram,
               "Statements by name; those that were sent together share their time.");
    for (const auto& [name, totals] : queries.totals()) {
        out.histogram(totals.durations, {{"query", name}});
        slow += totals.slow;
    }
    out.family("xbm_db_slow_queries_total", Kind::counter, "Statements slower than SLOW_QUERY_MS.");
    out.sample(number(slow));
    out.family("xbm_db_errors_total", Kind::counter, "Statements that failed, by SQLSTATE.");
    for (const auto& [state, count] : queries.errors())
        out.sample(number(count), {{"sqlstate", state}});
}

void write_cache(Exposition& out, const Sources& sources) {
    out.family("xbm_cache_requests_total", Kind::counter,
               "Answers that may be kept, by kind and where they came from.");
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
        const cache::Counts& counts = sources.cache.counts[kind];
        const std::array<std::pair<std::string_view, std::uint64_t>, 4> results{{{"memory", counts.memory},
                                                                                 {"redis", counts.redis},
                                                                                 {"shared", counts.shared},
                                                                                 {"miss", counts.made}}};
        for (const auto& [result, count] : results) {
            if (count > 0) out.sample(number(count), {{"cache", kKinds[kind]}, {"result", result}});
        }
    }
    const cache::MemoryState memory = sources.cache.memory.state();
    out.family("xbm_cache_entries", Kind::gauge, "Answers kept in memory.")
        .sample(number(std::uint64_t{memory.entries}));
    out.family("xbm_cache_bytes", Kind::gauge, "Memory that they take.")
        .sample(number(std::uint64_t{memory.bytes}));
    out.family("xbm_cache_evictions_total", Kind::counter, "Answers that had to make room.");
    out.sample(number(memory.evicted));
}

void write_process(Exposition& out) {
    const ProcessStats stats = read_process_stats();
    out.family("process_cpu_seconds_total", Kind::counter, "Processor time of user and system.");
    out.sample(stats.cpu_seconds);
    out.family("process_resident_memory_bytes", Kind::gauge, "Memory in use.").sample(number(stats.resident));
    out.family("process_virtual_memory_bytes", Kind::gauge, "Address space.")
        .sample(number(stats.virtual_memory));
    out.family("process_start_time_seconds", Kind::gauge, "Start, as Unix time.").sample(stats.start_time);
    out.family("process_open_fds", Kind::gauge, "Open files and sockets.").sample(number(stats.open_files));
    out.family("process_max_fds", Kind::gauge, "How many it may open.").sample(number(stats.max_files));
    out.family("process_threads", Kind::gauge, "Threads.").sample(number(stats.threads));
}

}  // namespace

base::Task<std::string> Performance::metrics(bool open_metrics) {
    const auto all = co_await totals();
    const auto jobs = co_await queues();
    const Probe redis = co_await probe_redis();
    std::string text;
    Exposition out(text, open_metrics);
    out.family("xbm_build_info", Kind::gauge, "1; the version is in its label.")
        .sample(1, {{"version", options_.version}});
    out.family("xbm_dependency_up", Kind::gauge, "Whether a store answers.");
    out.sample(jobs.has_value() ? 1 : 0, {{"dependency", "postgresql"}});
    out.sample(redis.answered ? 1 : 0, {{"dependency", "redis"}});
    write_requests(out, sources_);
    out.family("xbm_rate_limited_total", Kind::counter, "Requests refused by a rate limit.");
    for (const auto& [limiter, count] : sources_.refused())
        out.sample(number(count), {{"limiter", limiter}});
    out.write(sources_.hub.counters(), Family::auth_failures);
    out.family("xbm_sse_clients", Kind::gauge, "Open event streams.");
    out.sample(number(std::uint64_t{sources_.streams()}));
    write_loops(out, sources_, clock_);
    write_queries(out, sources_);
    write_cache(out, sources_);
    if (all)
        out.family("xbm_library_bookmarks", Kind::gauge, "Bookmarks of all users.")
            .sample(number(all->bookmarks));
    if (jobs) {
        out.family("xbm_jobs", Kind::gauge, "Jobs of all processes, by type and state.");
        for (const auto& [type, queue] : *jobs) {
            for (const auto& [state, count] : queue.by_state)
                out.sample(number(count), {{"type", type}, {"state", state}});
        }
    }
    out.write(sources_.hub.counters(), Family::job_duration)
        .write(sources_.hub.counters(), Family::job_failures);
    out.write(sources_.hub.counters(), Family::x_requests);
    if (all) {
        out.family("xbm_x_spend_usd_total", Kind::counter,
                   "What reading from X has cost, by the ledger of all users.");
        out.sample(all->dollars);
    }
    out.family("xbm_x_breaker_state", Kind::gauge,
               "The circuit breaker of X: 0 closed, 1 half open, 2 open.");
    out.sample(number(sources_.breakers.state(options_.x_origin)));
    out.write(sources_.hub.counters(), Family::x_rate_remaining);
    out.write(sources_.hub.counters(), Family::import_records);
    out.family("xbm_alerts_firing", Kind::gauge, "Whether an alert fires at present.");
    for (std::size_t i = 0; i < observe::kAlerts; ++i) {
        const auto alert = static_cast<observe::Alert>(i);
        out.sample(sources_.hub.is_firing(alert) ? 1 : 0, {{"alert", observe::to_string(alert)}});
    }
    out.write(sources_.hub.counters(), Family::alerts_sent);
    out.family("xbm_traces_dropped_total", Kind::counter,
               "Spans that found no room on their way to the collector.");
    out.sample(number(sources_.hub.spans_dropped()));
    write_process(out);
    out.end();
    co_return text;
}

}  // namespace performance
