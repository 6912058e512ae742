// The thread of a process that runs jobs: an io_context with its own connections, the handlers of the
// features, and the runner. Also without handlers it listens to what other processes tell of jobs. App starts
// and stops it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <expected>
#include <filesystem>
#include <string>
#include <thread>

#include "backup/backup_job.hpp"
#include "cache/announcements.hpp"
#include "cache/answers.hpp"
#include "jobs/runner.hpp"
#include "observe/hub.hpp"
#include "postgres/pool.hpp"
#include "redis/connection.hpp"
#include "syncing/sync_job.hpp"
#include "transfer/export_job.hpp"
#include "transfer/import_job.hpp"

namespace app {

struct JobThreadOptions {
    postgres::PoolOptions database;
    redis::ConnectionOptions cache;
    std::string announcements;  ///< channel
    std::string redis_prefix;
    std::filesystem::path storage;
    bool runs = true;           ///< false: jobs are left to other processes
    bool owns_data_dir = true;  ///< nobody else stores uploads there
    x::AccessOptions x;
    syncing::Options sync;
    std::chrono::seconds export_retention{};
    const backup::Environment& backup;
    const backup::Options& backup_options;
    jobs::RunnerOptions runner;  ///< without handlers
};

class JobThread {
public:
    /// `watches` are of jobs. Everything outlives it.
    JobThread(JobThreadOptions options, cache::Shared& cache, cache::Watches& watches, const x::Vault& vault,
              fetch::Breakers& breakers, storage::Store& store, observe::Hub& hub, const base::Clock& clock);
    /// As `stop` without patience.
    ~JobThread();
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;

    /// Starts; jobs run from now on. The error is a sentence for the operator: the database does not answer.
    [[nodiscard]] std::expected<void, std::string> start();
    /// Asks running jobs to hand over, waits for them as long as that, and ends.
    void stop(std::chrono::milliseconds patience);
    [[nodiscard]] boost::asio::io_context& loop() { return io_; }

private:
    base::Task<void> beat();
    [[nodiscard]] jobs::RunnerOptions runner_options(jobs::RunnerOptions options, bool runs);

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::string place_;
    bool runs_;
    bool sweeps_;  ///< the only process with this place
    postgres::ConnectionOptions connection_;
    postgres::Pool database_;
    redis::Connection cache_;
    cache::Announcer announcer_;
    jobs::Journal journal_;
    boost::asio::thread_pool files_;  ///< where handlers read and write files
    transfer::ImportHandler imports_;
    transfer::ExportHandler exports_;
    std::chrono::seconds export_retention_;
    x::Access x_;
    syncing::SyncHandler syncs_;
    backup::BackupHandler backups_;
    jobs::Runner runner_;
    observe::LoopState& loop_;
    boost::asio::steady_timer beat_timer_;
    const base::Clock& clock_;
    std::thread thread_;
};

}  // namespace app
