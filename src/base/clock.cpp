#include "base/clock.hpp"

#include <array>
#include <charconv>

namespace base {
namespace {

using namespace std::chrono;

/// Reads exactly `digits` decimal digits at the front of `text` and removes them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return {};
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return {};
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
    const auto y = take_number(text, 4);
    if (!y || *y < 1 || !take(text, '-')) return {};
    const auto m = take_number(text, 2);
    if (!m || !take(text, '-')) return {};
    const auto d = take_number(text, 2);
    if (!d) return {};
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return {};
    return sys_days{date};
}

std::optional<microseconds> take_fraction(std::string_view& text) {
    if (!take(text, '.') && !take(text, ',')) return microseconds{0};
    std::int64_t fraction = 0;
    std::int64_t unit = 1'000'000;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        unit /= 10;
        fraction += unit * (text[digits] - '0');
    }
    if (digits == 0) return {};
    text.remove_prefix(digits);
    return microseconds{fraction};
}

std::optional<microseconds> take_time_of_day(std::string_view& text) {
    const auto h = take_number(text, 2);
    if (!h || *h > 23 || !take(text, ':')) return {};
    const auto m = take_number(text, 2);
    if (!m || *m > 59) return {};
    microseconds time = hours{*h} + minutes{*m};
    if (!take(text, ':')) return time;
    const auto s = take_number(text, 2);
    if (!s || *s > 60) return {};
    const auto fraction = take_fraction(text);
    if (!fraction) return {};
    return time + seconds{*s} + *fraction;
}

std::optional<minutes> take_offset(std::string_view& text) {
    if (text.empty() || take(text, 'Z') || take(text, 'z')) return minutes{0};
    const bool minus = text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return {};
    const auto h = take_number(text, 2);
    if (!h || *h > 23) return {};
    int m = 0;
    if (!text.empty()) {
        take(text, ':');
        const auto read = take_number(text, 2);
        if (!read || *read > 59) return {};
        m = *read;
    }
    const minutes offset = hours{*h} + minutes{m};
    return minus ? -offset : offset;
}

}  // namespace

Time SystemClock::now() const {
    return time_point_cast<microseconds>(system_clock::now());
}

void append_iso(std::string& out, Time time) {
    const auto midnight = floor<days>(time);
    const year_month_day date{midnight};
    const auto of_day = static_cast<unsigned>(floor<milliseconds>(time - midnight).count());
    std::array<char, 24> text{};
    char* at = text.data();
    const auto put = [&at](unsigned number, unsigned digits, char behind) {
        for (unsigned i = digits; i-- > 0; number /= 10)
            at[i] = static_cast<char>('0' + number % 10);
        at += digits;
        *at++ = behind;
    };
    put(static_cast<unsigned>(static_cast<int>(date.year())), 4, '-');
    put(static_cast<unsigned>(date.month()), 2, '-');
    put(static_cast<unsigned>(date.day()), 2, 'T');
    put(of_day / 3'600'000, 2, ':');
    put(of_day / 60'000 % 60, 2, ':');
    put(of_day / 1000 % 60, 2, '.');
    put(of_day % 1000, 3, 'Z');
    out.append(text.data(), text.size());
}

std::string to_iso(Time time) {
    std::string out;
    append_iso(out, time);
    return out;
}

std::optional<Time> parse_iso(std::string_view text) {
    const auto date = take_date(text);
    if (!date) return {};
    if (text.empty()) return Time{*date};
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return {};
    const auto time_of_day = take_time_of_day(text);
    if (!time_of_day) return {};
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return {};
    const Time time = Time{*date} + *time_of_day - *offset;
    const year_month_day result{floor<days>(time)};
    if (result.year() < year{1} || result.year() > year{9999}) return {};
    return time;
}

}  // namespace base
