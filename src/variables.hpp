// The table of configuration variables and the check of a single value (contract 10). Pure: reads no
// environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace app {

enum class Kind : std::uint8_t {
    text,
    flag,      ///< `true` `false` `1` `0`
    whole,     ///< whole number from `low` to `high`
    decimal,   ///< number from `low` to `high`
    budget,    ///< as `decimal`, or `none`
    size,      ///< bytes from `low` to `high`, `k` `m` `g`
    duration,  ///< milliseconds from `low` to `high`, written with `ms` `s` `m` `h` `d`
    choice,    ///< one of `choices`
    choices,   ///< comma list of members of `choices`
    web_url,   ///< `http://…` or `https://…`
    origins,   ///< comma list of `scheme://host[:port]`
    networks,  ///< comma list of addresses or CIDR blocks
    postgres_url,
    redis_url,
    cron,  ///< five fields
};

struct Variable {
    std::string_view name;
    Kind kind = Kind::text;
    std::string_view fallback = {};  ///< text of the default; empty: none, or made from others
    bool secret = false;             ///< never printed; also `<name>_FILE`
    std::int64_t low = 0;            ///< secrets: least number of bytes
    std::int64_t high = INT64_MAX;
    std::string_view choices = {};  ///< separated by blanks
};

/// Every variable of the contract, in its order.
[[nodiscard]] std::span<const Variable> variables();
[[nodiscard]] const Variable* find_variable(std::string_view name);

/// What is wrong with a value, as the rest of a sentence (`is not …`); nothing when it is right.
[[nodiscard]] std::optional<std::string> fault_of(const Variable& variable, std::string_view value);

/// `true` `1` `false` `0`, without case.
[[nodiscard]] std::optional<bool> parse_flag(std::string_view text);
/// Bytes: a whole number, then nothing or one of `k` `m` `g` (1024-based), without case.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);
/// A whole number and one of `ms` `s` `m` `h` `d`; `0` needs no unit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);
/// Members of a comma list, trimmed, without empty ones.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace app
