// Exports as jobs: a job says what is wanted, and any process that can reach the storage writes the file.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "jobs/handler.hpp"
#include "jobs/jobs.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"
#include "storage/signed_links.hpp"
#include "storage/store.hpp"
#include "transfer/export_options.hpp"

namespace transfer {

/// What one worker does for exports: it asks for jobs and shows what became of them.
class Exports {
public:
    static constexpr int kAttemptsMax = 3;

    Exports(postgres::Pool& database, jobs::Jobs& jobs, const storage::SignedLinks& links,
            const base::Clock& clock)
        : database_(database), jobs_(jobs), links_(links), clock_(clock) {}

    base::Task<base::Result<base::JobId>> start(base::UserId user, ExportOptions options,
                                                postgres::Also<base::JobId> also = {});
    /// The result of a finished export with a link that was signed just now.
    [[nodiscard]] std::string show_result(const jobs::Job& job) const;
    [[nodiscard]] jobs::Jobs& jobs() { return jobs_; }

private:
    postgres::Pool& database_;
    jobs::Jobs& jobs_;
    const storage::SignedLinks& links_;
    const base::Clock& clock_;
};

/// What the process that runs jobs does for exports.
class ExportHandler final : public jobs::Handler {
public:
    /// `io` runs `database`; files are written on `threads`, of which each export takes one.
    ExportHandler(base::asio::io_context& io, postgres::Pool& database, base::asio::thread_pool& threads,
                  storage::Store& store, const base::Clock& clock)
        : io_(io), database_(database), threads_(threads), store_(store), clock_(clock) {}

    base::Task<jobs::Outcome> run(jobs::Run& run) override;
    /// Removes the file of an export that was cancelled or failed when it had been written.
    base::Task<void> clean_up(base::UserId user, base::JobId id) override;
    base::Task<void> forget(const jobs::Claim& job) override;
    /// Removes files below `exports/` that are older than that. For the schedule.
    base::Task<void> remove_old(std::chrono::seconds retention);

private:
    base::asio::io_context& io_;
    postgres::Pool& database_;
    base::asio::thread_pool& threads_;
    storage::Store& store_;
    const base::Clock& clock_;
};

}  // namespace transfer
