#include "bookmarks/search_document.hpp"

#include <array>
#include <charconv>

namespace bookmarks {

std::string lexeme_prefix(std::int64_t search_code) {
    std::array<char, 16> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), search_code, 36);
    return std::string(digits.data(), end) + ':';
}

text::SearchVector search_vector_of(const SearchText& searched, std::string_view prefix) {
    std::vector<text::Field> fields;
    fields.reserve(5 + searched.tags.size() + searched.hashtags.size());
    const auto add = [&](std::string_view field, text::Weight weight) {
        if (!field.empty()) fields.push_back({.text = field, .weight = weight});
    };
    add(searched.content, text::Weight::a);
    add(searched.title.value_or(""), text::Weight::a);
    add(searched.author_username, text::Weight::b);
    add(searched.author_display_name, text::Weight::b);
    add(searched.note.value_or(""), text::Weight::b);
    for (const std::string& tag : searched.tags)
        add(tag, text::Weight::c);
    for (const std::string& hashtag : searched.hashtags)
        add(hashtag, text::Weight::d);
    return text::make_search_vector(fields, prefix);
}

}  // namespace bookmarks
