// What becomes of a job, decided without a clock, a database or a die. Pure.
#pragma once

#include <chrono>
#include <cstdint>

#include "jobs/handler.hpp"

namespace jobs {

/// What ends a claim.
enum class End : std::uint8_t {
    complete,
    fail,
    retry,  ///< queued again, behind a backoff, as the next attempt
    pause,
    release,  ///< queued again at once, in the same attempt
    cancel,
    none,  ///< somebody else has it
};

/// `stop` as the handler saw it when it returned.
[[nodiscard]] End end_of(const Outcome& outcome, Stop stop, int attempt, int max_attempts);

/// Before attempt `attempt + 1`: exponential with full jitter (Brooker, "Exponential Backoff And Jitter",
/// 2015), from the first wait of the type (contract 3.11), at most 30 s. `random` in [0, 1).
[[nodiscard]] std::chrono::milliseconds backoff(Type type, int attempt, double random);

}  // namespace jobs
