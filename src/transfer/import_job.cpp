#include "transfer/import_job.hpp"

#include <mutex>
#include <utility>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "transfer/import_run.hpp"
#include "transfer/transfer_sql.hpp"

namespace transfer {
namespace {

namespace log = base::log;
using base::Errc;
using base::Result;
using base::Task;
using postgres::Params;

constexpr std::chrono::milliseconds kProgressInterval{250};

/// What the thread that reads and the loop that writes both look at.
class SharedProgress {
public:
    void set(const ImportProgress& now) {
        const std::lock_guard lock(mutex_);
        progress_.current = static_cast<std::int64_t>(now.bytes_done);
        progress_.total = static_cast<std::int64_t>(now.bytes_total);
        const std::uint64_t whole = std::max<std::uint64_t>(now.bytes_total, 1);
        progress_.percentage = static_cast<int>(std::min<std::uint64_t>(now.bytes_done * 100 / whole, 100));
        progress_.step = "importing";
        records_ = now.records;
    }
    [[nodiscard]] jobs::Progress get() const {
        const std::lock_guard lock(mutex_);
        return progress_;
    }
    /// What a checkpoint says. The rows of an import know their place in the file, so that it needs none of
    /// it to go on.
    [[nodiscard]] std::string checkpoint() const {
        const std::lock_guard lock(mutex_);
        return "{\"records\":" + std::to_string(records_) + "}";
    }

private:
    mutable std::mutex mutex_;
    jobs::Progress progress_;
    std::int64_t records_ = 0;
};

base::Error no_space() {
    return {Errc::service_unavailable, "The upload could not be stored", std::chrono::seconds{60}, {}};
}

jobs::Outcome outcome_of(const std::expected<ImportReport, ImportFailure>& report,
                         const jobs::Progress& progress) {
    if (!report) {
        if (report.error().interrupted) return jobs::Stopped{};
        return jobs::Failed{.fault = {report.error().code, report.error().message},
                            .retry = report.error().code == "SERVICE_UNAVAILABLE"};
    }
    jobs::Progress done = progress;
    done.current = done.total;
    done.percentage = 100;
    done.step = "completed";
    return jobs::Completed{.result = report->to_json(), .progress = std::move(done)};
}

}  // namespace

Imports::Imports(postgres::Pool& database, jobs::Jobs& jobs, base::asio::thread_pool& offload,
                 const base::Clock& clock, std::filesystem::path storage, std::string place)
    : database_(database),
      jobs_(jobs),
      offload_(offload),
      clock_(clock),
      storage_(storage),
      place_(std::move(place)) {}

Task<Result<base::Uuid>> Imports::start(base::UserId user, ImportOptions options, Upload upload,
                                        postgres::Also<base::Uuid> also) {
    const base::Time now = clock_.now();
    const base::Uuid job = base::make_uuid(now);
    // SAFETY: `upload` lives in this frame, which waits for the thread.
    const auto stored = co_await base::offload(offload_, [this, user, job, &upload] {
        return storage_.store(user, job, upload.file, upload.offset, upload.size_bytes);
    });
    const auto remove = [this, user, job] { storage_.remove(user, job); };
    if (!stored) {
        log::error("upload of an import could not be stored", {{"error", stored.error()}});
        co_await base::offload(offload_, [remove] { return remove(), true; });
        co_return std::unexpected(no_space());
    }
    postgres::Commands commands;
    jobs::Jobs::enqueue({.user = user,
                         .id = {job},
                         .type = jobs::Type::importing,
                         .options = write_job_options(options, upload.name),
                         .max_attempts = kAttemptsMax,
                         .place = place_,
                         .now = now},
                        commands);
    if (also) also(job, commands);
    if (auto inserted = co_await database_.run(std::move(commands)); !inserted) {
        // When the connection was lost the job may be there: it finds no upload then and says so.
        co_await base::offload(offload_, [remove] { return remove(), true; });
        co_return std::unexpected(inserted.error());
    }
    co_return job;
}

ImportHandler::ImportHandler(base::asio::io_context& io, postgres::Pool& database,
                             cache::Announcer& announcer, base::asio::thread_pool& threads,
                             const base::Clock& clock, std::filesystem::path storage)
    : io_(io),
      database_(database),
      announcer_(announcer),
      threads_(threads),
      clock_(clock),
      storage_(storage) {}

// SAFETY: everything that the thread refers to lives in this frame, which waits for it.
Task<jobs::Outcome> ImportHandler::run(jobs::Run& run) {
    const jobs::Claim& job = run.job();
    const std::filesystem::path file = storage_.upload(job.user, job.id.uuid);
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        co_return jobs::Failed{
            .fault = {"IMPORT_ERROR", "The uploaded file is gone; please upload it again."}};
    const ImportOptions options = read_job_options(job.options);
    const ImportTarget target{.user = job.user, .job = job.id, .started = job.created_at};
    SharedProgress shared;
    const Loop loop{.io = io_, .stopping = [&run] { return run.stop() != jobs::Stop::none; }};
    const ImportEnvironment environment{.loop = loop,
                                        .database = database_,
                                        .announcer = announcer_,
                                        .clock = clock_,
                                        .fence = [&run, &shared](postgres::Commands& commands) {
                                            run.checkpoint(commands, shared.checkpoint(), shared.get());
                                        }};
    std::optional<base::SteadyTime> told;
    const auto tell = [&](const ImportProgress& progress) {
        shared.set(progress);
        run.fault_point("import.piece");
        const base::SteadyTime now = clock_.steady();
        if (told && now - *told < kProgressInterval) return true;
        told = now;
        static_cast<void>(loop.run(run.report(shared.get())));
        return run.stop() == jobs::Stop::none;
    };
    const auto report = co_await base::offload(
        threads_, [&] { return run_import(environment, file, target, options, tell); });
    run.fault_point("import.written");
    co_return outcome_of(report, shared.get());
}

Task<void> ImportHandler::clean_up(base::UserId user, base::JobId id) {
    co_await base::offload(threads_, [this, user, id] { return storage_.remove(user, id.uuid), true; });
}

Task<Result<void>> ImportHandler::remove_leftovers(std::string place) {
    const auto rows = co_await database_.run(sql::kSelectKept, std::move(Params().text(place)));
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<std::pair<base::Uuid, base::Uuid>> kept;
    for (std::size_t i = 0; i < rows->size(); ++i)
        kept.emplace_back((*rows)[i].uuid(0), (*rows)[i].uuid(1));
    co_await base::offload(threads_, [this, kept] { return storage_.remove_others(kept), true; });
    co_return Result<void>{};
}

}  // namespace transfer
