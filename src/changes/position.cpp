#include "changes/position.hpp"

#include <algorithm>

namespace changes {
namespace {

constexpr std::chrono::sys_days kFirstDay = std::chrono::year{2025} / 1 / 1;

}  // namespace

std::int64_t day_of(base::Time now) {
    return std::max<std::int64_t>(1, (std::chrono::floor<std::chrono::days>(now) - kFirstDay).count() + 1);
}

Position read_position(std::int64_t since, base::Time now) {
    if (since == 0) return {.version = 0, .walks_since = day_of(now)};
    if (since < kVersionEnd) return {.version = since, .walks_since = {}};
    return {.version = since % kVersionEnd, .walks_since = since / kVersionEnd};
}

std::int64_t write_position(const Position& position) {
    return position.version + position.walks_since.value_or(0) * kVersionEnd;
}

// A deletion after the walk began has its tombstone for `retention_days`, so for that long none is missing.
bool has_expired(const Position& position, const Bounds& bounds, base::Time now) {
    if (position.version > bounds.library_version) return true;
    if (position.version >= bounds.oldest_version) return false;
    if (!position.walks_since) return true;
    const std::int64_t age = day_of(now) - *position.walks_since;
    return age < 0 || age >= bounds.retention_days;
}

}  // namespace changes
