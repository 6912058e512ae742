#include "backup_commands.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

#include <fmt/format.h>

#include "app.hpp"
#include "backup/backup_job.hpp"
#include "backup/locate.hpp"
#include "base/log.hpp"
#include "command_stores.hpp"
#include "embedded.hpp"
#include "storage/local_store.hpp"

namespace app {
namespace {

using Outcome = std::expected<void, std::string>;

constexpr int kFailed = 1;
constexpr int kWrongArguments = 2;

int report(const std::string& reason) {
    fmt::print(stderr, "xbookmarker: {}\n", reason);
    return kFailed;
}

void say(const std::string& sentence) {
    fmt::print(stderr, "{}\n", sentence);
}

base::Task<Outcome> record(postgres::Pool& pool, boost::asio::thread_pool& threads, storage::Store& store,
                           const backup::Options& options, backup::Backup made, base::Time now) {
    const auto recorded = co_await backup::record_backup(pool, std::move(made));
    if (!recorded) co_return std::unexpected(std::string(recorded.error().text));
    co_await backup::remove_expired(pool, threads, store, options.retention, now);
    co_return Outcome();
}

/// Writes the backup into the history, and removes what was kept long enough.
Outcome keep_books(const Config& config, const Stores& stores, storage::Store& store,
                   const backup::Backup& made, const base::Clock& clock) {
    boost::asio::io_context io(1);
    boost::asio::thread_pool threads(1);
    postgres::Pool pool(io, {.connection = connection_options(config, stores), .min = 1, .max = 1}, clock);
    Outcome outcome = std::unexpected("interrupted");
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, record(pool, threads, store, config.backup, made, clock.now()),
                          [&](const std::exception_ptr& error, Outcome done) {
                              thrown = error;
                              outcome = std::move(done);
                              pool.stop();
                          });
    io.run();
    threads.join();
    if (thrown) std::rethrow_exception(thrown);
    return outcome;
}

/// What a person sees of a backup that was made.
int show(const backup::Backup& made) {
    fmt::print("{}\t{}\t{} bytes\n", made.id, backup::to_string(made.status), made.size_bytes());
    for (const backup::File& file : made.files)
        fmt::print("{}\t{} bytes\tsha256 {}\n", file.key, file.size_bytes, file.sha256);
    for (const std::string& error : made.errors)
        fmt::print(stderr, "{}\n", error);
    return made.status == backup::Status::success ? 0 : kFailed;
}

/// Where a backup lies that was named by an id or by a file.
struct Source {
    std::unique_ptr<storage::Store> own;  ///< of a file
    storage::Store* store = nullptr;
    backup::Found found;
};

std::expected<Source, std::string> find_source(const std::string& which, storage::Store& store) {
    const bool is_file = which.contains('/') || access(which.c_str(), F_OK) == 0;
    if (!is_file) {
        auto found = backup::find_backup(store, which);
        if (!found) return std::unexpected(found.error());
        return Source{.store = &store, .found = *std::move(found)};
    }
    auto located = backup::locate(which);
    if (!located) return std::unexpected(located.error());
    Source source{.own = std::move(located->store), .found = std::move(located->found)};
    source.store = source.own.get();
    return source;
}

bool is_confirmed(const backup::Backup& found) {
    if (isatty(STDIN_FILENO) == 0) {
        say("xbookmarker: restoring replaces the database; say --yes");
        return false;
    }
    fmt::print(stderr, "Replace the database by {} of {}? Type yes: ", found.id,
               base::to_iso(found.started_at));
    std::string line;
    return std::getline(std::cin, line) && line == "yes";
}

}  // namespace

int run_backup(const Config& config, const BackupArguments& arguments) {
    if (!backup::parse_kind(arguments.kind)) {
        say("xbookmarker: --type is daily, weekly or monthly");
        return kWrongArguments;
    }
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return report(stores.error());
    const auto files = make_store(config, clock);
    std::unique_ptr<storage::Store> elsewhere;
    if (!arguments.directory.empty()) elsewhere = std::make_unique<storage::LocalStore>(arguments.directory);
    const backup::Environment environment = backup_environment(config, **stores, *files, clock);
    const backup::Request request{.kind = arguments.kind,
                                  .started_at = std::chrono::floor<std::chrono::milliseconds>(clock.now()),
                                  .targets = config.backup.targets,
                                  .target = elsewhere ? *elsewhere : *files};
    const auto made = backup::make_backup(environment, request, [](const backup::Progress&) { return true; });
    if (!made) return report("another backup is being made at the moment");
    if (!elsewhere)
        if (const auto kept = keep_books(config, **stores, *files, *made, clock); !kept)
            say("the backup could not be written into the history: " + kept.error());
    return show(*made);
}

int run_verify_backup(const Config& config, const std::string& which) {
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return report(stores.error());
    const auto files = make_store(config, clock);
    const auto source = find_source(which, *files);
    if (!source) return report(source.error());
    const backup::Environment environment = backup_environment(config, **stores, *files, clock);
    const auto verified = backup::verify({.environment = environment,
                                          .source = *source->store,
                                          .found = source->found,
                                          .tell = say,
                                          .stopped = {}});
    if (!verified) return report(verified.error());
    fmt::print("{}: the backup is good\n", source->found.backup.id);
    return 0;
}

int run_restore(const Config& config, const RestoreArguments& arguments) {
    base::log::set_level(std::max(config.log_level, base::log::Level::warn));
    const base::SystemClock clock;
    const auto files = make_store(config, clock);
    const auto source = find_source(arguments.which, *files);
    if (!source) return report(source.error());
    if (!arguments.is_sure && !is_confirmed(source->found.backup)) return kFailed;
    const auto stores = Stores::open(config, Use::command, clock);
    if (!stores) return report(stores.error());
    if (const auto holder = (*stores)->data_dir().in_use_by())
        return report(fmt::format("a server runs on {} (process {}): stop it first",
                                  (*stores)->data_dir().path().string(), *holder));
    // What the database holds may be the reason for restoring it: no migration touches it.
    if (const auto started = (*stores)->start_services(); !started) return report(started.error());
    const backup::Environment environment = backup_environment(config, **stores, *files, clock);
    const auto restored = backup::restore({.environment = environment,
                                           .source = *source->store,
                                           .found = source->found,
                                           .is_own = source->own == nullptr,
                                           .tell = say,
                                           .stopped = {}},
                                          embedded_migrations());
    if (!restored) return report(restored.error());
    fmt::print("{} is restored\n", source->found.backup.id);
    return 0;
}

}  // namespace app
