// What is known of every statement that ran: by name how many, how long, how many failed; and the latest slow
// ones. Never their parameters.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "observe/cells.hpp"
#include "observe/requests.hpp"

namespace observe {

/// A statement that was answered.
struct Ran {
    std::string_view name;
    std::string_view sql;
    std::chrono::microseconds duration{};
    std::int64_t rows = 0;
    std::string_view sqlstate = {};         ///< of an error; empty: it succeeded
    std::vector<std::uint32_t> types = {};  ///< of its parameters, PostgreSQL's numbers; of a slow one
};

struct SlowQuery {
    std::uint64_t id = 0;
    std::string name;
    std::string sql;  ///< with `$n`, as it was prepared
    std::chrono::microseconds duration{};
    base::Time at{};
    bool success = true;
    std::int64_t rows = 0;
    std::vector<std::uint32_t> types = {};  ///< of its parameters
    std::string plan =
        {};  ///< JSON, as PostgreSQL would run it without knowing the parameters; empty: not asked
};

struct QueryTotals {
    Durations durations;
    std::uint64_t errors = 0;
    std::uint64_t slow = 0;
};

/// Of one process.
class Queries {
public:
    /// Slower than `slow` is slow; 0: none is.
    Queries(std::chrono::milliseconds slow, const base::Clock& clock) : slow_(slow), clock_(clock) {}

    /// Of one pool. Thread-safe; the thread of the pool finds the lock free.
    class Recorder {
    public:
        explicit Recorder(Queries& queries) : queries_(queries) {}
        void add(const Ran& ran);
        [[nodiscard]] bool is_slow(std::chrono::microseconds duration) const {
            return queries_.slow_.count() > 0 && duration > queries_.slow_;
        }
        /// A wait for a connection that ended, in vain or not.
        void add_wait(std::chrono::microseconds waited) { waits_.add(waited); }

    private:
        friend class Queries;
        struct Hash {
            using is_transparent = void;
            std::size_t operator()(std::string_view text) const {
                return std::hash<std::string_view>{}(text);
            }
        };
        struct Cells {
            Histogram durations;
            Cell errors, slow;
        };
        Queries& queries_;
        std::mutex mutex_;  ///< of the table; its cells have one writer
        std::unordered_map<std::string, std::unique_ptr<Cells>, Hash, std::equal_to<>> by_name_;
        Histogram waits_;
    };

    /// Lives as long as this.
    [[nodiscard]] Recorder& make_recorder();
    [[nodiscard]] std::map<std::string, QueryTotals> totals() const;
    [[nodiscard]] Durations waits() const;
    /// Errors by SQLSTATE.
    [[nodiscard]] std::map<std::string, std::uint64_t> errors() const;
    /// Newest first, at most `kSlowKept`.
    [[nodiscard]] std::vector<SlowQuery> slow() const { return slow_queries_.all(); }
    void set_plan(std::uint64_t id, const std::string& plan);
    /// Slow statements whose plan nobody asked for in the last minute. Whoever takes them asks.
    [[nodiscard]] std::vector<SlowQuery> take_unplanned();
    void forget_slow() { slow_queries_.clear(); }

    static constexpr std::size_t kSlowKept = 100;
    static constexpr std::size_t kNamesMax = 500;  ///< what comes later is counted as `other`

private:
    friend class Recorder;
    void add_error(std::string_view sqlstate);
    void add_slow(const Ran& ran);

    std::chrono::microseconds slow_;
    const base::Clock& clock_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Recorder>> recorders_;
    std::map<std::string, std::uint64_t, std::less<>> errors_;
    std::map<std::string, base::SteadyTime, std::less<>> planned_;  ///< names, when they were last taken
    std::vector<SlowQuery> unplanned_;
    std::uint64_t next_id_ = 1;
    Latest<SlowQuery> slow_queries_{kSlowKept};
};

}  // namespace observe
