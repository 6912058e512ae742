#include "transfer/import_job.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
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

/// A file of lines that begins to exist with its first one.
class LineFile {
public:
    LineFile(storage::Store& store, base::UserId user, std::string name)
        : store_(store), user_(user), name_(std::move(name)) {}

    void add(const std::string& line) {
        if (has_failed_) return;
        if (!upload_) {
            auto upload = store_.create(storage::file_key(user_, name_));
            has_failed_ = !upload;
            if (has_failed_) return;
            upload_ = *std::move(upload);
        }
        buffer_ += line;
        buffer_ += '\n';
        if (buffer_.size() >= kBufferBytes) flush();
    }
    /// Its name, if it has a line and all were stored.
    std::optional<std::string> finish() {
        if (!upload_) return {};
        flush();
        if (has_failed_ || !upload_->finish()) return {};
        return name_;
    }

private:
    static constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
    void flush() {
        has_failed_ = has_failed_ || !upload_->write(buffer_);
        buffer_.clear();
    }

    storage::Store& store_;
    base::UserId user_;
    std::string name_;
    std::unique_ptr<storage::Upload> upload_;
    std::string buffer_;
    bool has_failed_ = false;
};

void count(observe::Counters& counters, const ImportReport& report) {
    const ImportCounts& counts = report.counts;
    for (const auto& [result, records] : {std::pair{"imported", counts.imported},
                                          {"updated", counts.updated},
                                          {"unchanged", counts.unchanged},
                                          {"skipped", counts.skipped},
                                          {"error", counts.errors}}) {
        if (records > 0)
            counters.add(observe::Family::import_records, {report.format, result},
                         static_cast<double>(records));
    }
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
                 const storage::SignedLinks& links, const base::Clock& clock, std::filesystem::path storage,
                 std::string place)
    : database_(database),
      jobs_(jobs),
      offload_(offload),
      links_(links),
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

std::string Imports::show_result(const jobs::Job& job) const {
    boost::system::error_code error;
    boost::json::value stored = boost::json::parse(*job.result, error);
    boost::json::object* object = error ? nullptr : stored.if_object();
    if (object == nullptr) return *job.result;
    for (const std::string_view key : {"errorReportUrl", "diffUrl"}) {
        boost::json::value* name = object->if_contains(key);
        if (name == nullptr || !name->is_string()) continue;
        *name = links_.url(storage::file_path(job.user, name->get_string()), clock_.now());
    }
    return boost::json::serialize(stored);
}

ImportHandler::ImportHandler(base::asio::io_context& io, postgres::Pool& database,
                             cache::Announcer& announcer, base::asio::thread_pool& threads,
                             storage::Store& store, const base::Clock& clock, std::filesystem::path storage,
                             observe::Counters* counters)
    : io_(io),
      database_(database),
      announcer_(announcer),
      threads_(threads),
      store_(store),
      clock_(clock),
      storage_(storage),
      counters_(counters) {}

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
    const std::string id = base::to_string(job.id.uuid);
    LineFile errors(store_, job.user, "import-errors-" + id + ".ndjson");
    LineFile changes(store_, job.user, "import-diff-" + id + ".ndjson");
    const ImportEnvironment environment{.loop = loop,
                                        .database = database_,
                                        .announcer = announcer_,
                                        .clock = clock_,
                                        .fence =
                                            [&run, &shared](postgres::Commands& commands) {
                                                run.checkpoint(commands, shared.checkpoint(), shared.get());
                                            },
                                        .on_error = [&](const std::string& line) { errors.add(line); },
                                        .on_sample = [&](const std::string& line) { changes.add(line); }};
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
    const auto report = co_await base::offload(threads_, [&] {
        auto imported = run_import(environment, file, target, options, tell);
        if (imported) {
            imported->error_file = errors.finish();
            imported->diff_file = changes.finish();
        }
        return imported;
    });
    run.fault_point("import.written");
    if (counters_ != nullptr && report) count(*counters_, *report);
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
