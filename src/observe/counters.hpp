// Counters and gauges of what happens seldom enough for a lock: a closed set of families, each with its
// labels.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/cells.hpp"

namespace observe {

enum class Kind : std::uint8_t { counter, gauge, histogram };

/// What is counted by label. Names and labels: `families`.
enum class Family : std::uint8_t {
    auth_failures,
    job_duration,
    job_failures,
    x_requests,
    x_rate_remaining,
    import_records,
    alerts_sent,
    kCount
};

/// A family of metrics as it is shown (https://prometheus.io/docs/practices/naming/).
struct FamilyInfo {
    std::string_view name;
    std::string_view help;
    Kind kind = Kind::counter;
    std::vector<std::string_view> labels;
};
[[nodiscard]] const FamilyInfo& info(Family family);

/// Thread-safe; one per process.
class Counters {
public:
    using Labels = std::initializer_list<std::string_view>;

    /// Values of the labels in the order of `info`, as many as there are.
    void add(Family family, Labels labels, double amount = 1);
    void set(Family family, Labels labels, double value);
    void observe(Family family, Labels labels, std::chrono::microseconds duration);

    struct Sample {
        std::vector<std::string> labels;  ///< values
        double value = 0;
        Durations durations;  ///< of histograms
    };
    [[nodiscard]] std::vector<Sample> read(Family family) const;

    static constexpr std::size_t kSeriesMax = 200;  ///< of a family; more are counted as `other`

private:
    struct Value {
        double value = 0;
        Durations durations;
    };
    using Series = std::map<std::vector<std::string>, Value>;
    Value& value_of(Family family, Labels labels);

    mutable std::mutex mutex_;
    std::array<Series, static_cast<std::size_t>(Family::kCount)> series_;
};

}  // namespace observe
