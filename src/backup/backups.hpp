// Backups as the routes of one worker see them: asked for, looked up, scheduled. What makes them is
// `BackupHandler`.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <vector>

#include "backup/backup_run.hpp"
#include "base/task.hpp"
#include "jobs/jobs.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace backup {

struct Page {
    std::vector<Backup> backups;  ///< newest first
    std::int64_t total = 0;
    std::int64_t offset = 0;  ///< backups in front of these
    bool has_more = false;
};

struct Stats {
    std::int64_t total = 0;
    std::int64_t successes = 0;
    double mean_seconds = 0;
    std::int64_t bytes = 0;                  ///< of those whose files are there
    std::optional<base::Time> last_success;  ///< when it began
    /// Per cent; 0 when there is none.
    [[nodiscard]] double success_rate() const {
        return total == 0 ? 0.0 : 100.0 * static_cast<double>(successes) / static_cast<double>(total);
    }
};

class Backups {
public:
    /// `threads`: for work that blocks, which ends when `stopping` says so. All must outlive it.
    Backups(postgres::Pool& database, base::asio::thread_pool& threads, const Environment& environment,
            const Options& options, const std::atomic<bool>& stopping, const base::Clock& clock)
        : database_(database),
          threads_(threads),
          environment_(environment),
          options_(options),
          stopping_(stopping),
          clock_(clock) {}

    /// Asks for a backup. Error: backup_running, with its `jobId`.
    base::Task<base::Result<base::JobId>> start(base::UserId user, Kind kind, Targets targets,
                                                postgres::Also<base::JobId> also = {});
    /// Behind the backup `after`. Error: invalid_cursor when there is no such backup.
    base::Task<base::Result<Page>> list(std::int64_t limit, std::optional<std::string> after);
    /// Nothing: there is none of that id.
    base::Task<base::Result<std::optional<Backup>>> find(std::string id);
    base::Task<base::Result<Stats>> stats();
    /// Whether backups are made by the schedule.
    base::Task<base::Result<bool>> is_scheduled();
    /// Outlives restarts of the server.
    base::Task<base::Result<void>> set_scheduled(bool enabled);
    /// Backs the database up, reads all of it back, and removes it. What failed is among its errors. Error:
    /// backup_running, service_unavailable (the server is stopping).
    base::Task<base::Result<Backup>> test();

    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] const base::Clock& clock() const { return clock_; }

private:
    base::Task<base::Result<void>> expect_none();

    postgres::Pool& database_;
    base::asio::thread_pool& threads_;
    const Environment& environment_;
    const Options& options_;
    const std::atomic<bool>& stopping_;
    const base::Clock& clock_;
};

}  // namespace backup
