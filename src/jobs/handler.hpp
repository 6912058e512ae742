// What a feature implements to have jobs, and what the engine gives it. A handler runs as a coroutine of the
// process's job thread (`Runner`), which has an io_context, a database pool and an announcer of its own; work
// that computes or blocks goes to a thread pool. It is run at least once, perhaps again from its last
// checkpoint after a crash: whatever it does is either in the transaction of a checkpoint or harmless to
// repeat.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "base/task.hpp"
#include "jobs/job.hpp"
#include "postgres/connection.hpp"

namespace jobs {

/// A job as it was claimed by this process.
struct Claim {
    base::UserId user;
    base::JobId id;
    Type type{};
    Priority priority{};
    std::string options = "{}";             ///< JSON object, as it was asked for
    std::optional<std::string> checkpoint;  ///< JSON of the last one; nothing: at the beginning
    Progress progress;
    int attempt = 1;
    int max_attempts = 1;
    base::Time created_at{};
    base::Time started_at{};  ///< of the first attempt
    base::Uuid token;         ///< of this claim alone
};

/// Why a handler has to return at its next checkpoint.
enum class Stop : std::uint8_t { none, cancelled, shutting_down, lost };

/// One claimed job at work. Only `job` and `stop` may be used on other threads.
class Run {
public:
    virtual ~Run() = default;
    [[nodiscard]] virtual const Claim& job() const = 0;
    /// Cheap; to be asked between pieces of work, at least every second.
    [[nodiscard]] virtual Stop stop() const = 0;
    /// Adds to the caller's transaction: the check that this claim still holds, the checkpoint (JSON) and the
    /// progress. When another worker has taken the job over or it was finished, the transaction fails with
    /// service_unavailable and `stop` says `lost`. Last in `commands`.
    virtual void checkpoint(postgres::Commands& commands, std::string_view json,
                            const Progress& progress) const = 0;
    /// Progress without an effect; what comes faster than some four times a second is left out.
    virtual base::Task<base::Result<void>> report(Progress progress) = 0;
    /// False: `stop` is no longer `none`, the time may not be over.
    virtual base::Task<bool> sleep(std::chrono::milliseconds duration) = 0;
    /// A named place at which tests let the process die (`XBM_FAULT_POINT=name[:n]`, the n-th passing);
    /// nothing happens otherwise.
    virtual void fault_point(std::string_view name) const = 0;
};

struct Completed {
    std::string result;  ///< JSON
    Progress progress;
    postgres::Commands effect = {};  ///< committed together with the end of the job
};
struct Failed {
    Fault fault;
    bool retry = false;  ///< while there are attempts left: again after a backoff
};
struct Paused {
    PauseReason reason{};
    std::optional<base::Time> resume_at;  ///< nothing: until somebody resumes it (needs_reauth)
};
/// The run ended because `stop` said so; the engine knows what that means for the job.
struct Stopped {};
using Outcome = std::variant<Completed, Failed, Paused, Stopped>;

class Handler {
public:
    virtual ~Handler() = default;
    /// Exceptions are bugs: the attempt fails with INTERNAL_ERROR.
    virtual base::Task<Outcome> run(Run& run) = 0;
    /// After a job of the type ended in any way, also one that never ran: removes what lies outside the
    /// database, such as uploads. May be called more than once, and not at all when the process dies: then
    /// the next start calls it.
    virtual base::Task<void> clean_up(base::UserId user, base::JobId id) = 0;
    /// After a run whose job is gone because its account was erased meanwhile: removes what lies outside the
    /// database, also what the run has just finished.
    virtual base::Task<void> forget(const Claim& job) { co_await clean_up(job.user, job.id); }
};

}  // namespace jobs
