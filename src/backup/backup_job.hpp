// What the process that runs jobs does for backups: makes them, by the schedule too, removes old ones, and
// tells the webhook.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <map>
#include <string>

#include "backup/backup_run.hpp"
#include "base/task.hpp"
#include "fetch/client.hpp"
#include "jobs/handler.hpp"
#include "postgres/pool.hpp"

namespace backup {

/// For the thread that runs `io` only.
class BackupHandler final : public jobs::Handler {
public:
    /// `io` runs `database`; a backup takes one of `threads`. All must outlive it.
    BackupHandler(base::asio::io_context& io, postgres::Pool& database, base::asio::thread_pool& threads,
                  const Environment& environment, const Options& options, const base::Clock& clock);

    base::Task<jobs::Outcome> run(jobs::Run& run) override;
    /// Of a backup that was lost with its process or cancelled: removes its files; the first is a failure in
    /// the history.
    base::Task<void> clean_up(base::UserId user, base::JobId id) override;
    /// Asks for the backups whose time has come. For the schedule.
    base::Task<void> enqueue_due();
    /// Removes the files of backups that were kept long enough. For the schedule.
    base::Task<void> remove_expired();
    /// Ends requests to the webhook that are on their way.
    void stop() { http_.stop(); }

private:
    base::Task<base::Result<void>> record(Backup backup, base::Uuid job);
    base::Task<void> tell(Backup backup);
    base::Task<bool> enqueue(Kind kind, base::Time heeded_at);

    base::asio::io_context& io_;
    postgres::Pool& database_;
    base::asio::thread_pool& threads_;
    const Environment& environment_;
    const Options& options_;
    const base::Clock& clock_;
    fetch::Breakers breakers_;
    fetch::Client http_;
};

/// Writes a backup that a command made into the history.
[[nodiscard]] base::Task<base::Result<void>> record_backup(postgres::Pool& database, Backup backup);
/// Removes the files of backups that were kept long enough, and says so in the history.
[[nodiscard]] base::Task<void> remove_expired(postgres::Pool& database, base::asio::thread_pool& threads,
                                              storage::Store& store,
                                              std::array<std::int64_t, kKinds> retention, base::Time now);

}  // namespace backup
