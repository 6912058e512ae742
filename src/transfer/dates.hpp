// Dates as other programs write them (contract 6.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace transfer {

/// Unix time in seconds, milliseconds or microseconds, told apart by magnitude: up to 11 digits are seconds,
/// up to 14 milliseconds, up to 17 microseconds. Nothing for numbers outside of the years 1 to 9999.
[[nodiscard]] std::optional<base::Time> time_of_number(std::int64_t number);

/// ISO 8601; Unix time of at least 9 digits; `Wed Apr 08 06:30:15 +0000 2026`; `Wed, 08 Apr 2026 06:30:15
/// GMT`; `YYYY-MM-DD HH:MM:SS +09:00`, also with `/` or `.`; `2026年4月8日 15時30分15秒`; `Apr 8, 2026 3:30
/// PM`; day and month in numbers before the year only when one of them is above 12. Without an offset it is
/// UTC. Nothing for anything else.
[[nodiscard]] std::optional<base::Time> parse_lenient_date(std::string_view text);

}  // namespace transfer
