// What PostgreSQL says of itself and of the jobs, for operators. Named statements, nothing else.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace performance::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

extern const Statement kSelectOne;
extern const Statement kSelectConnections;  ///< → state, count
extern const Statement kSelectLocks;        ///< → mode, count
extern const Statement kSelectIndexes;      ///< → schema, table, index, scans, tuples read, tuples fetched
extern const Statement kSelectTables;       ///< → schema, table, inserted, updated, deleted, live, dead
extern const Statement kCountJobs;          ///< → type, state, count
extern const Statement kSelectJobTimes;     ///< since → type, mean seconds, finished since
extern const Statement kSumTotals;          ///< → bookmarks, micro-dollars spent
extern const Statement
    kSelectTroubles;  ///< since, backups since, scheduled by the configuration → failed jobs, accounts that
                      ///< need a login, syncs over budget, last backup failed, daily backups missed

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace performance::sql
