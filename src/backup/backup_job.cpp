#include "backup/backup_job.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "backup/backups_sql.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "jobs/jobs.hpp"
#include "transfer/blocking.hpp"

namespace backup {
namespace {

namespace asio = base::asio;
namespace log = base::log;
using namespace std::chrono_literals;
using base::Result;
using base::Task;
using postgres::Params;

constexpr int kTries = 3;
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::chrono::milliseconds kReportEvery{250};
constexpr guard::CircuitBreakerOptions kBreaker{.failures = 5, .successes = 1, .open_time = 60s};

jobs::Progress progress_of(const Progress& now) {
    return {.current = now.bytes, .total = 0, .percentage = now.percentage, .step = now.step};
}

std::string result_json(const Backup& backup) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object();
    write_result(json, backup);
    json.end_object();
    return out;
}

/// What the webhook is told.
std::string notice_of(const Backup& backup) {
    std::string out;
    base::JsonWriter json(out);
    const std::string why = backup.errors.empty() ? "" : ": " + backup.errors.front();
    json.begin_object().member("text", fmt::format("X Bookmarker: backup {} ended with {}{}", backup.id,
                                                   to_string(backup.status), why));
    json.key("backup").begin_object();
    write_result(json, backup);
    json.end_object().end_object();
    return out;
}

}  // namespace

BackupHandler::BackupHandler(asio::io_context& io, postgres::Pool& database, asio::thread_pool& threads,
                             const Environment& environment, const Options& options, const base::Clock& clock)
    : io_(io),
      database_(database),
      threads_(threads),
      environment_(environment),
      options_(options),
      clock_(clock),
      breakers_(kBreaker),
      http_(io, {.user_agent = "X-Bookmarker/" + environment.version, .addresses = options.addresses},
            breakers_, clock) {}

Task<Result<void>> record_backup(postgres::Pool& database, Backup backup) {
    const auto rows =
        co_await database.run(sql::kInsert, std::move(Params().jsonb(write_row(backup, std::nullopt))));
    if (!rows) co_return std::unexpected(rows.error());
    co_return Result<void>{};
}

Task<Result<void>> BackupHandler::record(Backup backup, base::Uuid job) {
    const auto rows = co_await database_.run(sql::kInsert, std::move(Params().jsonb(write_row(backup, job))));
    if (!rows) co_return std::unexpected(rows.error());
    const bool failed = backup.status != Status::success;
    log::write(failed ? log::Level::warn : log::Level::info, "backup ended",
               {{"backup", backup.id}, {"status", to_string(backup.status)}, {"bytes", backup.size_bytes()}});
    if (failed ? options_.tells_failure : options_.tells_success)
        asio::co_spawn(io_, tell(std::move(backup)), asio::detached);
    co_return Result<void>{};
}

Task<void> BackupHandler::tell(Backup backup) {
    if (options_.webhook.empty()) co_return;
    for (int attempt = 1; attempt <= kTries; ++attempt) {
        fetch::Request request{.method = "POST",
                               .url = options_.webhook,
                               .headers = {{"Content-Type", "application/json"}},
                               .body = notice_of(backup),
                               .timeout = 10s};
        const auto answer = co_await http_.send(std::move(request));
        if (answer && answer->status >= 200 && answer->status < 300) co_return;
        asio::steady_timer pause(io_, kTryAgain * attempt);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    log::warn("the webhook was not told of a backup", {{"backup", backup.id}});
}

// SAFETY: everything that the thread refers to lives in this frame, which waits for it.
Task<jobs::Outcome> BackupHandler::run(jobs::Run& run) {
    const jobs::Claim& job = run.job();
    const JobOptions asked = read_job_options(job.options);
    // Of the first attempt, so that one that goes on after a crash writes over its own files.
    const Request request{.kind = std::string(to_string(asked.kind)),
                          .started_at = std::chrono::floor<std::chrono::milliseconds>(job.started_at),
                          .targets = asked.targets,
                          .target = environment_.files};
    const transfer::Loop loop{.io = io_, .stopping = [&run] { return run.stop() != jobs::Stop::none; }};
    jobs::Progress last;
    std::optional<base::SteadyTime> told;
    const auto tell_progress = [&](const Progress& now) {
        const bool is_new_step = last.step != now.step;
        last = progress_of(now);
        const base::SteadyTime time = clock_.steady();
        if (is_new_step || !told || time - *told >= kReportEvery) {
            told = time;
            static_cast<void>(loop.run(run.report(last)));
        }
        return run.stop() == jobs::Stop::none;
    };
    auto backup =
        co_await base::offload(threads_, [&] { return make_backup(environment_, request, tell_progress); });
    if (!backup && backup.error() == Refusal::stopped) co_return jobs::Stopped{};
    if (!backup) co_return jobs::Failed{.fault = {"BACKUP_RUNNING", "Another backup was being made."}};
    run.fault_point("backup.made");
    if (const auto recorded = co_await record(*backup, job.id.uuid); !recorded)
        co_return jobs::Failed{
            .fault = {"BACKUP_ERROR", "The backup could not be written into the history."}};
    if (backup->status == Status::failure)
        co_return jobs::Failed{.fault = {"BACKUP_ERROR", backup->errors.front() + "."}};
    co_await remove_expired();
    last.percentage = 100;
    last.step = "completed";
    co_return jobs::Completed{.result = result_json(*backup), .progress = std::move(last)};
}

Task<void> BackupHandler::clean_up(base::UserId user, base::JobId id) {
    const auto recorded = co_await database_.run(sql::kSelectOfJob, std::move(Params().uuid(id.uuid)));
    if (!recorded || !recorded->empty()) co_return;
    const auto rows =
        co_await database_.run(sql::kSelectJob, std::move(Params().uuid(user.uuid).uuid(id.uuid)));
    if (!rows || rows->empty() || !(*rows)[0].maybe_time(1)) co_return;
    const postgres::Row row = (*rows)[0];
    Backup lost{.kind = read_job_options(row.json(2)).kind,
                .started_at = std::chrono::floor<std::chrono::milliseconds>(row.time(1))};
    lost.id = make_id(to_string(lost.kind), lost.started_at);
    lost.version = environment_.version;
    const std::string lost_id = lost.id;
    static_cast<void>(co_await base::offload(threads_, [this, lost_id]() -> Outcome {
        const auto keys = find_files(environment_.files, lost_id);
        return keys ? remove_files(environment_.files, *keys) : Outcome();
    }));
    if (row.text(0) != "failed") co_return;
    lost.errors.emplace_back(row.maybe_text(3).value_or("The backup failed"));
    lost.duration = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - lost.started_at);
    static_cast<void>(co_await record(std::move(lost), id.uuid));
}

Task<bool> BackupHandler::enqueue(Kind kind, base::Time heeded_at) {
    const auto running = co_await database_.run(sql::kSelectRunning, {});
    // It stays due: the next look asks again.
    if (!running || !running->empty()) co_return false;
    const auto who = co_await database_.run(sql::kSelectOperator, {});
    if (!who || who->empty()) co_return false;
    postgres::Commands commands;
    jobs::Jobs::enqueue({.user = {(*who)[0].uuid(0)},
                         .id = {base::make_uuid(heeded_at)},
                         .type = jobs::Type::backup,
                         .options = write_job_options(kind, options_.targets),
                         .priority = jobs::Priority::scheduled,
                         .max_attempts = 1,
                         .now = heeded_at},
                        commands);
    commands.push_back({sql::kSetHeeded, std::move(Params().text(to_string(kind)).time(heeded_at)), {}});
    const auto done = co_await database_.run(std::move(commands));
    co_return done.has_value();
}

Task<void> BackupHandler::enqueue_due() {
    const auto rows = co_await database_.run(sql::kSelectSchedule, {});
    if (!rows || !options_.zone) co_return;
    const base::Time now = clock_.now();
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const postgres::Row row = (*rows)[i];
        const auto kind = parse_kind(row.text(0));
        const auto& cron = options_.crons.at(static_cast<std::size_t>(kind.value_or(Kind::daily)));
        if (!kind || !cron) continue;
        const bool is_enabled = row.is_null(1) ? options_.is_scheduled : row.boolean(1);
        const auto heeded_at = row.maybe_time(2);
        const Due due = look_at(*cron, *options_.zone, is_enabled, heeded_at, now);
        if (due.runs) {
            if (co_await enqueue(*kind, now)) log::info("a backup is due", {{"type", to_string(*kind)}});
        } else if (due.heeded_at != heeded_at) {
            static_cast<void>(co_await database_.run(
                sql::kSetHeeded, std::move(Params().text(to_string(*kind)).time(due.heeded_at))));
        }
    }
}

Task<void> BackupHandler::remove_expired() {
    return backup::remove_expired(database_, threads_, environment_.files, options_.retention, clock_.now());
}

Task<void> remove_expired(postgres::Pool& database, asio::thread_pool& threads, storage::Store& store,
                          std::array<std::int64_t, kKinds> retention, base::Time now) {
    const auto rows = co_await database.run(sql::kSelectKept, {});
    if (!rows) co_return;
    std::vector<Kept> kept;
    for (std::size_t i = 0; i < rows->size(); ++i)
        kept.push_back(sql::read_kept((*rows)[i]));
    const auto removed =
        co_await base::offload(threads, [&store, expired = choose_expired(kept, retention, now)] {
            std::vector<std::string> ids;
            for (const Kept& one : expired)
                if (remove_files(store, one.files)) ids.push_back(one.id);
            return ids;
        });
    if (removed.empty()) co_return;
    const auto done =
        co_await database.run(sql::kSetRemoved, std::move(Params().text_array(removed).time(now)));
    if (done) log::info("old backups removed", {{"backups", static_cast<std::int64_t>(removed.size())}});
}

}  // namespace backup
