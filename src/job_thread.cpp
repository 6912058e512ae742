#include "job_thread.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "base/log.hpp"

namespace app {
namespace {

namespace asio = boost::asio;

/// What ended jobs still have to say to the stores.
constexpr std::chrono::milliseconds kStopPatience{500};
constexpr std::chrono::milliseconds kBeat{1000};
constexpr std::chrono::milliseconds kDueEvery = std::chrono::minutes{1};
constexpr std::chrono::milliseconds kBackupDueEvery = std::chrono::seconds{10};
constexpr std::chrono::milliseconds kRemoveEvery = std::chrono::hours{1};
constexpr std::chrono::milliseconds kPolicyEvery = std::chrono::hours{1};

std::size_t threads_for(const jobs::RunnerOptions& options) {
    std::size_t all = 0;
    for (const std::size_t one : options.concurrency)
        all += one;
    return std::max<std::size_t>(all, 1);
}

}  // namespace

JobThread::JobThread(JobThreadOptions options, cache::Shared& cache, cache::Watches& watches,
                     const x::Vault& vault, fetch::Breakers& breakers, storage::Store& store,
                     observe::Hub& hub, const base::Clock& clock)
    : work_(asio::make_work_guard(io_)),
      place_(options.runner.place),
      runs_(options.runs),
      sweeps_(options.runs && options.owns_data_dir),
      connection_(options.database.connection),
      database_(io_, std::move(options.database), clock),
      cache_(io_, std::move(options.cache)),
      announcer_(cache.versions, cache_, std::move(options.announcements), clock),
      journal_(cache_, std::move(options.redis_prefix), watches),
      files_(threads_for(options.runner)),
      imports_(io_, database_, announcer_, files_, store, clock, std::move(options.storage), &hub.counters()),
      exports_(io_, database_, files_, store, clock),
      export_retention_(options.export_retention),
      x_(io_, database_, vault, breakers, std::move(options.x), clock),
      syncs_(database_, announcer_, x_, clock, options.sync),
      backups_(io_, database_, files_, options.backup, options.backup_options, clock),
      runner_(io_, database_, connection_, journal_, clock,
              runner_options(std::move(options.runner), options.runs)),
      loop_(hub.make_loop("jobs")),
      beat_timer_(io_),
      clock_(clock) {}

JobThread::~JobThread() {
    stop(std::chrono::milliseconds{0});
}

jobs::RunnerOptions JobThread::runner_options(jobs::RunnerOptions options, bool runs) {
    if (runs) options.handlers[static_cast<std::size_t>(jobs::Type::importing)] = &imports_;
    if (runs) options.handlers[static_cast<std::size_t>(jobs::Type::exporting)] = &exports_;
    if (runs) options.handlers[static_cast<std::size_t>(jobs::Type::sync)] = &syncs_;
    if (runs) options.handlers[static_cast<std::size_t>(jobs::Type::backup)] = &backups_;
    return options;
}

std::expected<void, std::string> JobThread::start() {
    thread_ = std::thread([this] {
        cache_.start();
        io_.run();
        io_.restart();
        io_.run_for(kStopPatience);
    });
    if (sweeps_) {
        const auto swept = asio::co_spawn(io_, imports_.remove_leftovers(place_), asio::use_future).get();
        if (!swept) return std::unexpected("jobs cannot be taken up: " + std::string(swept.error().text));
    }
    asio::post(io_, [this] {
        if (runs_) {
            runner_.schedule().add("sync.enqueue_due", kDueEvery, [this] { return syncs_.enqueue_due(); });
            runner_.schedule().add("sync.apply_policy", kPolicyEvery,
                                   [this] { return syncs_.apply_policy(); });
            runner_.schedule().add("export.remove_old", kRemoveEvery,
                                   [this] { return exports_.remove_old(export_retention_); });
            runner_.schedule().add("backup.enqueue_due", kBackupDueEvery,
                                   [this] { return backups_.enqueue_due(); });
            runner_.schedule().add("backup.remove_expired", kRemoveEvery,
                                   [this] { return backups_.remove_expired(); });
        }
        runner_.start(sweeps_);
        asio::co_spawn(io_, beat(), asio::detached);
    });
    return {};
}

base::Task<void> JobThread::beat() {
    for (;;) {
        const base::SteadyTime due = clock_.steady() + kBeat;
        beat_timer_.expires_at(due);
        const auto [error] = co_await beat_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        loop_.turn(due, clock_.steady());
        postgres::publish(database_, loop_);
    }
}

void JobThread::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return;
    asio::co_spawn(io_, runner_.stop(patience), asio::use_future).get();
    // Handlers that did not hand over wait for the loop, which must therefore still run.
    files_.join();
    asio::post(io_, [this] {
        beat_timer_.cancel();
        x_.stop();
        backups_.stop();
        database_.stop();
        cache_.stop();
        work_.reset();
        io_.stop();
    });
    thread_.join();
}

}  // namespace app
