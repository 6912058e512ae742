// Statements of syncs.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace syncing::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user, `$2` post ids → post id, position, run.
extern const Statement kSelectPositions;
/// `$1` user, `$2` run, `$3` lowest, `$4` highest position → how many that the run has not seen lie there.
extern const Statement kCountBetween;
/// `$1` user, `$2` post ids → those that the user deleted here.
extern const Statement kSelectDeleted;
/// `$1` user, `$2` run, `$3` post ids, `$4` positions.
extern const Statement kSavePositions;
/// `$1` user, `$2` run, `$3` position, `$4` now → those of above the position that the run did not see.
extern const Statement kSaveHead;  ///< user, position of the newest post of a completed run
extern const Statement kMarkUnbookmarked;
/// `$1` user → id of his default category for new items, null when it does not exist.
extern const Statement kSelectDefaultCategory;

/// `$1` user, `$2` id, `$3` now, `$4` endpoint, `$5` status, `$6` resources, `$7` post ids, `$8` resources
/// without an id, `$9` unit price → amount.
extern const Statement kAddSpend;
/// `$1` user, `$2` begin of the day, `$3` begin of the month → today, month, own daily cap, own monthly cap.
extern const Statement kSelectSpent;
/// `$1` user, `$2` since → amount.
extern const Statement kSumSpend;
/// `$1` user, `$2` since → day, endpoint, requests, resources, amount.
extern const Statement kSelectSpendByDay;
/// `$1` user, `$2` daily, `$3` monthly.
extern const Statement kSetBudget;
/// `$1` before (date).
extern const Statement kForgetBilled;

/// `$1` user, `$2` post ids, `$3` statuses, `$4` source, `$5` now: first evidence stays.
extern const Statement kAddEvidence;
/// `$1` user, `$2` post ids: they are there again.
extern const Statement kForgetEvidence;
/// `$1` before, `$2` limit → user, post id of posts whose evidence is that old and whose text came from X
/// only.
extern const Statement kSelectGone;

/// `$1` how old the last sync is, `$2` limit → users whose sync is due.
extern const Statement kSelectDue;

/// `$1` since when failures are lately, `$2` user → waiting, active, completed, failed, failed lately, all.
extern const Statement kCountJobs;
/// `$1` as above: of everybody.
extern const Statement kCountAllJobs;
/// `$1` user, `$2` since → the summary of contract 3.9.
extern const Statement kSummarise;
/// `$1` user, `$2` since → date, all, completed, failed, items.
extern const Statement kSummariseDays;
/// `$1` user, `$2` since → message, how often, last.
extern const Statement kSummariseErrors;
/// `$1` user, `$2` before: finished syncs.
extern const Statement kDeleteHistory;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace syncing::sql
