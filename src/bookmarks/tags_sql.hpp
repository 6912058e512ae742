// Statements of tags.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace bookmarks::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user → name, color, count, library version; one row with NULLs when there is no tag.
extern const Statement kSelectTags;
/// `$1` user, `$2` name → color, count.
extern const Statement kSelectTag;
/// `$1` user, `$2` name → ids of the bookmarks that carry it.
extern const Statement kSelectTagged;
/// `$1` user, `$2` name, `$3` color, `$4` library version, `$5` when.
extern const Statement kUpdateTagColor;

[[nodiscard]] std::span<const Statement* const> all_of_tags();

}  // namespace bookmarks::sql
