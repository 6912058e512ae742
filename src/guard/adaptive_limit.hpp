// How many requests may be worked on at a time, found from their latency. Pure: time is an argument.
//
// Every request is of a kind (its route), and each kind has a baseline: its mean latency while at most `min`
// requests were in progress, that is, without waiting for each other. Once a window the limit moves towards
// `limit × gradient + √limit`, where gradient = tolerance / (latency ÷ baseline, averaged over the window's
// requests), between ½ and 1: beyond `tolerance` times the unloaded latency it shrinks, below it grows, and
// it comes to rest a little beyond. This is the gradient of Netflix' concurrency-limits with Envoy's
// baseline: measured, not the smallest value ever seen, so that it neither creeps up under lasting overload
// nor is fooled by one lucky window. Kinds make it indifferent to what the mixture of requests is.
//
// When latencies are over the tolerance and no baseline has been measured for `probe_interval`, the limit
// goes down to `min` for at most `probe_time`, and the baselines are measured anew.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/clock.hpp"

namespace guard {

struct AdaptiveLimitOptions {
    std::size_t min = 4;       ///< at least 1
    std::size_t max = 256;     ///< at least `min`
    std::size_t initial = 32;  ///< between them
    double tolerance = 2.0;    ///< times the baseline
    double smoothing = 0.3;    ///< share of a window's result in the limit, 0 to 1
    std::chrono::milliseconds window{100};
    std::size_t window_samples = 10;  ///< a window with fewer goes on, ten times as long at most
    std::chrono::milliseconds probe_interval{10'000};
    std::chrono::milliseconds probe_time{200};
    std::size_t probe_samples = 20;  ///< enough to end a probe
};

class AdaptiveLimit {
public:
    /// `kinds`: how many kinds of requests there are.
    AdaptiveLimit(AdaptiveLimitOptions options, std::size_t kinds, base::SteadyTime now);

    /// How many requests may be in progress now.
    [[nodiscard]] std::size_t limit() const;
    [[nodiscard]] bool has_room() const { return in_progress_ < limit(); }
    [[nodiscard]] std::size_t in_progress() const { return in_progress_; }

    struct Start {
        std::size_t kind = 0;
        base::SteadyTime at;
        bool is_unloaded = false;  ///< its latency belongs to the baseline
    };
    /// A request begins. The caller has asked `has_room`.
    [[nodiscard]] Start begin(std::size_t kind, base::SteadyTime now);
    /// It has ended. Without `counts` its latency is not used: it failed early or was given up.
    void end(const Start& start, bool counts, base::SteadyTime now);

private:
    struct Kind {
        double baseline = 0;  ///< seconds; 0: not measured yet
        double weight = 0;    ///< samples that it rests on, at most kBaselineWeight
        double sum = 0;       ///< of the window, seconds
        std::size_t count = 0;
    };
    static constexpr double kBaselineWeight = 100;

    void measure(Kind& kind, double seconds, base::SteadyTime now);
    void close_window(base::SteadyTime now);
    void begin_probe(base::SteadyTime now);

    AdaptiveLimitOptions options_;
    std::vector<Kind> kinds_;
    double limit_;
    std::size_t in_progress_ = 0;
    std::size_t peak_ = 0;   ///< of the window
    std::size_t count_ = 0;  ///< samples of the window
    base::SteadyTime window_begin_;
    base::SteadyTime measured_;  ///< when a baseline was touched last
    bool is_probing_ = false;
    std::size_t probed_ = 0;
    base::SteadyTime probe_begin_;
};

}  // namespace guard
