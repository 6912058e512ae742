#include "backup/backups.hpp"

#include "backup/backups_sql.hpp"
#include "backup/restore.hpp"
#include "base/offload.hpp"

namespace backup {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Params;

constexpr int kAttemptsMax = 1;

base::Error running(const base::Uuid& job) {
    return {Errc::backup_running,
            "A backup is being made already",
            {},
            "\"jobId\":\"" + base::to_string(job) + "\""};
}

}  // namespace

Task<Result<void>> Backups::expect_none() {
    const auto rows = co_await database_.run(sql::kSelectRunning, {});
    if (!rows) co_return std::unexpected(rows.error());
    if (!rows->empty()) co_return std::unexpected(running((*rows)[0].uuid(0)));
    co_return Result<void>{};
}

Task<Result<base::JobId>> Backups::start(base::UserId user, Kind kind, Targets targets,
                                         postgres::Also<base::JobId> also) {
    if (auto none = co_await expect_none(); !none) co_return std::unexpected(none.error());
    const base::Time now = clock_.now();
    const base::JobId id{base::make_uuid(now)};
    postgres::Commands commands;
    jobs::Jobs::enqueue({.user = user,
                         .id = id,
                         .type = jobs::Type::backup,
                         .options = write_job_options(kind, targets),
                         .max_attempts = kAttemptsMax,
                         .now = now},
                        commands);
    if (also) also(id, commands);
    if (const auto done = co_await database_.run(std::move(commands)); !done) {
        // Somebody else was faster: one unfinished backup is what the schema allows.
        if (auto none = co_await expect_none(); !none) co_return std::unexpected(none.error());
        co_return std::unexpected(done.error());
    }
    co_return id;
}

Task<Result<Page>> Backups::list(std::int64_t limit, std::optional<std::string> after) {
    std::optional<base::Time> before;
    if (after) {
        const auto backup = co_await find(*after);
        if (!backup) co_return std::unexpected(backup.error());
        if (!*backup) co_return fail(Errc::invalid_cursor, "The cursor does not belong to this list");
        before = (*backup)->started_at;
    }
    postgres::Commands commands;
    commands.push_back({sql::kSelectPage, std::move(Params().time(before).text(after).int8(limit + 1)), {}});
    commands.push_back({sql::kCount, std::move(Params().time(before).text(after)), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    Page page;
    const postgres::Rows& rows = results->front();
    for (std::size_t i = 0; i < rows.size() && page.backups.size() < static_cast<std::size_t>(limit); ++i)
        page.backups.push_back(sql::read_backup(rows[i]));
    page.has_more = rows.size() > page.backups.size();
    page.total = results->back()[0].integer(0);
    page.offset = after ? results->back()[0].integer(1) : 0;
    co_return page;
}

Task<Result<std::optional<Backup>>> Backups::find(std::string id) {
    const auto rows = co_await database_.run(sql::kSelect, std::move(Params().text(id)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return std::nullopt;
    co_return sql::read_backup((*rows)[0]);
}

Task<Result<Stats>> Backups::stats() {
    const auto rows = co_await database_.run(sql::kSummarise, {});
    if (!rows) co_return std::unexpected(rows.error());
    const postgres::Row row = (*rows)[0];
    co_return Stats{.total = row.integer(0),
                    .successes = row.integer(1),
                    .mean_seconds = row.float8(2),
                    .bytes = row.integer(3),
                    .last_success = row.maybe_time(4)};
}

Task<Result<bool>> Backups::is_scheduled() {
    const auto rows = co_await database_.run(sql::kSelectSchedule, {});
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty() || (*rows)[0].is_null(1)) co_return options_.is_scheduled;
    co_return (*rows)[0].boolean(1);
}

Task<Result<void>> Backups::set_scheduled(bool enabled) {
    const auto now = enabled ? std::optional(clock_.now()) : std::nullopt;
    const auto rows =
        co_await database_.run(sql::kSetEnabled, std::move(Params().boolean(enabled).time(now)));
    if (!rows) co_return std::unexpected(rows.error());
    co_return Result<void>{};
}

// SAFETY: everything that the thread refers to outlives the server's work or lives in this frame.
Task<Result<Backup>> Backups::test() {
    const base::Time now = clock_.now();
    auto made = co_await base::offload(threads_, [this, now] {
        const Request request{.kind = "test",
                              .started_at = now,
                              .targets = {.database = true, .user_files = false},
                              .target = environment_.files};
        auto backup = make_backup(environment_, request, [this](const Progress&) { return !stopping_; });
        if (!backup) return backup;
        if (backup->errors.empty()) {
            const Found found{.backup = *backup};
            const auto checked = check_files({.environment = environment_,
                                              .source = environment_.files,
                                              .found = found,
                                              .tell = [](const std::string&) {},
                                              .stopped = [this] { return stopping_.load(); }});
            if (!checked) {
                backup->errors.push_back(checked.error());
                backup->status = Status::failure;
            }
        }
        std::vector<std::string> keys;
        for (const File& file : backup->files)
            keys.push_back(file.key);
        static_cast<void>(remove_files(environment_.files, keys));
        return backup;
    });
    if (!made && made.error() == Refusal::stopped)
        co_return fail(Errc::service_unavailable, "The server is being stopped");
    if (!made) co_return fail(Errc::backup_running, "A backup is being made already");
    co_return *std::move(made);
}

}  // namespace backup
