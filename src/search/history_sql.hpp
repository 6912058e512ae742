// Statements of the search history and the mapping of their rows.
#pragma once

#include <span>

#include "postgres/connection.hpp"
#include "postgres/statement.hpp"
#include "search/history.hpp"

namespace search::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` users (uuid[]), `$2` ids, `$3` queries, `$4` counts, `$5` milliseconds, `$6` times, all parallel.
/// Entries of accounts that do not exist any more are left out.
extern const Statement kInsertHistory;
/// `$1` users (uuid[]), `$2` how many newest entries of each stay.
extern const Statement kTrimHistory;
/// `$1` user, `$2` id before which to begin, `$3` limit, `$4` offset → entries, newest first.
extern const Statement kSelectHistory;
/// `$1` user.
extern const Statement kCountHistory;
/// `$1` user, `$2` id.
extern const Statement kDeleteEntry;
/// `$1` user.
extern const Statement kClearHistory;
/// `$1` user, `$2` now, `$3` time zone, `$4` days → number of searches, mean milliseconds, begin of the
/// period.
extern const Statement kSummarise;
/// The same parameters → text, count; the ten most frequent texts.
extern const Statement kCountTerms;
/// The same parameters → `YYYY-MM-DD`, count; one row for every day of the period, oldest first.
extern const Statement kCountDays;

[[nodiscard]] HistoryEntry read_entry(const postgres::Row& row);
[[nodiscard]] std::span<const Statement* const> all_of_history();

}  // namespace search::sql
