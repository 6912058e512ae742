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

/// As `categories::sql::kInsert` with a time of creation: `$10` created, `$11` updated.
extern const Statement kInsertCategory;
/// `$1` user, `$2` the untouched category, `$3` to `$11` as of `kInsertCategory` from the id on. The row
/// takes the library version `$4`, the tombstone of the old id the one behind it.
extern const Statement kAdoptCategory;
/// `$1` user, `$2` version, `$3` ids, `$4` names, `$5` queries, `$6` orders, `$7` pinned, `$8` created, `$9`
/// updated: those whose id and name are free.
extern const Statement kRestoreSavedSearches;
/// `$1` user, `$2` ids as texts.
extern const Statement kForgetSavedTombstones;
/// `$1` user, `$2` ids, `$3` queries, `$4` counts, `$5` milliseconds, `$6` times.
extern const Statement kRestoreHistory;
/// `$1` user, `$2` settings, `$3` version, `$4` time. Touches a row when something changed.
extern const Statement kRestoreSettings;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace transfer::sql
