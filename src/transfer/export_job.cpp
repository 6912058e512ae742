#include "transfer/export_job.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "transfer/export_run.hpp"
#include "transfer/export_sql.hpp"

namespace transfer {
namespace {

namespace log = base::log;
using base::Result;
using base::Task;
using postgres::Params;

constexpr std::chrono::milliseconds kProgressInterval{250};
// Of the whole, what the bookmarks take; then the file is made durable, and at last the job ends.
constexpr int kPartsPercent = 5;
constexpr int kBookmarksPercent = 75;
constexpr int kFilePercent = 80;

jobs::Progress progress_of(const ExportProgress& now) {
    const auto share = now.total == 0 ? 0 : now.done * kBookmarksPercent / now.total;
    return {.current = now.done,
            .total = now.total,
            .percentage = kPartsPercent + static_cast<int>(std::min<std::int64_t>(share, kBookmarksPercent)),
            .step = now.step};
}

std::string result_json(const std::string& name, const storage::Object& file, std::int64_t records) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("fileName", name).member("fileSize", file.size_bytes);
    json.member("recordCount", records).end_object();
    return out;
}

/// Nothing: it was ended on purpose.
std::optional<jobs::Failed> failure_of(const base::Error& error, const jobs::Run& run) {
    if (run.stop() != jobs::Stop::none) return {};
    if (error.code == base::Errc::user_not_found)
        return jobs::Failed{.fault = {"USER_NOT_FOUND", "The account does not exist any more."}};
    const bool is_away =
        error.code == base::Errc::service_unavailable || error.code == base::Errc::query_timeout;
    const std::string text(error.text);
    return jobs::Failed{.fault = {is_away ? "SERVICE_UNAVAILABLE" : "EXPORT_ERROR",
                                  text.empty() ? "The export could not be written." : text + "."},
                        .retry = true};
}

}  // namespace

Task<Result<base::JobId>> Exports::start(base::UserId user, ExportOptions options,
                                         postgres::Also<base::JobId> also) {
    const base::Time now = clock_.now();
    const base::JobId job{base::make_uuid(now)};
    postgres::Commands commands;
    jobs::Jobs::enqueue({.user = user,
                         .id = job,
                         .type = jobs::Type::exporting,
                         .options = write_export_options(options),
                         .max_attempts = kAttemptsMax,
                         .now = now},
                        commands);
    if (also) also(job, commands);
    if (auto inserted = co_await database_.run(std::move(commands)); !inserted)
        co_return std::unexpected(inserted.error());
    co_return job;
}

std::string Exports::show_result(const jobs::Job& job) const {
    boost::system::error_code error;
    const boost::json::value stored = boost::json::parse(*job.result, error);
    const boost::json::object* object = error ? nullptr : stored.if_object();
    const boost::json::value* name = object == nullptr ? nullptr : object->if_contains("fileName");
    if (name == nullptr || !name->is_string()) return *job.result;
    const std::string path = storage::file_path(job.user, name->get_string());
    std::string out = "{\"fileUrl\":";
    base::append_json_string(out, links_.url(path, clock_.now()));
    out += "," + job.result->substr(1);
    return out;
}

// SAFETY: everything that the thread refers to lives in this frame, which waits for it.
Task<jobs::Outcome> ExportHandler::run(jobs::Run& run) {
    const jobs::Claim& job = run.job();
    const ExportTarget target{
        .user = job.user, .options = read_export_options(job.options), .exported_at = job.created_at};
    const Loop loop{.io = io_, .stopping = [&run] { return run.stop() != jobs::Stop::none; }};
    const ExportEnvironment environment{.loop = loop, .database = database_};
    const std::string name = export_file_name(target.options, target.exported_at);
    jobs::Progress last;
    std::optional<base::SteadyTime> told;
    const auto tell = [&](const ExportProgress& progress) {
        last = progress_of(progress);
        run.fault_point("export.piece");
        const base::SteadyTime now = clock_.steady();
        if (told && now - *told < kProgressInterval) return run.stop() == jobs::Stop::none;
        told = now;
        static_cast<void>(loop.run(run.report(last)));
        return run.stop() == jobs::Stop::none;
    };
    std::int64_t records = 0;
    // One transaction sees one moment, and an attempt begins a new file: nothing of one that was lost counts.
    const auto file = co_await base::offload(threads_, [&]() -> Result<storage::Object> {
        auto upload = store_.create(storage::file_key(job.user, name));
        if (!upload) return std::unexpected(upload.error());
        const auto written = run_export(
            environment, target, [&](std::string_view bytes) { return (*upload)->write(bytes); }, tell);
        if (!written) return std::unexpected(written.error());
        records = *written;
        last.percentage = kFilePercent;
        last.step = "file";
        static_cast<void>(loop.run(run.report(last)));
        run.fault_point("export.written");
        return (*upload)->finish();
    });
    if (!file) {
        auto failure = failure_of(file.error(), run);
        if (!failure) co_return jobs::Stopped{};
        co_return *std::move(failure);
    }
    run.fault_point("export.stored");
    last.percentage = 100;
    last.step = "completed";
    co_return jobs::Completed{.result = result_json(name, *file, records), .progress = std::move(last)};
}

Task<void> ExportHandler::clean_up(base::UserId user, base::JobId id) {
    const auto rows =
        co_await database_.run(sql::kSelectUnfinishedFile, std::move(Params().uuid(user.uuid).uuid(id.uuid)));
    if (!rows || rows->empty()) co_return;
    const std::string name = export_file_name(read_export_options((*rows)[0].json(0)), (*rows)[0].time(1));
    const std::string key = storage::file_key(user, name);
    static_cast<void>(co_await base::offload(threads_, [this, key] { return store_.remove(key); }));
}

Task<void> ExportHandler::forget(const jobs::Claim& job) {
    const std::string key =
        storage::file_key(job.user, export_file_name(read_export_options(job.options), job.created_at));
    static_cast<void>(co_await base::offload(threads_, [this, key] { return store_.remove(key); }));
}

Task<void> ExportHandler::remove_old(std::chrono::seconds retention) {
    const base::Time before = clock_.now() - retention;
    const std::int64_t removed = co_await base::offload(threads_, [this, before]() -> std::int64_t {
        const auto files = store_.list("exports/");
        if (!files) return 0;
        std::int64_t count = 0;
        for (const storage::Object& file : *files)
            if (file.modified_at < before && store_.remove(file.key).value_or(false)) ++count;
        return count;
    });
    if (removed > 0) log::info("old exports removed", {{"files", removed}});
}

}  // namespace transfer
