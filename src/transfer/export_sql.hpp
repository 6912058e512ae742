// Statements of exports.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace transfer::sql {

/// `$1` user, `$2` from, `$3` to, `$4` categories (null: all), `$5` tags (null: all), `$6` archived ones too,
/// `$7` only of this category (null: all), `$8` only those without one. Opens the cursor that `kFetch` reads,
/// newest bookmarks first; the plan is made for these parameters.
extern const postgres::Statement kOpenCursor;
/// The next rows, as `bookmarks::sql::read_bookmark` reads them; fewer than `kFetched` at the end.
extern const postgres::Statement kFetch;
inline constexpr std::size_t kFetched = 1000;
extern const postgres::Statement kCloseCursor;
/// For a transaction that waits for a slow storage.
extern const postgres::Statement kStayOpen;
/// `$1` to `$6` as `kOpenCursor` → how many.
extern const postgres::Statement kCount;
/// `$1` user → name, color, by name.
extern const postgres::Statement kSelectTags;
/// `$1` user → id, query, result_count, execution_ms, created_at; the newest 1000, newest first.
extern const postgres::Statement kSelectSearches;
/// `$1` user → settings.
extern const postgres::Statement kSelectSettings;
/// `$1` user, `$2` job → options, created_at of an export that ended without its file.
extern const postgres::Statement kSelectUnfinishedFile;

[[nodiscard]] std::span<const postgres::Statement* const> export_statements();

}  // namespace transfer::sql
