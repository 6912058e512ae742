// The statements of backups, and their rows.
#pragma once

#include <span>

#include "backup/retention.hpp"
#include "postgres/rows.hpp"
#include "postgres/statement.hpp"

namespace backup::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

extern const Statement kInsert;       ///< row as write_row made it; in place of one of the same id
extern const Statement kSelectPage;   ///< before time?, before id?, limit → backups, newest first
extern const Statement kCount;        ///< before time?, before id? → all, those in front
extern const Statement kSelect;       ///< id → backup
extern const Statement kSelectOfJob;  ///< job → id
extern const Statement kSummarise;  ///< → all, successes, mean seconds, bytes kept, start of the last success
extern const Statement kSelectKept;      ///< → id, type, started_at, status, files
extern const Statement kSetRemoved;      ///< ids, time
extern const Statement kSelectSchedule;  ///< → type, is_enabled, heeded_at
extern const Statement kSetEnabled;      ///< flag, heeded at?
extern const Statement kSetHeeded;       ///< type, heeded at?
extern const Statement kSelectRunning;   ///< → id of the unfinished job
extern const Statement kSelectOperator;  ///< → the oldest administrator who may log in
extern const Statement kSelectJob;       ///< user, id → state, started_at, options, error's message

[[nodiscard]] std::span<const Statement* const> all();

/// Of kSelect and kSelectPage. Files that were removed are not among its files.
[[nodiscard]] Backup read_backup(const postgres::Row& row);
/// Of kSelectKept.
[[nodiscard]] Kept read_kept(const postgres::Row& row);

}  // namespace backup::sql
