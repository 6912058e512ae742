#include "guard/adaptive_limit.hpp"

#include <algorithm>
#include <cmath>

namespace guard {
namespace {

/// Of the window: it does not wait for samples longer than that.
constexpr int kWindowsMax = 10;
/// The least that one window may leave of the limit, before smoothing.
constexpr double kGradientMin = 0.5;

double seconds(base::SteadyTime::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(AdaptiveLimitOptions options, std::size_t kinds, base::SteadyTime now)
    : options_(options),
      kinds_(std::max<std::size_t>(kinds, 1)),
      limit_(static_cast<double>(options.initial)),
      window_begin_(now),
      measured_(now) {}

std::size_t AdaptiveLimit::limit() const {
    return is_probing_ ? options_.min : static_cast<std::size_t>(limit_);
}

AdaptiveLimit::Start AdaptiveLimit::begin(std::size_t kind, base::SteadyTime now) {
    ++in_progress_;
    peak_ = std::max(peak_, in_progress_);
    return {.kind = kind, .at = now, .is_unloaded = in_progress_ <= options_.min};
}

void AdaptiveLimit::end(const Start& start, bool counts, base::SteadyTime now) {
    --in_progress_;
    if (counts) {
        Kind& kind = kinds_[start.kind];
        const double latency = seconds(now - start.at);
        kind.sum += latency;
        ++kind.count;
        ++count_;
        // One that began while the limit was on its way down still waited for those before it.
        const bool began_in_probe = !is_probing_ || start.at >= probe_begin_;
        if (start.is_unloaded && began_in_probe && in_progress_ < options_.min) measure(kind, latency, now);
    }
    if (is_probing_ && (probed_ >= options_.probe_samples || now - probe_begin_ >= options_.probe_time)) {
        is_probing_ = false;
        measured_ = now;
        window_begin_ = now;
    }
    const auto length = now - window_begin_;
    const bool is_full = count_ >= options_.window_samples || length >= kWindowsMax * options_.window;
    if (!is_probing_ && length >= options_.window && is_full) close_window(now);
}

void AdaptiveLimit::measure(Kind& kind, double latency, base::SteadyTime now) {
    kind.weight = std::min(kind.weight + 1, kBaselineWeight);
    kind.baseline += (latency - kind.baseline) / kind.weight;
    measured_ = now;
    if (is_probing_) ++probed_;
}

void AdaptiveLimit::close_window(base::SteadyTime now) {
    double ratios = 0;
    double weight = 0;
    bool has_unknown = false;
    for (Kind& kind : kinds_) {
        const auto count = static_cast<double>(kind.count);
        if (kind.baseline > 0 && kind.count > 0) {
            ratios += kind.sum / kind.baseline;
            weight += count;
        }
        has_unknown = has_unknown || (kind.count > 0 && kind.baseline <= 0);
        kind.sum = 0;
        kind.count = 0;
    }
    const double ratio = weight > 0 ? ratios / weight : 1;
    const double gradient = std::clamp(options_.tolerance / ratio, kGradientMin, 1.0);
    double target = (limit_ * gradient) + std::sqrt(limit_);
    // What is not used does not grow.
    if (static_cast<double>(peak_) * 2 < limit_) target = std::min(target, limit_);
    limit_ += options_.smoothing * (target - limit_);
    limit_ = std::clamp(limit_, static_cast<double>(options_.min), static_cast<double>(options_.max));
    const bool is_stale = now - measured_ >= options_.probe_interval;
    if ((ratio > options_.tolerance && is_stale) || (has_unknown && weight <= 0)) begin_probe(now);
    peak_ = in_progress_;
    count_ = 0;
    window_begin_ = now;
}

void AdaptiveLimit::begin_probe(base::SteadyTime now) {
    is_probing_ = true;
    probed_ = 0;
    probe_begin_ = now;
}

}  // namespace guard
