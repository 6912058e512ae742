#include "backup/cron.hpp"

#include <unicode/ucal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace backup {
namespace {

using namespace std::chrono;

constexpr std::size_t kZoneMaxBytes = 64;
/// From one 29 February to the next there may be eight years (1896 to 1904).
constexpr days kHorizon{9 * 366};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find_first_of(separators);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<int> parse_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Field {
    int low;
    int high;
    std::span<const std::string_view> names = {};
    int name_base = 0;  ///< number of the first name
};

std::optional<int> parse_value(std::string_view text, const Field& field) {
    std::string word(text);
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    if (const auto name = std::ranges::find(field.names, word); name != field.names.end())
        return field.name_base + static_cast<int>(name - field.names.begin());
    const auto number = parse_number(text);
    return number && *number >= field.low && *number <= field.high ? number : std::nullopt;
}

/// One member of a list: `*`, `3`, `1-5`, each with `/step` or not.
template <std::size_t size>
bool add_part(std::string_view text, const Field& field, std::bitset<size>& out) {
    int step = 1;
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto number = parse_number(text.substr(slash + 1));
        if (!number || *number < 1) return false;
        step = *number;
        text = text.substr(0, slash);
    }
    int from = field.low;
    int to = field.high;
    if (text != "*") {
        const std::size_t dash = text.find('-');
        const auto first = parse_value(text.substr(0, dash), field);
        if (!first) return false;
        from = *first;
        to = slash == std::string_view::npos ? from : field.high;
        if (dash != std::string_view::npos) {
            const auto last = parse_value(text.substr(dash + 1), field);
            if (!last || *last < from) return false;
            to = *last;
        }
    }
    // Sunday is 0 and 7.
    for (int value = from; value <= to; value += step)
        out.set(static_cast<std::size_t>(value) % size);
    return true;
}

template <std::size_t size>
bool parse_field(std::string_view text, const Field& field, std::bitset<size>& out) {
    return std::ranges::all_of(split(text, ","),
                               [&](std::string_view part) { return add_part(part, field, out); });
}

using Calendar = std::unique_ptr<UCalendar, void (*)(UCalendar*)>;

/// Null: there is no such zone.
Calendar open_calendar(std::string_view zone) {
    Calendar none(nullptr, [](UCalendar* calendar) { ucal_close(calendar); });
    if (zone.empty() || zone.size() > kZoneMaxBytes) return none;
    std::array<UChar, kZoneMaxBytes> name{};
    std::array<UChar, kZoneMaxBytes * 2> canonical{};
    for (std::size_t i = 0; i < zone.size(); ++i) {
        if (static_cast<unsigned char>(zone[i]) >= 0x80) return none;
        name[i] = static_cast<UChar>(zone[i]);
    }
    const auto length = static_cast<int32_t>(zone.size());
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = 0;
    ucal_getCanonicalTimeZoneID(name.data(), length, canonical.data(), static_cast<int32_t>(canonical.size()),
                                &is_system, &status);
    if (U_FAILURE(status) || is_system == 0) return none;
    Calendar calendar(ucal_open(name.data(), length, "en", UCAL_GREGORIAN, &status), none.get_deleter());
    if (U_FAILURE(status)) return none;
    ucal_setAttribute(calendar.get(), UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
    ucal_setAttribute(calendar.get(), UCAL_SKIPPED_WALL_TIME, UCAL_WALLTIME_NEXT_VALID);
    return calendar;
}

struct Wall {
    sys_days day;
    int minute = 0;  ///< of the day
};

Wall to_wall(UCalendar* calendar, base::Time time) {
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar, static_cast<double>(floor<milliseconds>(time).time_since_epoch().count()),
                   &status);
    const auto get = [&](UCalendarDateFields field) { return ucal_get(calendar, field, &status); };
    const year_month_day date{year(get(UCAL_EXTENDED_YEAR)),
                              month(static_cast<unsigned>(get(UCAL_MONTH) + 1)),
                              day(static_cast<unsigned>(get(UCAL_DATE)))};
    return {sys_days(date), get(UCAL_HOUR_OF_DAY) * 60 + get(UCAL_MINUTE)};
}

std::optional<base::Time> from_wall(UCalendar* calendar, const Wall& wall) {
    UErrorCode status = U_ZERO_ERROR;
    const year_month_day date(wall.day);
    ucal_clear(calendar);
    ucal_setDateTime(
        calendar, static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())) - 1,
        static_cast<int>(static_cast<unsigned>(date.day())), wall.minute / 60, wall.minute % 60, 0, &status);
    const double millis = ucal_getMillis(calendar, &status);
    if (U_FAILURE(status)) return std::nullopt;
    return base::Time(milliseconds(static_cast<std::int64_t>(millis)));
}

}  // namespace

std::optional<Zone> Zone::find(std::string_view name) {
    if (!open_calendar(name)) return std::nullopt;
    return Zone(std::string(name));
}

std::optional<Cron> Cron::parse(std::string_view text) {
    Cron cron;
    cron.text_ = text;
    std::vector<std::string_view> words;
    for (const std::string_view word : split(text, " \t"))
        if (!word.empty()) words.push_back(word);
    if (words.size() != 5) return std::nullopt;
    const bool is_right =
        parse_field(words[0], {.low = 0, .high = 59}, cron.minutes_) &&
        parse_field(words[1], {.low = 0, .high = 23}, cron.hours_) &&
        parse_field(words[2], {.low = 1, .high = 31}, cron.days_) &&
        parse_field(words[3], {.low = 1, .high = 12, .names = kMonths, .name_base = 1}, cron.months_) &&
        parse_field(words[4], {.low = 0, .high = 7, .names = kWeekdays}, cron.weekdays_);
    if (!is_right) return std::nullopt;
    cron.any_day_ = words[2].starts_with('*');
    cron.any_weekday_ = words[4].starts_with('*');
    return cron;
}

bool Cron::matches(sys_days date) const {
    const year_month_day parts(date);
    if (!months_.test(static_cast<unsigned>(parts.month()))) return false;
    const bool on_day = days_.test(static_cast<unsigned>(parts.day()));
    const bool on_weekday = weekdays_.test(weekday(date).c_encoding());
    return any_day_ || any_weekday_ ? on_day && on_weekday : on_day || on_weekday;
}

std::optional<base::Time> Cron::next(base::Time after, const Zone& zone) const {
    const Calendar calendar = open_calendar(zone.name());
    if (!calendar) return std::nullopt;
    const Wall begin = to_wall(calendar.get(), after);
    for (sys_days date = begin.day; date < begin.day + kHorizon; date += days{1}) {
        if (!matches(date)) continue;
        // What lies in front of the wall's time lies in front of `after`, also where times come twice.
        for (int minute = date == begin.day ? begin.minute : 0; minute < 24 * 60; ++minute) {
            if (!hours_.test(static_cast<std::size_t>(minute) / 60) ||
                !minutes_.test(static_cast<std::size_t>(minute) % 60))
                continue;
            const auto time = from_wall(calendar.get(), {date, minute});
            if (time && *time > after) return time;
        }
    }
    return std::nullopt;
}

}  // namespace backup
