// Where a reader of the change feed is, as the one number that it sends back. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace changes {

/// A reader that began at 0 has nothing to lose: a deletion whose tombstone was removed before it began is of
/// no interest to it. It must therefore be told from one that stood at the same version all the time and
/// missed that deletion. Where this matters, the number that such a reader is given holds the day on which it
/// began: days from 2025-01-01 on, from 1, times 2^39, plus the version. All of it is below 2^53, which
/// JavaScript reads exactly, until 2069.
struct Position {
    std::int64_t version = 0;
    std::optional<std::int64_t> walks_since;  ///< the day on which a reader began at 0
    bool operator==(const Position&) const = default;
};

/// Versions are smaller than this.
inline constexpr std::int64_t kVersionEnd = std::int64_t{1} << 39U;

[[nodiscard]] std::int64_t day_of(base::Time now);
/// `since` as a client sent it, not negative; 0 begins a walk now.
[[nodiscard]] Position read_position(std::int64_t since, base::Time now);
[[nodiscard]] std::int64_t write_position(const Position& position);

/// What is known of a library when its changes are read.
struct Bounds {
    std::int64_t oldest_version = 0;  ///< the newest tombstone that was removed
    std::int64_t library_version = 0;
    std::int64_t retention_days = 90;
};

/// Whether changes may have been missed: the reader must begin again at 0.
[[nodiscard]] bool has_expired(const Position& position, const Bounds& bounds, base::Time now);

}  // namespace changes
