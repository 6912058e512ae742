#include "variables.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "backup/cron.hpp"
#include "redis/address.hpp"
#include "trusted_proxies.hpp"

namespace app {
namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::optional<double> parse_decimal(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::vector<std::string> words(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::vector<std::string> out;
    for (std::string word; in >> word;)
        out.push_back(word);
    return out;
}

bool is_web_url(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    return url && (url->scheme() == "http" || url->scheme() == "https") && !url->host().empty() &&
           !url->has_userinfo() && !url->has_fragment();
}

bool is_origin(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    return url && !url->host().empty() && !url->has_userinfo() && !url->has_query() && !url->has_fragment() &&
           (url->encoded_path().empty() || url->encoded_path() == "/");
}

template <class Number>
bool in_range(const Variable& variable, std::optional<Number> value) {
    return value && *value >= static_cast<Number>(variable.low) &&
           *value <= static_cast<Number>(variable.high);
}

std::string range_text(const Variable& variable, std::string_view unit = {}) {
    if (variable.high == INT64_MAX) return fmt::format("of at least {}{}", variable.low, unit);
    return fmt::format("from {}{} to {}{}", variable.low, unit, variable.high, unit);
}

std::string list_of_choices(const Variable& variable) {
    std::string out;
    for (const auto& word : words(variable.choices))
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

bool is_choice(const Variable& variable, std::string_view value) {
    return std::ranges::count(words(variable.choices), value) > 0;
}

bool all_of_list(std::string_view value, auto check) {
    return std::ranges::all_of(split_list(value), check);
}

// What the value should be; nothing when it is that.
std::optional<std::string> expectation(const Variable& variable, std::string_view value) {
    const auto unless = [](bool right, std::string wanted) {
        return right ? std::nullopt : std::optional(std::move(wanted));
    };
    switch (variable.kind) {
        case Kind::text:
            return unless(!variable.secret || std::cmp_greater_equal(value.size(), variable.low),
                          fmt::format("at least {} characters long", variable.low));
        case Kind::flag:
            return unless(parse_flag(value).has_value(), "true or false");
        case Kind::whole:
            return unless(in_range(variable, parse_whole(value)), "a whole number " + range_text(variable));
        case Kind::decimal:
            return unless(in_range(variable, parse_decimal(value)), "a number " + range_text(variable));
        case Kind::budget:
            return unless(value == "none" || in_range(variable, parse_decimal(value)),
                          "a number or \"none\"");
        case Kind::size:
            return unless(in_range(variable, parse_size(value)),
                          "a size such as 10m (k, m, g) " + range_text(variable, " bytes"));
        case Kind::duration: {
            const auto parsed = parse_duration(value);
            return unless(parsed && in_range(variable, std::optional<std::int64_t>(parsed->count())),
                          "a time such as 30s (ms, s, m, h, d) " + range_text(variable, " ms"));
        }
        case Kind::choice:
            return unless(is_choice(variable, value), "one of " + list_of_choices(variable));
        case Kind::choices:
            return unless(all_of_list(value, [&](const auto& word) { return is_choice(variable, word); }),
                          "a comma list of " + list_of_choices(variable));
        case Kind::web_url:
            return unless(is_web_url(value), "an address that begins with http:// or https://");
        case Kind::origins:
            return unless(all_of_list(value, is_origin),
                          "a comma list of origins such as https://app.example");
        case Kind::networks:
            return unless(TrustedProxies::parse(split_list(value)).has_value(),
                          "a comma list of IP addresses or networks such as 10.0.0.0/8");
        case Kind::postgres_url:
            return unless(value.starts_with("postgresql://") || value.starts_with("postgres://"),
                          "an address that begins with postgresql://");
        case Kind::redis_url:
            return unless(redis::parse_address(value).has_value(),
                          "redis://[[user]:password@]host[:port][/number] or unix:///path");
        case Kind::cron:
            return unless(backup::Cron::parse(value).has_value(), "a schedule of five fields");
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> fault_of(const Variable& variable, std::string_view value) {
    if (value.find('\0') != std::string_view::npos) return "holds a NUL character";
    auto wanted = expectation(variable, value);
    if (!wanted) return std::nullopt;
    if (variable.secret) return "is not " + *wanted;
    return fmt::format("\"{}\" is not {}", value, *wanted);
}

std::optional<bool> parse_flag(std::string_view text) {
    const std::string word = lower(text);
    if (word == "true" || word == "1") return true;
    if (word == "false" || word == "0") return false;
    return std::nullopt;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

// The longer names first: `ms` also ends in `s`.
constexpr Unit kTimes[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kSizes[] = {{"k", 1024}, {"m", 1024 * 1024}, {"g", 1024 * 1024 * 1024}};

std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
    const std::string word = lower(text);
    for (const Unit& unit : units) {
        if (!word.ends_with(unit.name)) continue;
        const auto number = parse_whole(std::string_view(word).substr(0, word.size() - unit.name.size()));
        if (!number || *number < 0 || *number > INT64_MAX / unit.factor) return std::nullopt;
        return *number * unit.factor;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text) {
    const auto plain = parse_whole(text);
    if (plain) return *plain >= 0 ? plain : std::nullopt;
    return parse_with_unit(text, kSizes);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text == "0") return std::chrono::milliseconds(0);
    const auto count = parse_with_unit(text, kTimes);
    if (!count) return std::nullopt;
    return std::chrono::milliseconds(*count);
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto item = trim(text.substr(0, comma));
        if (!item.empty()) out.emplace_back(item);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return out;
}

}  // namespace app
