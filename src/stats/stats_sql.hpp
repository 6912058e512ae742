// Statements of statistics. Each takes `$1` user; without one (NULL) it counts everybody's rows.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace stats::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user, `$2` now, `$3` time zone → users, active ones (a session within 30 days), new this month,
/// bookmarks, bookmarks made this month, categories, tags, searches, searches this week.
extern const Statement kCountAll;
/// `$1` user → name, count; the ten with most bookmarks.
extern const Statement kTopCategories;
extern const Statement kTopTags;
/// `$1` user, `$2` now, `$3` time zone, `$4` days → `YYYY-MM-DD`, bookmarks, searches; one row for every day,
/// oldest first.
extern const Statement kCountDays;
/// `$1` user → name, bookmarks, percentage of all bookmarks; categories without bookmarks are left out.
extern const Statement kDistribute;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace stats::sql
