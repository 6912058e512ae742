// `xbookmarker serve` and `xbookmarker worker`: owns stores, workers, the thread of jobs and the thread pool,
// from the first line to the last.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/analyzer.hpp"
#include "backup/backup_run.hpp"
#include "cache/announcements.hpp"
#include "config.hpp"
#include "job_thread.hpp"
#include "stop_signal.hpp"
#include "stores.hpp"
#include "systemd.hpp"
#include "worker.hpp"

namespace app {

/// What a process does: `serve`, `serve --no-jobs`, `worker`.
struct Duties {
    bool serves = true;
    bool runs_jobs = true;
};

class App {
public:
    /// `systemd` is told when it is ready and when it stops. All of them outlive it.
    App(const Config& config, Duties duties, StopSignal& signals, const Systemd& systemd,
        const base::Clock& clock);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Starts, serves until the signal, drains, stops. Returns when nothing of it is left. The error is a
    /// sentence for the operator; an end by signal is none, however early it came.
    [[nodiscard]] std::expected<void, std::string> run();

private:
    std::expected<void, std::string> start_stores();
    std::expected<void, std::string> start_workers();
    std::expected<void, std::string> start_jobs();
    std::expected<void, std::string> find_place();
    [[nodiscard]] WorkerOptions worker_options(std::size_t number, std::uint16_t port) const;
    /// No more than POOL_MAX has connections for.
    [[nodiscard]] std::size_t worker_count() const;
    void announce();
    [[nodiscard]] std::vector<boost::asio::io_context*> loops() const;
    void stop_serving();
    void drain();

    const Config& config_;
    Duties duties_;
    StopSignal& signals_;
    const Systemd& systemd_;
    const base::Clock& clock_;
    base::SteadyTime started_;
    std::atomic<bool> draining_{false};
    std::unique_ptr<Stores> stores_;
    std::string jwt_secret_;
    std::unique_ptr<x::Vault> vault_;
    std::unique_ptr<storage::Store> store_;
    std::unique_ptr<storage::SignedLinks> links_;
    std::optional<backup::Environment> backup_;
    std::unique_ptr<Page> page_;
    http::Router router_;
    std::unique_ptr<observe::Hub> hub_;
    http::Cors cors_;
    const analyzer::Catalogue queries_;
    std::size_t files_max_ = 0;
    boost::asio::thread_pool cpu_;
    boost::asio::thread_pool disk_;  ///< after what its work uses, before the workers that wait for it
    std::unique_ptr<cache::Shared> cache_;
    cache::Watches job_watches_;
    std::string place_;  ///< tells this storage from those of other machines
    http::StreamCounts streams_;
    std::unique_ptr<RateLimits> rate_limits_;
    std::unique_ptr<cache::Listener> listener_;
    resident::Residents residents_;
    fetch::Breakers breakers_;
    std::unique_ptr<Shared> shared_;
    std::unique_ptr<JobThread> jobs_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

/// Where instances on the same Redis tell each other of new library versions.
[[nodiscard]] std::string announcements_channel(const Config& config);
/// Where files of users are kept, as the configuration says.
[[nodiscard]] std::unique_ptr<storage::Store> make_store(const Config& config, const base::Clock& clock);
/// With the superuser of the private server, who can imagine indexes.
[[nodiscard]] analyzer::Options analyzer_options(const Config& config, const Stores& stores);
/// What backups are made of, for the stores and the storage of files.
[[nodiscard]] backup::Environment backup_environment(const Config& config, const Stores& stores,
                                                     storage::Store& files, const base::Clock& clock);
/// The version of the program, such as `0.1.0`.
[[nodiscard]] std::string_view version();

}  // namespace app
