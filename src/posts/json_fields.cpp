#include "posts/json_fields.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace posts {
namespace {

namespace json = boost::json;

constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

std::string text_of_number(double number) {
    if (std::trunc(number) == number && std::abs(number) <= kExactIntegerMax)
        return std::to_string(static_cast<std::int64_t>(number));
    return {};  // an id that lost its last digits is worse than none
}

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

}  // namespace

std::string text_of(const json::value* value) {
    if (value == nullptr) return {};
    switch (value->kind()) {
        case json::kind::string:
            return base::clean_text(view(value->get_string()));
        case json::kind::int64:
            return std::to_string(value->get_int64());
        case json::kind::uint64:
            return std::to_string(value->get_uint64());
        case json::kind::double_:
            return text_of_number(value->get_double());
        case json::kind::bool_:
            return value->get_bool() ? "true" : "false";
        default:
            return {};
    }
}

std::optional<std::int64_t> integer_of(const json::value* value) {
    const std::string text = text_of(value);
    const std::string_view digits = trimmed(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
    return number;
}

const json::value* at_path(const json::value* value, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (value == nullptr || !value->is_object()) return nullptr;
        value = value->get_object().if_contains(name);
    }
    return value == nullptr || value->is_null() ? nullptr : value;
}

const json::array* array_at(const json::value* value, std::initializer_list<std::string_view> names) {
    const json::value* found = at_path(value, names);
    return found == nullptr ? nullptr : found->if_array();
}

std::string first_text(std::initializer_list<const json::value*> values) {
    for (const json::value* value : values)
        if (std::string text = text_of(value); !text.empty()) return text;
    return {};
}

std::optional<std::string> maybe(std::string text) {
    if (text.empty()) return {};
    return text;
}

}  // namespace posts
