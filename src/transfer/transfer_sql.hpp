// Statements of imports and their jobs, and the mapping of their rows.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/id.hpp"
#include "postgres/rows.hpp"
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

/// `$1` user, `$2` id, `$3` options, `$4` now.
extern const Statement kInsertJob;
/// `$1` user, `$2` id, `$3` now → options, created_at, attempt. Nothing when somebody else has it or it has
/// ended.
extern const Statement kClaimJob;
/// `$1` user, `$2` id: a stop of the server is no attempt.
extern const Statement kReleaseJob;
/// `$1` user, `$2` id, `$3` progress. No row when the job does not run any more.
extern const Statement kSaveProgress;
/// `$1` user, `$2` id, `$3` state, `$4` progress, `$5` result, `$6` error, `$7` now.
extern const Statement kFinishJob;
/// `$1` owner → user, id, attempt of its unfinished jobs, oldest first; they are `queued` again.
extern const Statement kRequeueOwned;
/// `$1` user, `$2` id → the columns of `read_job`.
extern const Statement kSelectJob;
/// `$1` user, `$2` before (created_at, null for the newest), `$3` its id, `$4` limit. Newest first.
extern const Statement kSelectHistory;
/// `$1` user, `$2`, `$3` as above → all import jobs; those up to and with that one.
extern const Statement kCountHistory;

[[nodiscard]] std::span<const Statement* const> all();

/// A job of type `import` as it is answered.
struct Job {
    base::Uuid id;
    std::string state;
    std::string progress;               ///< JSON
    std::optional<std::string> result;  ///< JSON
    std::optional<std::string> error;   ///< JSON `{code,message}`
    base::Time created_at;
    std::optional<base::Time> finished_at;
};
[[nodiscard]] Job read_job(const postgres::Row& row);

}  // namespace transfer::sql
