// Imports as jobs: an upload is stored, a row of `jobs` says so, and one of few threads works it off, also
// after a crash of the server.
//
//   queued -> running -> completed | failed      running -> queued when the server stops or has died
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "cache/announcements.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"
#include "transfer/blocking.hpp"
#include "transfer/import_options.hpp"
#include "transfer/import_storage.hpp"
#include "transfer/transfer_sql.hpp"

namespace transfer {

/// The threads that read import files: as many jobs run at a time. One for all workers of a process.
class ImportThreads {
public:
    static constexpr std::size_t kQueueMax = 100;

    /// `concurrency` at least 1 (JOB_IMPORT_CONCURRENCY).
    explicit ImportThreads(std::size_t concurrency) : threads_(concurrency) {}
    /// As `stop`.
    ~ImportThreads() { stop(); }
    ImportThreads(const ImportThreads&) = delete;
    ImportThreads& operator=(const ImportThreads&) = delete;

    /// False when too many jobs wait or the process ends; then `job` is not called.
    [[nodiscard]] bool submit(std::function<void()> job);
    /// Ends running jobs at their next batch and waits for them; they go on at the next start. To be called
    /// while the workers' loops still run, and not on one of them.
    void stop();
    [[nodiscard]] const std::atomic<bool>& stopping() const { return stopping_; }
    [[nodiscard]] bool is_full() const { return waiting_ >= kQueueMax; }

private:
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> waiting_ = 0;
    base::asio::thread_pool threads_;
};

/// A file that was uploaded, as it lies in the spooled body of a request.
struct Upload {
    std::filesystem::path file;
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
    std::string name;
};

struct ImportHistory {
    std::vector<sql::Job> jobs;
    std::int64_t total = 0;
    std::int64_t offset = 0;  ///< jobs in front of these
    bool has_more = false;
};

/// The import jobs as one worker sees them. Has to outlive the jobs that it started: stop the threads first.
class Imports {
public:
    static constexpr int kAttemptsMax = 3;  ///< starts that the server did not survive

    /// `io` runs `database` and `announcer`; `offload` is for short blocking work; `storage` is
    /// DATA_DIR/storage.
    Imports(base::asio::io_context& io, postgres::Pool& database, cache::Announcer& announcer,
            base::asio::thread_pool& offload, ImportThreads& threads, const base::Clock& clock,
            std::filesystem::path storage);

    /// Stores the upload and the job. Errors: service_unavailable (too many jobs, no space).
    base::Task<base::Result<base::Uuid>> start(base::UserId user, ImportOptions options, Upload upload,
                                               postgres::Also<base::Uuid> also = {});
    /// Nothing when the user has no such import.
    base::Task<base::Result<std::optional<sql::Job>>> find(base::UserId user, base::Uuid id);
    /// Newest first, behind the job `after`. Error: invalid_cursor when there is no such job.
    base::Task<base::Result<ImportHistory>> history(base::UserId user, std::int64_t limit,
                                                    std::optional<base::Uuid> after);
    /// To be called once per process, before requests come: jobs of this data directory that were cut off run
    /// again, those without an upload fail. Returns how many run.
    base::Task<base::Result<std::size_t>> resume();
    /// For blocking work of the routes.
    [[nodiscard]] base::asio::thread_pool& offload() { return offload_; }

private:
    bool submit(base::UserId user, base::Uuid job);
    base::Task<base::Result<void>> fail_job(base::UserId user, base::Uuid job, std::string code,
                                            std::string message);

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    base::asio::thread_pool& offload_;
    ImportThreads& threads_;
    const base::Clock& clock_;
    ImportStorage storage_;
    Loop loop_;
};

}  // namespace transfer
