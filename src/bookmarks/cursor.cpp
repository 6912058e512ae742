#include "bookmarks/cursor.hpp"

#include <array>
#include <cstring>

#include "base/encoding.hpp"
#include "base/utf8.hpp"

namespace bookmarks {
namespace {

constexpr std::size_t kCheckSize = 12;
constexpr std::size_t kFixedSize = 4 * 8 + 16;
/// 255 code points, of which each may fold to 18 (U+FDFA).
constexpr std::size_t kAuthorMax = 16 * 1024;
/// Years 0001 to 9999, in microseconds since 1970.
constexpr std::int64_t kTimeMin = -62'135'596'800'000'000;
constexpr std::int64_t kTimeMax = 253'402'300'799'999'999;

void put(std::string& out, std::int64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xff);
}

std::int64_t take(std::string_view& text) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = number << 8 | static_cast<unsigned char>(text[i]);
    text.remove_prefix(8);
    return static_cast<std::int64_t>(number);
}

/// Not a signature: who forges a cursor reads his own library from another place.
std::string check_of(std::string_view payload, std::string_view binding) {
    std::string bound(payload);
    bound.append(1, '\0').append(binding);
    const base::Digest digest = base::sha256(bound);
    return std::string(base::as_chars(digest).substr(0, kCheckSize));
}

}  // namespace

std::string write_cursor(const Cursor& cursor, std::string_view binding) {
    std::string payload;
    put(payload, cursor.rows_before);
    put(payload, cursor.tenths);
    put(payload, cursor.bookmarked_at.time_since_epoch().count());
    put(payload, cursor.sync_order);
    payload += base::as_chars(cursor.id.bytes);
    payload += cursor.author;
    return base::to_base64url(check_of(payload, binding) + payload);
}

std::optional<Cursor> read_cursor(std::string_view text, std::string_view binding) {
    if (text.size() > (kCheckSize + kFixedSize + kAuthorMax) * 4 / 3 + 4) return {};
    const auto bytes = base::from_base64url(text);
    if (!bytes || bytes->size() < kCheckSize + kFixedSize) return {};
    std::string_view payload = std::string_view(*bytes).substr(kCheckSize);
    if (std::string_view(*bytes).substr(0, kCheckSize) != check_of(payload, binding)) return {};
    Cursor cursor;
    cursor.rows_before = take(payload);
    cursor.tenths = take(payload);
    const std::int64_t microseconds = take(payload);
    if (microseconds < kTimeMin || microseconds > kTimeMax) return {};
    cursor.bookmarked_at = base::Time{std::chrono::microseconds{microseconds}};
    cursor.sync_order = take(payload);
    std::memcpy(cursor.id.bytes.data(), payload.data(), cursor.id.bytes.size());
    cursor.author = payload.substr(cursor.id.bytes.size());
    // The check is no secret: what PostgreSQL would refuse must not get there.
    const bool clean = base::is_valid_utf8(cursor.author) && cursor.author.find('\0') == std::string::npos;
    if (cursor.rows_before < 0 || !clean) return {};
    return cursor;
}

}  // namespace bookmarks
