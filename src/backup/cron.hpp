// Schedules of five fields (crontab(5)) in a time zone. Pure: the time is an argument.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace backup {

/// A zone of the IANA time zone database.
class Zone {
public:
    /// Nothing: there is no zone of that name.
    [[nodiscard]] static std::optional<Zone> find(std::string_view name);
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    explicit Zone(std::string name) : name_(std::move(name)) {}
    std::string name_;
};

/// Minute, hour, day of the month, month, day of the week: `*`, numbers, names (`jan`, `sun`), ranges, lists,
/// steps. When both days are restricted, one of them suffices. A time that the change to summer time leaves
/// out comes at the change; one that comes twice at the end of summer time counts the first time only.
class Cron {
public:
    /// Nothing: it is not understood.
    [[nodiscard]] static std::optional<Cron> parse(std::string_view text);
    /// The first time behind `after`; nothing when there is none within nine years (`0 0 31 2 *`).
    [[nodiscard]] std::optional<base::Time> next(base::Time after, const Zone& zone) const;
    /// As it was written.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    [[nodiscard]] bool matches(std::chrono::sys_days day) const;

    std::string text_;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;     ///< from 1
    std::bitset<13> months_;   ///< from 1
    std::bitset<7> weekdays_;  ///< from Sunday
    bool any_day_ = false;     ///< days were not restricted
    bool any_weekday_ = false;
};

}  // namespace backup
