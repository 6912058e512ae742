// What an operator should look at (contract 3.19 "recommendations"). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace performance {

/// Shares are percentages, times milliseconds.
struct Facts {
    std::uint64_t queries = 0;
    double query_ms = 0;
    std::uint64_t slow_queries = 0;
    double query_errors = 0;
    double pool_use = 0;
    std::uint64_t cache_requests = 0;
    double cache_hits = 0;
    std::int64_t cache_keys = 0;
    double longest_job_ms = 0;  ///< of the type whose jobs take longest, on average
    double failed_jobs = 0;
    std::uint64_t requests = 0;
    double request_ms = 0;
    double slow_requests = 0;
    std::uint64_t compressible = 0;
    double compressed = 0;
};

struct Advice {
    std::vector<std::string> database;
    std::vector<std::string> cache;
    std::vector<std::string> queues;
    std::vector<std::string> api;
    struct Urgent {
        std::string_view priority;  ///< critical, high, medium
        std::string message;
    };
    std::vector<Urgent> priority;  ///< most urgent first
};

[[nodiscard]] Advice advise(const Facts& facts);

/// Of 100 when all are healthy; a state is worth 100, 60 or 20 (contract 3.19 "health, score").
enum class State : std::uint8_t { healthy, degraded, unhealthy };
[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] double score_of(const std::vector<State>& states);
[[nodiscard]] State state_of_score(double score);
/// Of the database: how long it took to answer (seconds; negative: it did not) and how many wait for it.
[[nodiscard]] State state_of_database(double seconds, std::int64_t waiting);
/// Of a share of memory in percent: `normal`, `medium`, `high`.
[[nodiscard]] std::string_view memory_word(double usage);
[[nodiscard]] State state_of_memory(double usage);

}  // namespace performance
