#include "transfer/import_job.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "transfer/import_run.hpp"

namespace transfer {
namespace {

namespace log = base::log;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Params;
using postgres::Rows;

constexpr std::chrono::milliseconds kProgressInterval{500};

std::string progress_json(std::uint64_t done, std::uint64_t total, std::string_view step) {
    const std::uint64_t percentage = total == 0 ? 0 : std::min<std::uint64_t>(done * 100 / total, 100);
    std::string out;
    base::JsonWriter(out)
        .begin_object()
        .member("current", done)
        .member("total", total)
        .member("percentage", percentage)
        .member("currentStep", step)
        .end_object();
    return out;
}

std::string error_json(std::string_view code, std::string_view message) {
    std::string out;
    base::JsonWriter(out).begin_object().member("code", code).member("message", message).end_object();
    return out;
}

/// One job on its thread, from claim to end.
class Run {
public:
    Run(const ImportEnvironment& environment, const ImportStorage& storage, base::UserId user, base::Uuid job)
        : environment_(environment),
          loop_(environment.loop),
          database_(environment.database),
          clock_(environment.clock),
          storage_(storage),
          user_(user),
          job_(job) {}

    void run() {
        if (loop_.stopping) return;
        const auto claimed =
            ask(sql::kClaimJob, std::move(Params().uuid(user_.uuid).uuid(job_).time(clock_.now())));
        if (!claimed) return log::error("import job could not be claimed", {{"job", base::to_string(job_)}});
        if (claimed->empty()) return;
        const ImportOptions options = read_job_options((*claimed)[0].json(0));
        const ImportTarget target{.user = user_, .job = {job_}, .started = (*claimed)[0].time(1)};
        log::info("import started", {{"job", base::to_string(job_)}});
        const auto report = run_import(environment_, storage_.upload(user_, job_), target, options,
                                       [this](const ImportProgress& progress) { return tell(progress); });
        if (!report && (report.error().interrupted || lost_)) return release();
        finish(report);
    }

private:
    Result<Rows> ask(const postgres::Statement& statement, Params params) {
        return loop_.run(database_.run(statement, std::move(params)));
    }

    /// False when the job does not run any more, such as after the account was erased.
    bool tell(const ImportProgress& progress) {
        done_ = progress.bytes_done;
        total_ = progress.bytes_total;
        const base::SteadyTime now = clock_.steady();
        if (told_ && now - *told_ < kProgressInterval) return true;
        told_ = now;
        const auto saved = ask(
            sql::kSaveProgress,
            std::move(Params().uuid(user_.uuid).uuid(job_).jsonb(progress_json(done_, total_, "importing"))));
        lost_ = saved && saved->affected() == 0;
        return !lost_;
    }

    void release() {
        if (lost_) {
            storage_.remove(user_, job_);
            return log::info("import ended: its job is gone", {{"job", base::to_string(job_)}});
        }
        const auto released = ask(sql::kReleaseJob, std::move(Params().uuid(user_.uuid).uuid(job_)));
        log::info("import interrupted", {{"job", base::to_string(job_)}, {"released", released.has_value()}});
    }

    void finish(const std::expected<ImportReport, ImportFailure>& report) {
        Params params;
        params.uuid(user_.uuid).uuid(job_).text(report ? "completed" : "failed");
        if (report) {
            params.jsonb(progress_json(total_, total_, "completed")).jsonb(report->to_json());
            params.null(postgres::Type::jsonb);
        } else {
            params.jsonb(progress_json(done_, total_, "failed")).null(postgres::Type::jsonb);
            params.jsonb(error_json(report.error().code, report.error().message));
        }
        params.time(clock_.now());
        // Without its end the job would run again at the next start, which changes nothing; the upload must
        // stay.
        const auto finished = ask(sql::kFinishJob, std::move(params));
        if (!finished)
            return log::error("end of an import could not be stored", {{"job", base::to_string(job_)}});
        storage_.remove(user_, job_);
        log::info("import ended", {{"job", base::to_string(job_)},
                                   {"state", report ? "completed" : "failed"},
                                   {"records", report ? report->counts.total() : 0}});
    }

    ImportEnvironment environment_;
    const Loop& loop_;
    postgres::Pool& database_;
    const base::Clock& clock_;
    const ImportStorage& storage_;
    base::UserId user_;
    base::Uuid job_;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    std::optional<base::SteadyTime> told_;
    bool lost_ = false;
};

base::Error no_space() {
    return {Errc::service_unavailable, "The upload could not be stored", std::chrono::seconds{60}, {}};
}

base::Error too_many() {
    return {Errc::service_unavailable, "Too many imports are waiting", std::chrono::seconds{30}, {}};
}

}  // namespace

bool ImportThreads::submit(std::function<void()> job) {
    if (stopping_) return false;
    if (++waiting_ > kQueueMax) {
        --waiting_;
        return false;
    }
    base::asio::post(threads_, [this, job = std::move(job)] {
        --waiting_;
        job();
    });
    return true;
}

void ImportThreads::stop() {
    stopping_ = true;
    threads_.join();
}

Imports::Imports(base::asio::io_context& io, postgres::Pool& database, cache::Announcer& announcer,
                 base::asio::thread_pool& offload, ImportThreads& threads, const base::Clock& clock,
                 std::filesystem::path storage)
    : database_(database),
      announcer_(announcer),
      offload_(offload),
      threads_(threads),
      clock_(clock),
      storage_(storage),
      loop_{.io = io, .stopping = threads.stopping()} {}

bool Imports::submit(base::UserId user, base::Uuid job) {
    return threads_.submit([this, user, job] {
        Run({.loop = loop_, .database = database_, .announcer = announcer_, .clock = clock_}, storage_, user,
            job)
            .run();
    });
}

Task<Result<base::Uuid>> Imports::start(base::UserId user, ImportOptions options, Upload upload,
                                        postgres::Also<base::Uuid> also) {
    if (threads_.is_full()) co_return std::unexpected(too_many());
    const base::Time now = clock_.now();
    const base::Uuid job = base::make_uuid(now);
    // SAFETY: `upload` lives in this frame, which waits for the thread.
    const auto stored = co_await base::offload(
        offload_, [this, user, job, now, &upload]() -> std::expected<std::string, std::string> {
            auto owner = storage_.owner(now);
            if (!owner) return owner;
            if (auto done = storage_.store(user, job, upload.file, upload.offset, upload.size_bytes); !done)
                return std::unexpected(done.error());
            return owner;
        });
    const auto remove = [this, user, job] { storage_.remove(user, job); };
    if (!stored) {
        log::error("upload of an import could not be stored", {{"error", stored.error()}});
        co_await base::offload(offload_, [remove] { return remove(), true; });
        co_return std::unexpected(no_space());
    }
    Params params;
    params.uuid(user.uuid).uuid(job).jsonb(write_job_options(options, upload.name, *stored)).time(now);
    postgres::Commands commands;
    commands.push_back({sql::kInsertJob, std::move(params), {}});
    if (also) also(job, commands);
    if (auto inserted = co_await database_.run(std::move(commands)); !inserted) {
        // When the connection was lost the job may be there: it finds no upload then and says so.
        co_await base::offload(offload_, [remove] { return remove(), true; });
        co_return std::unexpected(inserted.error());
    }
    // A queue that filled up in between or a process that ends: the job waits in its row for the next start.
    if (!submit(user, job)) log::warn("import waits for the next start", {{"job", base::to_string(job)}});
    co_return job;
}

Task<Result<std::optional<sql::Job>>> Imports::find(base::UserId user, base::Uuid id) {
    const auto rows = co_await database_.run(sql::kSelectJob, std::move(Params().uuid(user.uuid).uuid(id)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return std::nullopt;
    co_return sql::read_job((*rows)[0]);
}

Task<Result<ImportHistory>> Imports::history(base::UserId user, std::int64_t limit,
                                             std::optional<base::Uuid> after) {
    std::optional<base::Time> before;
    if (after) {
        const auto job = co_await find(user, *after);
        if (!job) co_return std::unexpected(job.error());
        if (!*job) co_return fail(Errc::invalid_cursor, "The cursor does not belong to this list");
        before = (*job)->created_at;
    }
    postgres::Commands commands;
    commands.push_back({sql::kSelectHistory,
                        std::move(Params().uuid(user.uuid).time(before).uuid(after).int8(limit + 1)),
                        {}});
    commands.push_back(
        {sql::kCountHistory, std::move(Params().uuid(user.uuid).time(before).uuid(after)), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    ImportHistory history;
    const Rows& rows = results->front();
    for (std::size_t i = 0; i < rows.size() && history.jobs.size() < static_cast<std::size_t>(limit); ++i)
        history.jobs.push_back(sql::read_job(rows[i]));
    history.has_more = rows.size() > history.jobs.size();
    history.total = results->back()[0].integer(0);
    history.offset = results->back()[0].integer(1);
    co_return history;
}

Task<Result<void>> Imports::fail_job(base::UserId user, base::Uuid job, std::string code,
                                     std::string message) {
    Params params;
    params.uuid(user.uuid).uuid(job).text("failed").jsonb(progress_json(0, 0, "failed"));
    params.null(postgres::Type::jsonb).jsonb(error_json(code, message)).time(clock_.now());
    const auto done = co_await database_.run(sql::kFinishJob, std::move(params));
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>{};
}

Task<Result<std::size_t>> Imports::resume() {
    const base::Time now = clock_.now();
    const auto owner = co_await base::offload(offload_, [this, now] { return storage_.owner(now); });
    if (!owner) {
        log::error("directory of uploads cannot be used", {{"error", owner.error()}});
        co_return std::unexpected(no_space());
    }
    const auto rows = co_await database_.run(sql::kRequeueOwned, std::move(Params().text(*owner)));
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<std::pair<base::Uuid, base::Uuid>> jobs;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const base::UserId user{(*rows)[i].uuid(0)};
        const base::Uuid job = (*rows)[i].uuid(1);
        std::error_code error;
        const bool stored = std::filesystem::exists(storage_.upload(user, job), error);
        const bool tried = (*rows)[i].integer(2) >= kAttemptsMax;
        if (stored && !tried) {
            jobs.emplace_back(user.uuid, job);
            continue;
        }
        auto failed = co_await fail_job(user, job, "IMPORT_ERROR",
                                        stored ? "The server ended three times while this import ran."
                                               : "The uploaded file is gone; please upload it again.");
        if (!failed) co_return std::unexpected(failed.error());
    }
    co_await base::offload(offload_, [this, jobs] { return storage_.remove_others(jobs), true; });
    std::size_t running = 0;
    for (const auto& [user, job] : jobs)
        running += submit({user}, job) ? 1 : 0;
    co_return running;
}

}  // namespace transfer
