#include "text/local_date.hpp"

#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

namespace text {
namespace {

using namespace std::chrono;

/// Names that ICU knows from old Java and System V, but that are in no IANA release.
constexpr std::string_view kIcuOnly[] = {"ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT",        "CNT",
                                         "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT",        "NET",
                                         "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST", "Etc/Unknown"};

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
}

/// The days that a date names: `[first, behind)`.
struct Period {
    sys_days first;
    sys_days behind;
};

/// Exactly `digits` digits at `from`.
std::optional<int> number_at(std::string_view text, std::size_t from, std::size_t digits) {
    if (text.size() < from + digits) return {};
    int number = 0;
    for (const char c : text.substr(from, digits)) {
        if (c < '0' || c > '9') return {};
        number = number * 10 + (c - '0');
    }
    return number;
}

std::optional<Period> parse_period(std::string_view text) {
    const bool has_month = text.size() >= 7;
    const bool has_day = text.size() == 10;
    if ((text.size() != 4 && text.size() != 7 && !has_day) || (has_month && text[4] != '-') ||
        (has_day && text[7] != '-'))
        return {};
    const auto y = number_at(text, 0, 4);
    const auto m = has_month ? number_at(text, 5, 2) : 1;
    const auto d = has_day ? number_at(text, 8, 2) : 1;
    if (!y || !m || !d || *y < 1) return {};
    const year_month_day first{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    if (!first.ok()) return {};
    if (has_day) return Period{first, sys_days{first} + days{1}};
    return Period{first, has_month ? sys_days{first + months{1}} : sys_days{first + years{1}}};
}

std::unique_ptr<icu::BasicTimeZone> find_zone(std::string_view tz) {
    if (!is_known_zone(tz)) return nullptr;
    std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(
        icu::UnicodeString::fromUTF8(icu::StringPiece(tz.data(), int32_t(tz.size())))));
    auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
    if (basic == nullptr) return nullptr;
    zone.release();
    return std::unique_ptr<icu::BasicTimeZone>(basic);
}

/// The instant at which clocks in `zone` show `local`, which is given as if it were UTC.
std::optional<base::Time> to_instant(base::Time local, const icu::BasicTimeZone& zone) {
    const auto whole = floor<milliseconds>(local);
    UErrorCode status = U_ZERO_ERROR;
    int32_t raw = 0;
    int32_t saving = 0;
    zone.getOffsetFromLocal(static_cast<UDate>(whole.time_since_epoch().count()), UCAL_TZ_LOCAL_FORMER,
                            UCAL_TZ_LOCAL_FORMER, raw, saving, status);
    if (U_FAILURE(status)) return {};
    return local - milliseconds{raw} - milliseconds{saving};
}

/// Whether a date-time, which is at least `YYYY-MM-DDTHH:MM`, says its offset.
bool has_offset(std::string_view text) {
    return text.ends_with('Z') || text.ends_with('z') ||
           text.find_first_of("+-", 11) != std::string_view::npos;
}

}  // namespace

bool is_known_zone(std::string_view tz) {
    constexpr std::size_t kNameMax = 64;
    if (tz.empty() || tz.size() > kNameMax || !std::ranges::all_of(tz, is_name_character) ||
        std::ranges::find(kIcuOnly, tz) != std::end(kIcuOnly) || tz.starts_with("SystemV/"))
        return false;
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString canonical;
    UBool is_system = 0;
    icu::TimeZone::getCanonicalID(
        icu::UnicodeString::fromUTF8(icu::StringPiece(tz.data(), int32_t(tz.size()))), canonical, is_system,
        status);
    return U_SUCCESS(status) && is_system;
}

std::optional<base::Time> parse_local_date(std::string_view text, std::string_view tz, bool end) {
    constexpr std::size_t kDateTimeMin = 16;
    const auto period = parse_period(text);
    const auto time = text.size() >= kDateTimeMin ? base::parse_iso(text) : std::nullopt;
    if (!period && !time) return {};
    const auto zone = find_zone(tz);
    if (zone == nullptr) return {};
    if (time) return has_offset(text) ? time : to_instant(*time, *zone);
    const auto instant = to_instant(base::Time{end ? period->behind : period->first}, *zone);
    return instant && end ? std::optional(*instant - microseconds{1}) : instant;
}

struct LocalMonths::Zone {
    std::unique_ptr<icu::BasicTimeZone> rules;
};

LocalMonths::LocalMonths(std::string_view tz) : zone_(new Zone{find_zone(tz)}) {}

LocalMonths::~LocalMonths() = default;

LocalMonths::Month LocalMonths::of(base::Time time) const {
    int32_t raw = 0;
    int32_t saving = 0;
    UErrorCode status = U_ZERO_ERROR;
    const auto whole = floor<milliseconds>(time);
    if (zone_->rules != nullptr)
        zone_->rules->getOffset(static_cast<UDate>(whole.time_since_epoch().count()), 0, raw, saving, status);
    const year_month_day day{floor<days>(time + milliseconds{raw} + milliseconds{saving})};
    const base::Time first{sys_days{day.year() / day.month() / 1}};
    const int year = int{day.year()};
    const auto month = unsigned{day.month()};
    std::string name = std::to_string(year);
    name.insert(0, name.size() < 4 ? 4 - name.size() : 0, '0');
    name += month < 10 ? "-0" : "-";
    name += std::to_string(month);
    const auto begin = zone_->rules != nullptr ? to_instant(first, *zone_->rules) : std::optional(first);
    return {std::move(name), begin.value_or(first)};
}

}  // namespace text
