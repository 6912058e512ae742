// Statements of saved searches and the mapping of their rows.
#pragma once

#include <span>

#include "postgres/statement.hpp"
#include "search/saved_searches.hpp"

namespace search::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user → library version, then the columns of a saved search; one row with NULLs when there is none.
extern const Statement kSelectSaved;
/// `$1` user, `$2` id, `$3` library version, `$4` name, `$5` query, `$6` order, `$7` pinned, `$8` now.
extern const Statement kInsertSaved;
/// The same parameters.
extern const Statement kUpdateSaved;
/// `$1` user, `$2` id, `$3` library version, `$4` now. Leaves a tombstone.
extern const Statement kDeleteSaved;

/// Reads the columns behind the first one of a row of kSelectSaved.
[[nodiscard]] SavedSearch read_saved_search(const postgres::Row& row);
/// Reads what kSelectSaved returned.
[[nodiscard]] SavedSearches::Snapshot read_saved(const postgres::Rows& rows);
[[nodiscard]] std::span<const Statement* const> all_of_saved();

}  // namespace search::sql
