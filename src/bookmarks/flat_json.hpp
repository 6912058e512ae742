// The small JSON of a bookmark's columns, as PostgreSQL gives jsonb back: an object of texts, numbers and
// null, or an array of them. A list of bookmarks reads three such values per row, so this is read without a
// tree; what is not of that form (nesting, escapes) is left to the JSON library.
#pragma once

#include <string_view>

namespace bookmarks {

/// One member. `text` is without its quotes; of a number or null as written.
struct FlatMember {
    std::string_view name;
    std::string_view text;
    bool is_text = false;
};

/// Walks through one value; trusts that it is valid JSON.
class FlatReader {
public:
    enum class Step : unsigned char { member, end_of_object, end, other };

    explicit FlatReader(std::string_view json) : rest_(json) {
        is_list_ = rest_.starts_with('[');
        if (is_list_) rest_.remove_prefix(1);
    }
    /// `member`: it is in `member()`. `other`: not of the form; what came before must be forgotten.
    Step next();
    [[nodiscard]] const FlatMember& member() const { return member_; }

private:
    bool take(char c);
    bool take_text(std::string_view& text);
    Step take_member();

    std::string_view rest_;
    FlatMember member_;
    bool is_list_ = false;
    bool in_object_ = false;
};

}  // namespace bookmarks
