#include "bookmarks/flat_json.hpp"

namespace bookmarks {

// With the white space that PostgreSQL puts in: one blank behind a colon or a comma.
bool FlatReader::take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
    return true;
}

bool FlatReader::take_text(std::string_view& text) {
    if (!rest_.starts_with('"')) return false;
    const auto end = rest_.find_first_of("\"\\", 1);
    if (end == std::string_view::npos || rest_[end] == '\\') return false;
    text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
}

FlatReader::Step FlatReader::take_member() {
    if (!take_text(member_.name) || !take(':')) return Step::other;
    member_.is_text = rest_.starts_with('"');
    if (member_.is_text) return take_text(member_.text) ? Step::member : Step::other;
    const auto end = rest_.find_first_of(",}{[");
    if (end == std::string_view::npos || rest_[end] == '{' || rest_[end] == '[') return Step::other;
    member_.text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return Step::member;
}

FlatReader::Step FlatReader::next() {
    if (!in_object_) {
        if (is_list_ ? rest_ == "]" : rest_.empty()) return Step::end;
        take(',');
        if (!take('{')) return Step::other;
        in_object_ = true;
        if (!rest_.starts_with('}')) return take_member();
    }
    if (rest_.starts_with('}')) {
        rest_.remove_prefix(1);
        in_object_ = false;
        return Step::end_of_object;
    }
    take(',');
    return take_member();
}

}  // namespace bookmarks
