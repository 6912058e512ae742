// Dates as people in a time zone write them (contract 1.1 "Time", 3.7 `before:` `after:`).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace text {

/// Whether `tz` is the IANA name of a time zone, such as `Asia/Tokyo` or `UTC`. Case matters.
[[nodiscard]] bool is_known_zone(std::string_view tz);

/// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` (years 0001 to 9999) or what base::parse_iso reads; without an
/// offset it is local time of zone `tz`. A date is the first microsecond of its day, month or year, with
/// `end` the last one; `end` changes nothing for a date-time. A local time that a change of clocks skips or
/// repeats is read with the offset before the change. Nothing for anything else or an unknown zone.
[[nodiscard]] std::optional<base::Time> parse_local_date(std::string_view text, std::string_view tz,
                                                         bool end = false);

/// The months that clocks in a time zone show.
class LocalMonths {
public:
    /// An unknown zone counts as UTC.
    explicit LocalMonths(std::string_view tz);
    ~LocalMonths();
    LocalMonths(const LocalMonths&) = delete;
    LocalMonths& operator=(const LocalMonths&) = delete;

    struct Month {
        std::string name;  ///< `YYYY-MM`
        base::Time begin;
    };
    /// The month that clocks show at `time`.
    [[nodiscard]] Month of(base::Time time) const;

private:
    struct Zone;
    std::unique_ptr<Zone> zone_;
};

}  // namespace text
