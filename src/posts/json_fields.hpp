// Reads values of JSON that somebody else wrote: what is missing or of another type is nothing, never an
// error.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace posts {

/// Text of a scalar: strings as clean text, whole numbers in decimal, booleans; empty for anything else, null
/// included.
[[nodiscard]] std::string text_of(const boost::json::value* value);
/// A whole number, or a text that is one.
[[nodiscard]] std::optional<std::int64_t> integer_of(const boost::json::value* value);
/// The member at the end of a path of exact names; null when there is none.
[[nodiscard]] const boost::json::value* at_path(const boost::json::value* value,
                                                std::initializer_list<std::string_view> names);
/// The array at the end of a path; null when there is none.
[[nodiscard]] const boost::json::array* array_at(const boost::json::value* value,
                                                 std::initializer_list<std::string_view> names);
/// The first text that is not empty.
[[nodiscard]] std::string first_text(std::initializer_list<const boost::json::value*> values);
/// Nothing instead of an empty text.
[[nodiscard]] std::optional<std::string> maybe(std::string text);

}  // namespace posts
