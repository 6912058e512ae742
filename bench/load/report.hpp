// What xbm_open_loop counts and prints.
#pragma once

#include <cstdint>
#include <vector>

namespace load {

/// Microseconds from the scheduled time of a request to the end of its answer.
using Latencies = std::vector<std::uint32_t>;

struct Report {
    double seconds = 0;  ///< length of the measured window
    std::uint64_t offered = 0;
    std::uint64_t unanswered = 0;  ///< at the end, after a time to catch up
    std::uint64_t broken = 0;      ///< connections that ended under a request
    std::uint64_t other = 0;       ///< answers that are neither 2xx nor 503 nor 429
    Latencies reads;               ///< of those answered 2xx
    Latencies writes;
    Latencies refused;  ///< 503 and 429
};

/// One line of JSON on standard output. Sorts the latencies.
void print(Report& report);

}  // namespace load
