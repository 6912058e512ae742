// Jobs as the routes of one worker see them: asked for, looked up, cancelled. What runs them is `Runner`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "jobs/job.hpp"
#include "jobs/journal.hpp"
#include "postgres/pool.hpp"

namespace jobs {

struct Request {
    base::UserId user;
    base::JobId id;  ///< made by the caller, because files may be stored under it first
    Type type{};
    std::string options = "{}";  ///< JSON object
    Priority priority = Priority::requested;
    int max_attempts = 1;  ///< contract 3.11: sync 3, ai-suggest 3, export 3, import 2
    /// Only a process with this place may run it (an upload on a local disk); empty: any.
    std::string place = {};
    base::Time now{};
};

struct Filter {
    std::optional<Type> type;
    std::optional<State> state;
};

struct Page {
    std::vector<Job> jobs;  ///< newest first
    std::int64_t total = 0;
    std::int64_t offset = 0;  ///< jobs in front of these
    bool has_more = false;
};

class Jobs {
public:
    /// `journal` is of the same thread.
    Jobs(postgres::Pool& database, Journal& journal, const base::Clock& clock)
        : database_(database), journal_(journal), clock_(clock) {}

    /// Adds the row, and the wake-up that is sent when it commits, to the transaction of `commands`.
    static void enqueue(const Request& request, postgres::Commands& commands);
    /// Nothing when the user has no such job (of this type, when one is given).
    base::Task<base::Result<std::optional<Job>>> find(base::UserId user, base::JobId id,
                                                      std::optional<Type> type = {});
    /// Whose job it is; nothing when there is none. For routes that tell a foreign job from a missing one.
    base::Task<base::Result<std::optional<base::UserId>>> owner(base::JobId id);
    /// Behind the job `after`, or `offset` jobs from the newest. Error: invalid_cursor when there is no such
    /// job.
    base::Task<base::Result<Page>> list(base::UserId user, Filter filter, std::int64_t limit,
                                        std::int64_t offset, std::optional<base::JobId> after);
    /// The unfinished job of the type that runs next or already, if there is one.
    base::Task<base::Result<std::optional<Job>>> find_unfinished(base::UserId user, Type type);
    /// Queued and paused jobs end at once, running ones at their next checkpoint. The job afterwards; errors:
    /// job_not_found, job_not_cancellable (finished).
    base::Task<base::Result<Job>> cancel(base::UserId user, base::JobId id, std::optional<Type> type = {});
    /// Makes a paused job run as soon as there is room, such as after a new login. False: it was not paused.
    base::Task<base::Result<bool>> resume(base::UserId user, base::JobId id);
    /// Removes all jobs of a user whose account is about to be erased, with their events. Those that run
    /// find their claim lost.
    base::Task<base::Result<void>> erase_all(base::UserId user);

private:
    postgres::Pool& database_;
    Journal& journal_;
    const base::Clock& clock_;
};

}  // namespace jobs
