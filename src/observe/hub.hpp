// Everything that a process knows of itself, in one place: workers write, whoever shows it reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "observe/alerts.hpp"
#include "observe/counters.hpp"
#include "observe/queries.hpp"
#include "observe/requests.hpp"

namespace observe {

/// The state of a loop with a database pool, written by its own thread every second.
struct LoopState {
    std::string name;  ///< `worker 1`, `jobs`
    std::atomic<std::int64_t> pool_total{0};
    std::atomic<std::int64_t> pool_active{0};
    std::atomic<std::int64_t> pool_idle{0};
    std::atomic<std::int64_t> pool_waiting{0};
    std::atomic<std::int64_t> pool_max{0};
    std::atomic<std::uint64_t> acquired{0};  ///< connections, since the start
    std::atomic<std::uint64_t> waited{0};    ///< of them, after a wait
    std::atomic<std::uint64_t> timed_out{0};
    std::atomic<std::uint64_t> broken{0};
    std::atomic<std::int64_t> connections{0};    ///< of clients
    std::atomic<std::int64_t> working{0};        ///< requests that have a place
    std::atomic<std::int64_t> queued{0};         ///< requests that wait for one
    std::atomic<std::int64_t> redis_breaker{0};  ///< 0 closed, 1 half open, 2 open
    std::atomic<std::int64_t> in_flight{0};      ///< requests that were begun and not finished
    Cell refused;                                ///< requests, because there was too much to do
    Histogram stalls;                            ///< how much too late the loop came to what was due
    std::atomic<std::int64_t> beat_us{0};        ///< steady time of the last round; 0: before the first

    /// The loop came round at `now` and should have at `due`.
    void turn(base::SteadyTime due, base::SteadyTime now) {
        using std::chrono::microseconds;
        stalls.add(std::chrono::duration_cast<microseconds>(now - due));
        beat_us = std::chrono::duration_cast<microseconds>(now.time_since_epoch()).count();
    }
};

/// A request as OpenTelemetry wants it.
struct Span {
    std::string trace_id;   ///< 32 hexadecimal digits
    std::string span_id;    ///< 16
    std::string parent_id;  ///< 16, or empty
    std::string method;
    std::string_view route;
    unsigned status = 0;
    base::Time end{};
    std::chrono::microseconds duration{};
    std::chrono::microseconds database{};
    std::uint32_t statements = 0;
    std::string_view cache;
};

struct HubOptions {
    std::size_t routes = 0;
    std::chrono::milliseconds slow_query{1000};
    bool enabled = true;   ///< METRICS_ENABLED
    bool exports = false;  ///< spans are kept for somebody who sends them away
};

/// Thread-safe; outlives all that write into it.
class Hub {
public:
    Hub(HubOptions options, const base::Clock& clock)
        : options_(options), queries_(options.slow_query, clock) {}

    [[nodiscard]] bool is_enabled() const { return options_.enabled; }
    [[nodiscard]] bool exports() const { return options_.exports && options_.enabled; }
    [[nodiscard]] std::size_t routes() const { return options_.routes; }
    /// Each lives as long as this.
    [[nodiscard]] Requests& make_requests();
    [[nodiscard]] LoopState& make_loop(std::string name);
    /// Null when nothing is to be observed.
    [[nodiscard]] Queries::Recorder* make_recorder() {
        return options_.enabled ? &queries_.make_recorder() : nullptr;
    }

    [[nodiscard]] Queries& queries() { return queries_; }
    [[nodiscard]] const Queries& queries() const { return queries_; }
    [[nodiscard]] Counters& counters() { return counters_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] Latest<SlowRequest>& slow_requests() { return slow_requests_; }

    /// Since the start: by place in the table of routes, and one more for what has none.
    [[nodiscard]] std::vector<RouteTotals> requests() const;
    /// Since the last `reset`.
    [[nodiscard]] std::vector<RouteTotals> requests_since_reset() const;
    [[nodiscard]] std::map<std::string, QueryTotals> queries_since_reset() const;
    /// When what is shown since the last reset began.
    [[nodiscard]] base::SteadyTime reset_at() const;
    /// What is shown as "since reset" begins anew, and the lists of slow ones are emptied; /metrics goes on.
    void reset(base::SteadyTime now);
    [[nodiscard]] std::vector<const LoopState*> loops() const;

    /// Whether an alert fires at present.
    [[nodiscard]] bool is_firing(Alert alert) const {
        return firing_[static_cast<std::size_t>(alert)].load();
    }
    void set_firing(Alert alert, bool firing) { firing_[static_cast<std::size_t>(alert)] = firing; }

    void add_span(Span span);
    /// At most `most`, oldest first.
    [[nodiscard]] std::vector<Span> take_spans(std::size_t most);
    /// Spans that found no room.
    [[nodiscard]] std::uint64_t spans_dropped() const { return spans_dropped_.load(); }

    static constexpr std::size_t kSpansMax = 4096;
    static constexpr std::size_t kSlowRequests = 100;

private:
    HubOptions options_;
    Queries queries_;
    Counters counters_;
    Latest<SlowRequest> slow_requests_{kSlowRequests};
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Requests>> requests_;
    std::vector<std::unique_ptr<LoopState>> loops_;
    std::vector<RouteTotals> requests_before_;
    std::map<std::string, QueryTotals> queries_before_;
    base::SteadyTime reset_at_{};
    std::array<std::atomic<bool>, kAlerts> firing_{};
    std::mutex spans_mutex_;
    std::deque<Span> spans_;
    std::atomic<std::uint64_t> spans_dropped_{0};
};

}  // namespace observe
