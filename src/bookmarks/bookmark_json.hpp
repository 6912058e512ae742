// How a bookmark is answered (contract 3.3).
#pragma once

#include "base/json_writer.hpp"
#include "bookmarks/bookmarks.hpp"
#include "bookmarks/tags.hpp"

namespace bookmarks {

/// About how many bytes the bookmarks will have as JSON, to reserve them at once.
[[nodiscard]] std::size_t json_size_hint(const std::vector<Bookmark>& bookmarks);

/// All keys of a bookmark inside an object that the caller opened.
void write_members(base::JsonWriter& json, const Bookmark& bookmark, base::UserId user,
                   const categories::Snapshot& categories);
/// `{name, color, count}` (contract 3.5).
void write_tag(base::JsonWriter& json, const Tag& tag);

}  // namespace bookmarks
