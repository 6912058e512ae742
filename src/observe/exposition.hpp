// Metrics as text: Prometheus 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) or
// OpenMetrics 1.0 (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "observe/counters.hpp"

namespace observe {

/// Which of the two a client that sends this Accept header gets.
[[nodiscard]] bool wants_open_metrics(std::string_view accept);
[[nodiscard]] std::string_view content_type(bool open_metrics);

/// Writes families one after the other; the samples of a family follow its head.
class Exposition {
public:
    using Label = std::pair<std::string_view, std::string_view>;
    using Labels = std::initializer_list<Label>;

    Exposition(std::string& out, bool open_metrics) : out_(out), open_metrics_(open_metrics) {}

    /// `name` of a counter ends in `_total`, of a time in `_seconds`.
    Exposition& family(std::string_view name, Kind kind, std::string_view help);
    Exposition& sample(double value, Labels labels = {});
    Exposition& sample(double value, std::span<const Label> labels);
    Exposition& histogram(const Durations& durations, std::span<const Label> labels);
    Exposition& histogram(const Durations& durations, Labels labels = {}) {
        return histogram(durations, std::span(labels.begin(), labels.size()));
    }
    /// All that is known of a family.
    Exposition& write(const Counters& counters, Family family);
    /// The last line of OpenMetrics.
    void end();

private:
    void line(std::string_view suffix, std::span<const Label> labels, std::string_view bound, double value);

    std::string& out_;
    bool open_metrics_;
    std::string name_;
};

}  // namespace observe
