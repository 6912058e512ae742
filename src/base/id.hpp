// UUIDs and strongly typed ids. Ids are UUIDv7 (RFC 9562 section 5.7), so that rows made together lie
// together.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace base {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const Uuid&) const = default;
    [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }
};

/// 36 characters, lower case.
[[nodiscard]] std::string to_string(const Uuid& uuid);
void append(std::string& out, const Uuid& uuid);
/// Accepts 8-4-4-4-12 hexadecimal digits of either case; nothing else.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);
/// A new UUIDv7: 48 bits of Unix milliseconds, then random bits. Thread-safe.
[[nodiscard]] Uuid make_uuid(Time now);

/// An id that cannot be confused with an id of another kind.
template <class Tag>
struct Id {
    Uuid uuid;
    auto operator<=>(const Id&) const = default;
};
using UserId = Id<struct UserTag>;
using BookmarkId = Id<struct BookmarkTag>;
using CategoryId = Id<struct CategoryTag>;
using SessionId = Id<struct SessionTag>;
using JobId = Id<struct JobTag>;

struct UuidHash {
    std::size_t operator()(const Uuid& uuid) const {
        std::uint64_t low = 0;  // the random half of a UUIDv7
        std::memcpy(&low, uuid.bytes.data() + 8, sizeof low);
        return low;
    }
};

}  // namespace base
