// What is known of every request that was answered: per route how many, how long, how large, and what they
// asked of cache and database.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "observe/cells.hpp"

namespace observe {

/// Statuses that are counted singly; all others share one more place, 0.
inline constexpr std::array<unsigned, 32> kStatuses{0,   200, 201, 202, 204, 206, 302, 304, 400, 401, 403,
                                                    404, 405, 408, 409, 410, 412, 413, 414, 415, 416, 421,
                                                    422, 429, 431, 499, 500, 501, 502, 503, 504, 505};
inline constexpr std::size_t kCodings = 4;  ///< as http::Coding counts them

/// A request that was answered.
struct Answered {
    std::size_t route = 0;  ///< place in the table of routes; one past its end: none
    unsigned status = 0;
    std::size_t bytes = 0;
    std::size_t coding = 0;
    std::chrono::microseconds duration{};
    std::chrono::microseconds database{};  ///< waited for it
    std::uint32_t statements = 0;
    bool cacheable = false;  ///< its route has answers that are kept
    bool hit = false;        ///< and this one was
    bool encodable = false;  ///< large enough to be compressed, and of a kind that is
    bool encoded = false;    ///< and it was
    bool slow = false;
};

/// The sums of one route.
struct RouteTotals {
    std::array<std::uint64_t, kStatuses.size()> by_status{};
    std::array<std::uint64_t, kCodings> bytes{};
    Durations durations;
    std::uint64_t slow = 0;
    std::uint64_t database_us = 0;
    std::uint64_t statements = 0;
    std::uint64_t cacheable = 0;
    std::uint64_t hits = 0;
    std::uint64_t encodable = 0;
    std::uint64_t encoded = 0;

    [[nodiscard]] std::uint64_t total() const { return durations.total(); }
    /// Answers of 500 and above, but not those that a full server refuses with 503.
    [[nodiscard]] std::uint64_t failures() const;
    RouteTotals& operator+=(const RouteTotals& other);
    RouteTotals& operator-=(const RouteTotals& earlier);
};

/// Of one worker, which alone may call `add`.
class Requests {
public:
    /// `routes`: how many there are.
    explicit Requests(std::size_t routes);
    void add(const Answered& answered);
    /// Adds what was counted to `totals`, which has a place more than there are routes.
    void add_to(std::vector<RouteTotals>& totals) const;

private:
    struct Cells {
        std::array<Cell, kStatuses.size()> by_status;
        std::array<Cell, kCodings> bytes;
        Histogram durations;
        Cell slow, database_us, statements, cacheable, hits, encodable, encoded;
    };
    std::vector<std::unique_ptr<Cells>> routes_;
};

/// A request that took too long, without anything that its client sent.
struct SlowRequest {
    std::string request_id;
    std::string method;
    std::string_view route;  ///< pattern
    unsigned status = 0;
    std::chrono::microseconds duration{};
    std::chrono::microseconds database{};
    std::uint32_t statements = 0;
    std::string_view cache;  ///< hit, miss, bypass
    base::Time at{};
};

/// The latest of something, a bounded number. Thread-safe.
template <class T>
class Latest {
public:
    explicit Latest(std::size_t max) : max_(max) {}
    void add(T item) {
        const std::scoped_lock lock(mutex_);
        items_.push_front(std::move(item));
        if (items_.size() > max_) items_.pop_back();
    }
    /// Newest first.
    [[nodiscard]] std::vector<T> all() const {
        const std::scoped_lock lock(mutex_);
        return {items_.begin(), items_.end()};
    }
    /// Calls `change` with each item, newest first, until it returns true.
    template <class Change>
    void change(Change change) {
        const std::scoped_lock lock(mutex_);
        for (T& item : items_) {
            if (change(item)) return;
        }
    }
    void clear() {
        const std::scoped_lock lock(mutex_);
        items_.clear();
    }

private:
    mutable std::mutex mutex_;
    std::size_t max_;
    std::deque<T> items_;
};

}  // namespace observe
