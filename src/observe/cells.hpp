// Numbers that are counted on the way of every request: each has one thread that writes, and any may read.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace observe {

/// A sum that its one writer adds to without a locked instruction.
class Cell {
public:
    void add(std::uint64_t amount = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Upper bounds of the classes of all durations, in microseconds: 0.1 ms to 10 s. Above them is one more.
inline constexpr std::array<std::int64_t, 16> kBounds{
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
inline constexpr std::size_t kClasses = kBounds.size() + 1;

/// The class of a duration: the first whose bound it does not exceed.
[[nodiscard]] constexpr std::size_t class_of(std::chrono::microseconds duration) {
    std::size_t found = 0;
    while (found < kBounds.size() && duration.count() > kBounds[found])
        ++found;
    return found;
}

/// What a histogram has counted, as a value.
struct Durations {
    std::array<std::uint64_t, kClasses> counts{};
    std::uint64_t microseconds = 0;  ///< of all together

    [[nodiscard]] std::uint64_t total() const;
    /// Mean in milliseconds; 0 before the first.
    [[nodiscard]] double mean_ms() const;
    /// Below which a share `q` (0 to 1) of the durations lies, in milliseconds: within its class it is taken
    /// as evenly spread, as Prometheus' histogram_quantile does. Above the highest bound: that bound. 0
    /// before the first.
    [[nodiscard]] double quantile_ms(double q) const;
    Durations& operator+=(const Durations& other);
    /// What was counted since `earlier`.
    Durations& operator-=(const Durations& earlier);
};

/// Durations counted by one thread.
class Histogram {
public:
    void add(std::chrono::microseconds duration) {
        counts_[class_of(duration)].add();
        microseconds_.add(static_cast<std::uint64_t>(duration.count() > 0 ? duration.count() : 0));
    }
    [[nodiscard]] Durations read() const;

private:
    std::array<Cell, kClasses> counts_;
    Cell microseconds_;
};

}  // namespace observe
