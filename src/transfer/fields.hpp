// Lenient access to the members of a record, whatever the spelling of their names.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "posts/json_fields.hpp"

namespace transfer {

/// `xTweetId`, `X Tweet ID` and `x-tweet-id` are all `x_tweet_id`.
[[nodiscard]] std::string canonical_name(std::string_view name);

using posts::at_path;
using posts::integer_of;
using posts::text_of;
/// true, false, 0, 1 and the texts `true`, `false`, `yes`, `no`, `0`, `1` in any case.
[[nodiscard]] std::optional<bool> flag_of(const boost::json::value* value);

/// Pieces of a text between any of the separators, trimmed of blanks, without empty ones.
[[nodiscard]] std::vector<std::string> split(std::string_view text,
                                             std::initializer_list<std::string_view> separators);

/// The members of one object by canonical name. The object must outlive it.
class Fields {
public:
    using Names = std::initializer_list<std::string_view>;

    explicit Fields(const boost::json::object& object);

    /// The first of `names` that is there and neither null nor an empty text; null when none is.
    [[nodiscard]] const boost::json::value* find(Names names) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::string text(Names names) const { return text_of(find(names)); }
    [[nodiscard]] std::optional<std::string> maybe_text(Names names) const;
    [[nodiscard]] std::optional<std::int64_t> integer(Names names) const { return integer_of(find(names)); }
    [[nodiscard]] std::optional<bool> flag(Names names) const { return flag_of(find(names)); }
    /// Texts of an array (of objects: their `name`, `text` or `url`), or one text split at the separators.
    [[nodiscard]] std::vector<std::string> list(Names names,
                                                std::initializer_list<std::string_view> separators) const;

private:
    struct Member {
        std::string name;
        const boost::json::value* value;
    };
    std::vector<Member> members_;
};

}  // namespace transfer
