// Statements of imports.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace transfer::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user, `$2` ids (uuid[]) → those that bookmarks have.
extern const Statement kSelectTakenIds;
/// `$1` user, `$2` library version before, `$3` names, `$4` colours (text[]), `$5` when: only tags without a
/// colour. Row i gets version `$2 + i`.
extern const Statement kColorTags;

/// `$1` place → user, id of its unfinished imports.
extern const Statement kSelectKept;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace transfer::sql
