#include "transfer/dates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

namespace transfer {
namespace {

using namespace std::chrono;

constexpr std::size_t kTextBytesMax = 100;

struct Token {
    enum class Kind : std::uint8_t { number, word, sign } kind;
    std::string text;  ///< words in lower case
    std::int64_t number = 0;
    std::size_t digits = 0;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Year, month, day and the units of a clock in Japanese become the signs that they stand for.
std::string plain(std::string_view text) {
    std::string result(text);
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSigns{{{"年", "-"},
                                                                                   {"月", "-"},
                                                                                   {"日", " "},
                                                                                   {"時", ":"},
                                                                                   {"分", ":"},
                                                                                   {"秒", " "},
                                                                                   {"午前", " am "},
                                                                                   {"午後", " pm "}}};
    for (const auto& [from, to] : kSigns)
        for (std::size_t at = result.find(from); at != std::string::npos; at = result.find(from, at))
            result.replace(at, from.size(), to);
    return result;
}

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    while (!text.empty()) {
        if (text.front() == ' ' || text.front() == '\t') {
            text.remove_prefix(1);
            continue;
        }
        if (text.front() == '(') break;  // `(Japan Standard Time)` repeats the offset
        const bool number = is_digit(text.front());
        const bool word = is_letter(text.front());
        std::size_t size = 1;
        while (size < text.size() && ((number && is_digit(text[size])) || (word && is_letter(text[size]))))
            ++size;
        Token token{.kind = number ? Token::Kind::number
                            : word ? Token::Kind::word
                                   : Token::Kind::sign,
                    .text = std::string(text.substr(0, size))};
        std::ranges::transform(token.text, token.text.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
        if (number) {
            token.digits = size;
            std::from_chars(token.text.data(), token.text.data() + size, token.number);
        }
        tokens.push_back(std::move(token));
        text.remove_prefix(size);
    }
    return tokens;
}

std::optional<unsigned> month_of(std::string_view word) {
    constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};
    if (word == "sept") return 9;
    for (unsigned i = 0; i < kMonths.size(); ++i)
        if (word == kMonths[i] || (word.size() == 3 && kMonths[i].starts_with(word))) return i + 1;
    return {};
}

bool is_filler(std::string_view word) {
    constexpr std::array<std::string_view, 18> kFillers{
        "mon",       "tue",      "wed",    "thu",      "fri",    "sat", "sun", "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday", "sunday", "at",  "st",  "th",     "nd"};
    return std::ranges::find(kFillers, word) != kFillers.end();
}

/// Reads tokens from the left; each step takes what it knows and the rest must be nothing.
class DateReader {
public:
    explicit DateReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    std::optional<base::Time> read() {
        while (position_ < tokens_.size())
            if (!step()) return {};
        return result();
    }

private:
    [[nodiscard]] const Token* at(std::size_t offset) const {
        return position_ + offset < tokens_.size() ? &tokens_[position_ + offset] : nullptr;
    }
    [[nodiscard]] bool sign(std::size_t offset, std::string_view signs) const {
        const Token* token = at(offset);
        return token != nullptr && token->kind == Token::Kind::sign && signs.contains(token->text);
    }
    [[nodiscard]] bool number(std::size_t offset) const {
        const Token* token = at(offset);
        return token != nullptr && token->kind == Token::Kind::number;
    }

    bool step() {
        const Token& token = *at(0);
        if (token.kind == Token::Kind::word) return take_word(token.text);
        if (token.kind == Token::Kind::sign) {
            if (has_clock_ && sign(0, "+-") && number(1)) return take_offset();
            ++position_;
            return token.text == ",";
        }
        if (number(0) && sign(1, ":") && number(2)) return take_clock();
        if (number(0) && sign(1, "-/.") && number(2)) return take_numeric_date();
        return take_lone_number(token);
    }

    bool take_word(const std::string& word) {
        ++position_;
        if (word == "t" || is_filler(word)) return true;
        if (word == "am" || word == "pm") {
            half_ = word == "pm" ? 2 : 1;
            return true;
        }
        if (word == "z" || word == "utc" || word == "gmt") return has_clock_;
        if (word == "jst") {
            offset_ = hours(9);
            return has_clock_;
        }
        const auto month = month_of(word);
        if (!month || month_ != 0) return false;
        month_ = *month;
        return true;
    }

    bool take_clock() {
        if (has_clock_) return false;
        has_clock_ = true;
        hour_ = at(0)->number;
        minute_ = at(2)->number;
        position_ += 3;
        if (sign(0, ":") && !number(1)) ++position_;  // the unit behind the minutes in Japanese
        if (!sign(0, ":")) return true;
        second_ = at(1)->number;
        position_ += 2;
        if (sign(0, ".") && number(1)) {
            std::string fraction = at(1)->text.substr(0, 6);
            fraction.resize(6, '0');
            std::from_chars(fraction.data(), fraction.data() + 6, microseconds_);
            position_ += 2;
        }
        return true;
    }

    bool take_offset() {
        const bool negative = at(0)->text == "-";
        const Token& first = *at(1);
        position_ += 2;
        std::int64_t minutes_total = 0;
        if (first.digits == 4) {
            minutes_total = first.number / 100 * 60 + first.number % 100;
        } else if (first.digits <= 2) {
            minutes_total = first.number * 60;
            if (sign(0, ":") && number(1)) {
                minutes_total += at(1)->number;
                position_ += 2;
            }
        } else {
            return false;
        }
        if (minutes_total > 18 * 60) return false;
        offset_ = minutes(negative ? -minutes_total : minutes_total);
        return true;
    }

    bool take_numeric_date() {
        if (!sign(3, "-/.") || at(3)->text != at(1)->text || !number(4) || year_ || month_ != 0) return false;
        const Token first = *at(0);
        const Token middle = *at(2);
        const Token last = *at(4);
        position_ += 5;
        if (first.digits == 4) {
            year_ = first.number;
            return set_month_and_day(middle.number, last.number);
        }
        if (last.digits != 4) return false;
        year_ = last.number;
        // Which one is the month cannot be known when both could be.
        if (first.number > 12) return set_month_and_day(middle.number, first.number);
        if (middle.number > 12 || first.number == middle.number)
            return set_month_and_day(first.number, middle.number);
        return false;
    }

    bool set_month_and_day(std::int64_t month, std::int64_t day) {
        if (month < 1 || month > 12 || day < 1 || day > 31) return false;
        month_ = static_cast<unsigned>(month);
        day_ = day;
        return true;
    }

    bool take_lone_number(const Token& token) {
        ++position_;
        if (token.digits == 4 && !year_) {
            year_ = token.number;
            return true;
        }
        if (token.digits > 2 || day_) return false;
        day_ = token.number;
        return true;
    }

    [[nodiscard]] std::optional<base::Time> result() {
        if (!year_ || month_ == 0 || !day_ || *year_ < 1 || *year_ > 9999 || *day_ < 1 || *day_ > 31)
            return {};
        const year_month_day date{year(static_cast<int>(*year_)), month(month_),
                                  day(static_cast<unsigned>(*day_))};
        if (!date.ok()) return {};
        if (half_ != 0) {
            if (hour_ < 1 || hour_ > 12) return {};
            hour_ = hour_ % 12 + (half_ == 2 ? 12 : 0);
        }
        if (hour_ > 23 || minute_ > 59 || second_ > 60) return {};
        const base::Time time = base::Time{sys_days(date)} + hours(hour_) + minutes(minute_) +
                                seconds(second_) + microseconds(microseconds_) - offset_;
        const year_month_day shifted{floor<days>(time)};
        if (shifted.year() < year(1) || shifted.year() > year(9999)) return {};
        return time;
    }

    std::vector<Token> tokens_;
    std::size_t position_ = 0;
    std::optional<std::int64_t> year_, day_;
    unsigned month_ = 0;
    bool has_clock_ = false;
    std::int64_t hour_ = 0, minute_ = 0, second_ = 0, microseconds_ = 0;
    int half_ = 0;  ///< 1 before noon, 2 after, 0 for a clock of 24 hours
    minutes offset_{0};
};

}  // namespace

std::optional<base::Time> time_of_number(std::int64_t number) {
    constexpr std::int64_t kSecondsBelow = 100'000'000'000;
    constexpr std::int64_t kMillisecondsBelow = kSecondsBelow * 1000;
    constexpr std::int64_t kMicrosecondsBelow = kMillisecondsBelow * 1000;
    if (number <= -kSecondsBelow || number >= kMicrosecondsBelow) return {};
    if (number < kSecondsBelow) {
        const base::Time time{seconds(number)};
        if (year_month_day(floor<days>(time)).year() < year(1)) return {};
        return time;
    }
    if (number < kMillisecondsBelow) return base::Time{milliseconds(number)};
    return base::Time{microseconds(number)};
}

std::optional<base::Time> parse_lenient_date(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    text = text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
    if (text.size() > kTextBytesMax) return {};
    if (const auto time = base::parse_iso(text)) return time;
    if (std::ranges::all_of(text, is_digit)) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || text.size() < 9) return {};
        return time_of_number(number);
    }
    return DateReader(tokens_of(plain(text))).read();
}

}  // namespace transfer
