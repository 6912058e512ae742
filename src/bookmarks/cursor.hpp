// The opaque position of a keyset page (contract 1.8): where the last row of the page stood, bound to the
// user, the filter and the order that it came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace bookmarks {

struct Cursor {
    std::int64_t rows_before = 0;  ///< of the page that the cursor opens
    std::int64_t tenths = 0;       ///< relevance of the last row
    base::Time bookmarked_at;
    std::int64_t sync_order = 0;
    base::Uuid id;
    std::string author;  ///< folded display name of the last row
    auto operator<=>(const Cursor&) const = default;
};

/// base64url text. `binding` says what the cursor belongs to; it is not contained in the text.
[[nodiscard]] std::string write_cursor(const Cursor& cursor, std::string_view binding);
/// Nothing for damage and for another binding.
[[nodiscard]] std::optional<Cursor> read_cursor(std::string_view text, std::string_view binding);

}  // namespace bookmarks
