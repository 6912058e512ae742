// Dates in a query, where a bare date means a day of the user's time zone (contract 1.1 "Time").
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include <array>
#include <limits>
#include <memory>

#include "http/validation.hpp"

namespace http {
namespace {

using namespace std::chrono;

constexpr std::size_t kZoneMaxBytes = 64;
constexpr std::size_t kBareDateSize = 10;  // YYYY-MM-DD

/// The first moment of a day in that IANA zone; nothing for an unknown zone.
std::optional<base::Time> start_of_day(sys_days day, std::string_view zone) {
    if (zone.empty() || zone == "UTC") return base::Time(day);
    if (zone.size() > kZoneMaxBytes) return std::nullopt;
    std::array<UChar, kZoneMaxBytes> name{};
    std::array<UChar, kZoneMaxBytes * 2> canonical{};
    for (std::size_t i = 0; i < zone.size(); ++i) {
        if (static_cast<unsigned char>(zone[i]) >= 0x80) return std::nullopt;
        name[i] = static_cast<UChar>(zone[i]);
    }
    const auto length = static_cast<int32_t>(zone.size());
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = 0;
    ucal_getCanonicalTimeZoneID(name.data(), length, canonical.data(), static_cast<int32_t>(canonical.size()),
                                &is_system, &status);
    if (U_FAILURE(status) || is_system == 0) return std::nullopt;
    const std::unique_ptr<UCalendar*, void (*)(UCalendar**)> holder(
        new UCalendar*(ucal_open(name.data(), length, "en", UCAL_GREGORIAN, &status)),
        [](UCalendar** calendar) {
            ucal_close(*calendar);
            delete calendar;
        });
    UCalendar* calendar = *holder;
    // ISO 8601 has no Julian calendar.
    ucal_setGregorianChange(calendar, -std::numeric_limits<double>::max(), &status);
    const year_month_day date(day);
    ucal_clear(calendar);
    ucal_setDateTime(calendar, static_cast<int>(date.year()),
                     static_cast<int>(static_cast<unsigned>(date.month())) - 1,
                     static_cast<int>(static_cast<unsigned>(date.day())), 0, 0, 0, &status);
    const double millis = ucal_getMillis(calendar, &status);
    if (U_FAILURE(status)) return std::nullopt;
    return base::Time(milliseconds(static_cast<std::int64_t>(millis)));
}

}  // namespace

std::optional<base::Time> query_date(const Query& query, std::string_view name, bool end_of_day,
                                     std::string_view zone, Faults& faults) {
    const auto text = query.get(name);
    if (!text) return std::nullopt;
    const auto time = base::parse_iso(*text);
    if (!time) {
        faults.invalid_date(name);
        return std::nullopt;
    }
    if (text->size() != kBareDateSize) return time;
    const auto day = floor<days>(*time);
    const auto bound = start_of_day(end_of_day ? day + days(1) : day, zone);
    if (!bound) {
        faults.custom("tz", "Not a known time zone");
        return std::nullopt;
    }
    return end_of_day ? *bound - microseconds(1) : *bound;
}

}  // namespace http
