// One server thread: an io_context with its connections to clients, PostgreSQL and Redis, and the features
// that use them. App starts and stops it.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "account_removal.hpp"
#include "accounts/accounts.hpp"
#include "admission.hpp"
#include "backup/backups.hpp"
#include "bookmarks/bookmarks.hpp"
#include "bookmarks/tags.hpp"
#include "cache/answers.hpp"
#include "categories/categories.hpp"
#include "changes/changes_routes.hpp"
#include "files/files.hpp"
#include "gate.hpp"
#include "health.hpp"
#include "http/cors.hpp"
#include "http/server.hpp"
#include "idempotency/keys.hpp"
#include "jobs/events.hpp"
#include "jobs/jobs.hpp"
#include "observe/hub.hpp"
#include "page.hpp"
#include "performance/monitor.hpp"
#include "performance/performance.hpp"
#include "postgres/pool.hpp"
#include "rate_limit_exchange.hpp"
#include "rate_limits.hpp"
#include "redis/connection.hpp"
#include "resident/lists.hpp"
#include "search/history.hpp"
#include "search/saved_searches.hpp"
#include "stats/stats.hpp"
#include "suggest/suggest.hpp"
#include "syncing/syncs.hpp"
#include "transfer/export_job.hpp"
#include "transfer/import_job.hpp"
#include "x/x_routes.hpp"

namespace http {

/// What handlers may use.
struct Services {
    cache::Answers& answers;
    app::Health& health;
    accounts::Accounts& accounts;
    app::AccountRemoval& account_removal;
    categories::Categories& categories;
    bookmarks::Bookmarks& bookmarks;
    bookmarks::Tags& tags;
    search::History& history;
    search::SavedSearches& saved_searches;
    suggest::Suggest& suggest;
    stats::Stats& stats;
    jobs::Jobs& jobs;
    jobs::Live live_jobs;
    transfer::Imports& imports;
    transfer::Exports& exports;
    files::Files& files;
    cache::Announcer& announcer;
    changes::Feed& changes;
    changes::routes::Live live;
    const app::Admission& admission;
    app::RateLimits& rate_limits;
    x::routes::Door& x;
    syncing::Syncs& syncs;
    performance::Performance& performance;
    backup::Backups& backups;
};

}  // namespace http

namespace app {

/// What all workers share. Outlives them.
struct Shared {
    const base::Clock& clock;
    const http::Router& router;
    const http::Cors& cors;
    const Page& page;
    boost::asio::thread_pool& cpu;
    boost::asio::thread_pool& disk;  ///< for calls of the storage
    const std::atomic<bool>& draining;
    cache::Shared& cache;
    cache::Watches& job_watches;
    http::StreamCounts& streams;
    RateLimits& rate_limits;
    resident::Residents& residents;
    std::shared_ptr<http::Server::Peers> servers;
    const x::Vault& vault;
    fetch::Breakers& breakers;  ///< of hosts that are asked
    storage::Store& store;
    const storage::SignedLinks& links;
    observe::Hub& hub;
    const backup::Environment& backup;
    const backup::Options& backup_options;
};

struct WorkerOptions {
    http::ServerOptions server;
    postgres::PoolOptions database;
    redis::ConnectionOptions cache;
    cache::AnswersOptions answers;
    std::string announcements;  ///< channel
    accounts::Options accounts;
    AdmissionOptions admission;
    Identity identity;
    std::filesystem::path storage;
    std::string place;                    ///< of the storage, for jobs
    std::int64_t search_history_max = 0;  ///< entries of each user
    std::int64_t changes_retention_days = 90;
    bool sweeps = false;  ///< removes what is too old to be kept; one worker of a process does
    std::string redis_prefix;
    bool overload_limit = true;
    x::AccessOptions x;
    x::SignInOptions x_sign_in;
    syncing::Options sync;
    std::string public_url;
    std::string frontend_url;
    performance::MonitorOptions monitor;
    std::size_t number = 0;  ///< of the worker, from 0
};

class Worker final : private http::Application {
public:
    Worker(const Shared& shared, WorkerOptions options);
    /// As `stop`.
    ~Worker() override;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Starts the thread; clients are let in by `listen`.
    void start();
    /// Takes the port. The error is a sentence for the operator.
    [[nodiscard]] std::expected<void, std::string> listen();
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    /// Stops accepting; what is in progress goes on.
    void drain() { server_.drain(); }
    [[nodiscard]] boost::asio::io_context& loop() { return io_; }
    [[nodiscard]] std::size_t connections() const { return server_.connections(); }
    /// Ends connections and thread. What still waits for a store gets an error and a moment to end.
    void stop();
    /// Whether no account exists yet; nothing when the database does not say. Blocks; not for the worker's
    /// thread.
    [[nodiscard]] std::optional<bool> is_first_run();

private:
    std::optional<http::Response> try_answer(http::Call& call) override;
    std::optional<http::Response> find_finished(http::Call& call);
    std::optional<http::Response> refuse(http::Call& call);
    base::Task<std::optional<http::Response>> admit(http::Call& call) override;
    base::Task<http::Response> handle(http::Call& call) override;
    base::Task<http::Response> make(http::Call& call);
    base::Task<http::Response> work(http::Call& call);
    [[nodiscard]] Gate* gate_of(const http::Route& route);
    void finished(const http::Call& call, const http::Sent& sent) override;
    void begin(http::Call& call);
    void observe(const http::Call& call, const http::Sent& sent, std::chrono::microseconds duration);
    void log_request(const http::Call& call, const http::Sent& sent,
                     std::chrono::microseconds duration) const;
    base::Task<void> beat();
    void publish_state();
    base::Task<void> explain_slow();
    base::Task<void> open_database();
    base::Task<void> sweep();
    void run();

    const Shared& shared_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    postgres::Pool database_;
    redis::Connection cache_;
    cache::Announcer announcer_;
    accounts::Accounts accounts_;
    categories::Categories categories_;
    resident::Lists lists_;
    bookmarks::Bookmarks bookmarks_;
    bookmarks::Tags tags_;
    search::History history_;
    search::SavedSearches saved_searches_;
    suggest::Suggest suggest_;
    stats::Stats stats_;
    idempotency::Keys keys_;
    cache::Answers answers_;
    jobs::Journal journal_;
    jobs::Jobs jobs_;
    transfer::Imports imports_;
    transfer::Exports exports_;
    files::Files files_;
    changes::Feed changes_;
    http::Streams streams_;
    x::Access x_;
    x::SignIn x_sign_in_;
    x::routes::Door x_door_;
    AccountRemoval account_removal_;
    syncing::Syncs syncs_;
    performance::Performance performance_;
    backup::Backups backups_;
    /// Of the one worker that watches over the process.
    std::optional<performance::Monitor> monitor_;
    Health health_;
    RateLimitExchange exchange_;
    /// None when OVERLOAD_LIMIT is off. Heavy work has a gate of its own, so that it cannot keep the rest
    /// out.
    std::optional<Gate> gate_;
    std::optional<Gate> heavy_gate_;
    Admission admission_;
    http::Services services_;
    std::unordered_map<std::string_view, const http::Route*> finished_routes_;  ///< by path
    http::Server server_;
    std::thread thread_;
    observe::Requests& requests_;
    observe::LoopState& loop_;
    boost::asio::steady_timer beat_timer_;
    const bool sweeps_;
    boost::asio::steady_timer sweep_timer_;
    bool stopping_ = false;  ///< the worker's thread only
};

}  // namespace app
