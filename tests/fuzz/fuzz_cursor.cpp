// Any text as a cursor, and any cursor as a text: nothing crashes, a cursor is read only with the binding it
// was written with, and reading and writing are each other's inverse. The first line of the input is the
// binding; the rest is once a cursor's text and once the bytes of its members.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "bookmarks/cursor.hpp"

namespace {

using bookmarks::Cursor;

constexpr std::size_t kAuthorBytesMax = 4096;  // longer cursors are refused

void require(bool condition) {
    if (!condition) std::abort();
}

std::int64_t take(std::string_view& bytes) {
    std::int64_t number = 0;
    const std::size_t size = std::min(bytes.size(), sizeof number);
    std::memcpy(&number, bytes.data(), size);
    bytes.remove_prefix(size);
    return number;
}

/// Bytes that nobody wrote as a cursor.
void check_text(std::string_view text, const std::string& binding) {
    const auto cursor = bookmarks::read_cursor(text, binding);
    if (!cursor) return;
    require(cursor->rows_before >= 0);
    require(bookmarks::write_cursor(*cursor, binding) == text);
    require(!bookmarks::read_cursor(text, binding + "x"));
}

Cursor make_cursor(std::string_view bytes) {
    Cursor cursor;
    cursor.rows_before = take(bytes);
    cursor.tenths = take(bytes);
    cursor.bookmarked_at = base::Time{std::chrono::microseconds{take(bytes)}};
    cursor.sync_order = take(bytes);
    const std::size_t size = std::min(bytes.size(), cursor.id.bytes.size());
    std::copy_n(bytes.begin(), size, cursor.id.bytes.begin());
    cursor.author = bytes.substr(size, kAuthorBytesMax);
    return cursor;
}

/// What a row can have: PostgreSQL takes no other time or text.
bool is_possible(const Cursor& cursor) {
    using namespace std::chrono;
    const bool time = cursor.bookmarked_at >= sys_days{year{1} / 1 / 1} &&
                      cursor.bookmarked_at < sys_days{year{10'000} / 1 / 1};
    const bool text = base::is_valid_utf8(cursor.author) && cursor.author.find('\0') == std::string::npos;
    return cursor.rows_before >= 0 && time && text;
}

void check_cursor(const Cursor& cursor, const std::string& binding) {
    const std::string text = bookmarks::write_cursor(cursor, binding);
    const auto read = bookmarks::read_cursor(text, binding);
    require(read.has_value() == is_possible(cursor));
    if (read) require(*read == cursor);
    require(!bookmarks::read_cursor(text, binding + "x"));
    require(!bookmarks::read_cursor(text, "x" + binding));
    require(!bookmarks::read_cursor(std::string_view(text).substr(1), binding));
    require(!bookmarks::read_cursor(std::string_view(text).substr(0, text.size() - 1), binding));
    std::string altered = text;
    for (std::size_t i = 0; i < text.size(); i += 1 + text.size() / 16) {
        altered[i] = text[i] == 'A' ? 'B' : 'A';
        require(!bookmarks::read_cursor(altered, binding));
        altered[i] = text[i];
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string binding(input.substr(0, line));
    const std::string_view rest = input.substr(std::min(line + 1, input.size()));
    check_text(rest, binding);
    check_cursor(make_cursor(rest), binding);
    return 0;
}
