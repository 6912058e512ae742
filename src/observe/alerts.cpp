#include "observe/alerts.hpp"

namespace observe {

std::string_view to_string(Alert alert) {
    switch (alert) {
        case Alert::errors:
            return "errors";
        case Alert::latency:
            return "latency";
        case Alert::slow_queries:
            return "slow_queries";
        case Alert::pool:
            return "pool";
        case Alert::job_failed:
            return "job_failed";
        case Alert::backup_failed:
            return "backup_failed";
        case Alert::x_needs_reauth:
            return "x_needs_reauth";
        case Alert::x_budget:
            return "x_budget";
        case Alert::x_breaker:
            return "x_breaker";
        case Alert::dependency:
            return "dependency";
        case Alert::kCount:
            break;
    }
    return "unknown";
}

std::string_view severity_of(Alert alert) {
    const bool critical =
        alert == Alert::errors || alert == Alert::backup_failed || alert == Alert::dependency;
    return critical ? "critical" : "warning";
}

std::vector<Notice> Alerts::update(const std::vector<Reading>& readings, base::Time now) {
    std::vector<Notice> out;
    for (const Reading& reading : readings) {
        Entry& entry = entries_[static_cast<std::size_t>(reading.alert)];
        AlertState& state = entry.state;
        if (reading.firing && !state.firing) state.since = now;
        const bool ended = state.firing && !reading.firing;
        state.firing = reading.firing;
        state.value = reading.value;
        state.threshold = reading.threshold;
        state.text = reading.text;
        const auto notice = [&](bool resolved) {
            out.push_back(
                {reading.alert, resolved, reading.value, reading.threshold, state.since, reading.text});
        };
        if (reading.firing && (!entry.told || now - *entry.told >= kQuiet)) {
            entry.told = now;
            entry.end_is_due = true;
            notice(false);
        }
        if (ended && entry.end_is_due) {
            entry.end_is_due = false;
            notice(true);
        }
    }
    return out;
}

void Window::add(double sum, base::SteadyTime now) {
    points_.push_back({now, sum});
    while (points_.size() > 2 && now - points_[1].at >= span_)
        points_.erase(points_.begin());
}

double Window::growth() const {
    return points_.empty() ? 0.0 : points_.back().sum - points_.front().sum;
}

}  // namespace observe
