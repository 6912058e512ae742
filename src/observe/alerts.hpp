// When somebody has to be told (contract 7 "alerts"). Pure: readings and the time are arguments.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace observe {

enum class Alert : std::uint8_t {
    errors,
    latency,
    slow_queries,
    pool,
    job_failed,
    backup_failed,
    x_needs_reauth,
    x_budget,
    x_breaker,
    dependency,
    kCount
};
inline constexpr std::size_t kAlerts = static_cast<std::size_t>(Alert::kCount);
[[nodiscard]] std::string_view to_string(Alert alert);
/// `critical` or `warning`.
[[nodiscard]] std::string_view severity_of(Alert alert);

/// What a rule found just now.
struct Reading {
    Alert alert{};
    bool firing = false;
    double value = 0;
    double threshold = 0;
    std::string text;  ///< a sentence for the operator
};

/// What is to be said.
struct Notice {
    Alert alert{};
    bool resolved = false;
    double value = 0;
    double threshold = 0;
    base::Time since{};  ///< when it began
    std::string text;
};

/// One alert at present.
struct AlertState {
    bool firing = false;
    double value = 0;
    double threshold = 0;
    base::Time since{};
    std::string text;
};

class Alerts {
public:
    /// Takes what the rules found and says what has to be told: an alert when it begins and every 15 min
    /// while it lasts, and its end if its beginning was told. One that comes back within 15 min of the last
    /// notice waits for the rest of them.
    [[nodiscard]] std::vector<Notice> update(const std::vector<Reading>& readings, base::Time now);
    [[nodiscard]] const AlertState& state(Alert alert) const {
        return entries_[static_cast<std::size_t>(alert)].state;
    }

    static constexpr std::chrono::minutes kQuiet{15};

private:
    struct Entry {
        AlertState state;
        std::optional<base::Time> told;  ///< the last time that it was said to be firing
        bool end_is_due = false;
    };
    std::array<Entry, kAlerts> entries_;
};

/// A sum that grows, looked at again and again: by how much it grew in the last `span`.
class Window {
public:
    explicit Window(std::chrono::milliseconds span) : span_(span) {}
    /// `sum` as it is now.
    void add(double sum, base::SteadyTime now);
    [[nodiscard]] double growth() const;

private:
    struct Point {
        base::SteadyTime at;
        double sum;
    };
    std::chrono::milliseconds span_;
    std::vector<Point> points_;  ///< the first one is the youngest that is `span` old or older
};

}  // namespace observe
