// How many connections there should be, as functions of numbers.
#pragma once

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>

namespace postgres {

struct Sizing {
    std::size_t min = 0;    ///< kept open
    std::size_t max = 1;    ///< never exceeded
    std::size_t total = 0;  ///< open
    std::size_t owned = 0;  ///< of them, by transactions
    std::size_t opening = 0;
    std::size_t waiting_owned = 0;   ///< transactions that wait
    std::size_t waiting_shared = 0;  ///< statements that wait
    bool stuck = false;              ///< every shared connection is busy with something slow
};

/// Connections that always stay for shared use, so that single statements do not starve behind transactions.
[[nodiscard]] constexpr std::size_t reserved_for_sharing(std::size_t max) {
    return max >= 2 ? 1 : 0;
}

[[nodiscard]] constexpr std::size_t connections_to_open(const Sizing& now) {
    std::size_t wanted = now.min;
    if (now.waiting_owned > 0)
        wanted = std::max(wanted, now.owned + now.waiting_owned + reserved_for_sharing(now.max));
    if (now.waiting_shared > 0 || now.stuck) wanted = std::max(wanted, now.total + 1);
    wanted = std::min(wanted, now.max);
    const std::size_t there = now.total + now.opening;
    return wanted > there ? wanted - there : 0;
}

/// The part of `total` that the worker with this number gets: the parts add up to it.
[[nodiscard]] constexpr std::size_t share_of_worker(std::size_t total, std::size_t workers,
                                                    std::size_t number) {
    return total / workers + (number < total % workers ? 1 : 0);
}

/// A worker needs two connections: a transaction owns one, and statements go on.
inline constexpr std::size_t kConnectionsPerWorkerMin = 2;

/// How many workers a process with so many connections can have.
[[nodiscard]] constexpr std::size_t workers_for(std::size_t wanted, std::size_t pool_max) {
    return std::clamp<std::size_t>(pool_max / kConnectionsPerWorkerMin, 1, wanted);
}

/// Pause after so many failed attempts in a row: short, because a restarted server must be noticed at once.
[[nodiscard]] constexpr std::chrono::milliseconds pause_after(std::size_t failures) {
    constexpr std::chrono::milliseconds kFirst{50};
    constexpr std::chrono::milliseconds kLongest{500};
    return failures == 0 ? std::chrono::milliseconds{0}
                         : std::min(kFirst * (1 << std::min<std::size_t>(failures - 1, 4)), kLongest);
}

}  // namespace postgres
