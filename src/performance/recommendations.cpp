#include "performance/recommendations.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace performance {
namespace {

/// Below so many a share says nothing.
constexpr std::uint64_t kEnough = 100;

void advise_on_database(const Facts& facts, Advice& out) {
    if (facts.query_ms > 500)
        out.database.push_back(fmt::format(
            "Statements take {:.0f} ms on average: see the slow ones and analyze them", facts.query_ms));
    if (facts.slow_queries > 10)
        out.database.push_back(fmt::format("{} statements were slow: analyze them", facts.slow_queries));
    if (facts.slow_queries > 20)
        out.priority.push_back({"high", fmt::format("{} statements were slow", facts.slow_queries)});
    if (facts.pool_use > 90)
        out.database.push_back(
            fmt::format("{:.0f} % of the connections are in use: raise POOL_MAX, or give PostgreSQL more",
                        facts.pool_use));
    if (facts.queries >= kEnough && facts.query_errors > 5)
        out.database.push_back(
            fmt::format("{:.1f} % of the statements failed: see the log", facts.query_errors));
    if (facts.queries >= kEnough && facts.query_errors > 10)
        out.priority.push_back(
            {"critical", fmt::format("{:.1f} % of the statements failed", facts.query_errors)});
}

void advise_on_cache(const Facts& facts, Advice& out) {
    if (facts.cache_requests >= kEnough && facts.cache_hits < 70)
        out.cache.push_back(fmt::format(
            "{:.0f} % of what could be kept was found in the cache: raise CACHE_MEMORY or the CACHE_TTL_…",
            facts.cache_hits));
    if (facts.cache_requests >= kEnough && facts.cache_hits > 95)
        out.cache.push_back(
            fmt::format("{:.0f} % was found in the cache: CACHE_MEMORY could be smaller", facts.cache_hits));
    if (facts.cache_keys > 50'000)
        out.cache.push_back(
            fmt::format("Redis holds {} keys of this server: shorten the CACHE_TTL_…", facts.cache_keys));
    if (facts.cache_requests >= kEnough && facts.cache_hits < 50)
        out.priority.push_back(
            {"high",
             fmt::format("only {:.0f} % of what could be kept was found in the cache", facts.cache_hits)});
}

void advise_on_jobs(const Facts& facts, Advice& out) {
    if (facts.longest_job_ms > 10'000)
        out.queues.push_back(
            fmt::format("Jobs take up to {:.0f} s on average: run `xbookmarker worker` beside the server",
                        facts.longest_job_ms / 1000));
    if (facts.failed_jobs > 10)
        out.queues.push_back(
            fmt::format("{:.0f} % of the jobs that ended have failed: see their errors", facts.failed_jobs));
}

void advise_on_api(const Facts& facts, Advice& out) {
    if (facts.request_ms > 1000)
        out.api.push_back(
            fmt::format("Requests take {:.0f} ms on average: see the slowest routes", facts.request_ms));
    if (facts.request_ms > 3000)
        out.priority.push_back(
            {"critical", fmt::format("requests take {:.0f} ms on average", facts.request_ms)});
    if (facts.requests >= kEnough && facts.slow_requests > 10)
        out.api.push_back(
            fmt::format("{:.0f} % of the requests took longer than a second", facts.slow_requests));
    if (facts.compressible >= kEnough && facts.compressed < 80)
        out.api.push_back(fmt::format(
            "{:.0f} % of what could be compressed was: clients or a proxy do not send Accept-Encoding",
            facts.compressed));
}

}  // namespace

Advice advise(const Facts& facts) {
    Advice out;
    advise_on_database(facts, out);
    advise_on_cache(facts, out);
    advise_on_jobs(facts, out);
    advise_on_api(facts, out);
    for (const auto* const texts : {&out.database, &out.queues}) {
        for (const std::string& text : *texts)
            out.priority.push_back({"medium", text});
    }
    std::vector<Advice::Urgent> sorted;
    for (const std::string_view priority : {"critical", "high", "medium"}) {
        std::ranges::copy_if(out.priority, std::back_inserter(sorted),
                             [priority](const Advice::Urgent& one) { return one.priority == priority; });
    }
    out.priority = std::move(sorted);
    return out;
}

std::string_view to_string(State state) {
    switch (state) {
        case State::healthy:
            return "healthy";
        case State::degraded:
            return "degraded";
        case State::unhealthy:
            return "unhealthy";
    }
    return "unhealthy";
}

double score_of(const std::vector<State>& states) {
    double sum = 0;
    for (const State state : states)
        sum += state == State::healthy ? 100 : state == State::degraded ? 60 : 20;
    return states.empty() ? 100 : sum / static_cast<double>(states.size());
}

State state_of_score(double score) {
    return score >= 80 ? State::healthy : score >= 60 ? State::degraded : State::unhealthy;
}

State state_of_database(double seconds, std::int64_t waiting) {
    if (seconds < 0 || seconds > 5) return State::unhealthy;
    return seconds > 1 || waiting > 5 ? State::degraded : State::healthy;
}

std::string_view memory_word(double usage) {
    return usage > 90 ? "high" : usage > 70 ? "medium" : "normal";
}

State state_of_memory(double usage) {
    return usage > 90 ? State::unhealthy : usage > 70 ? State::degraded : State::healthy;
}

}  // namespace performance
