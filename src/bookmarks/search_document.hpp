// What of a bookmark is searched, and with which weight. Every writer of bookmarks.search_vector uses this,
// or the two paths of search stop giving the same answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/document.hpp"

namespace bookmarks {

struct SearchText {
    std::string_view content;
    std::optional<std::string_view> title;
    std::optional<std::string_view> note;
    std::string_view author_username;
    std::string_view author_display_name;
    const std::vector<std::string>& tags;
    const std::vector<std::string>& hashtags;
};

/// What stands in front of each lexeme of a user: `library.search_code` in base 36 and a `:`, so that no
/// prefix is the start of another.
[[nodiscard]] std::string lexeme_prefix(std::int64_t search_code);

/// The vector of a bookmark: content and title weigh most, then author names and note, then tags, then
/// hashtags (contract 3.6).
[[nodiscard]] text::SearchVector search_vector_of(const SearchText& searched, std::string_view prefix);

}  // namespace bookmarks
