// The statements of jobs, and their rows.
#pragma once

#include <span>

#include "jobs/handler.hpp"
#include "jobs/job.hpp"
#include "postgres/rows.hpp"
#include "postgres/statement.hpp"

namespace jobs::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// Where `notify_job` of the schema speaks.
inline constexpr std::string_view kChannel = "xbm_jobs";

extern const Statement kInsert;       ///< user, id, type, options, priority, max attempts, place, time
extern const Statement kSelect;       ///< user, id, type or null → job
extern const Statement kSelectOwner;  ///< id → user
extern const Statement kSelectPage;   ///< user, type?, state?, before time?, before id?, offset, limit → jobs
extern const Statement kCount;        ///< user, type?, state?, before time?, before id? → all, those in front
extern const Statement kSelectUnfinished;  ///< user, type → job
extern const Statement kCancel;            ///< user, id, type?, time → job
extern const Statement kResume;            ///< user, id → job

extern const Statement kClaim;          ///< type, place, how many, token, now, leased until → claim rows
extern const Statement kRenew;          ///< tokens, leased until → token, cancel_requested
extern const Statement kCheckpoint;     ///< user, id, token, checkpoint, progress
extern const Statement kReport;         ///< user, id, token, progress → version
extern const Statement kComplete;       ///< user, id, token, progress, result, time → version
extern const Statement kFail;           ///< user, id, token, error, time → job
extern const Statement kRetry;          ///< user, id, token, not before, time → job
extern const Statement kPause;          ///< user, id, token, reason, resume at, time → job
extern const Statement kRelease;        ///< user, id, token, time → job
extern const Statement kCancelled;      ///< user, id, token, time → job
extern const Statement kAbandon;        ///< place
extern const Statement kRescue;         ///< now, error of those that were tried too often → jobs
extern const Statement kResumeDue;      ///< now → jobs
extern const Statement kNextDue;        ///< → the earliest resume_at
extern const Statement kSelectUnclean;  ///< types, place, limit → user, id, type
extern const Statement kSetClean;       ///< users, ids
extern const Statement kDeleteOld;      ///< before, limit → how many
extern const Statement kDeleteAll;      ///< user → id of each
extern const Statement kLead;           ///< key → whether this transaction is the leader's

[[nodiscard]] std::span<const Statement* const> all();

/// Of the columns that every statement returns which says `job`.
[[nodiscard]] Job read_job(const postgres::Row& row);
/// Of kClaim.
[[nodiscard]] Claim read_claim(const postgres::Row& row, const base::Uuid& token, jobs::Type type);
/// Progress as it lies in the row: `current total percentage currentStep`, what is beside it as `detail`.
[[nodiscard]] Progress read_progress(std::string_view json);
[[nodiscard]] std::string write_progress(const Progress& progress);

}  // namespace jobs::sql
