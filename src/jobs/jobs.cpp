#include "jobs/jobs.hpp"

#include "jobs/jobs_sql.hpp"

namespace jobs {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Params;

std::optional<std::string> word_of(std::optional<Type> type) {
    return type ? std::optional<std::string>(to_string(*type)) : std::nullopt;
}
std::optional<std::string> word_of(std::optional<State> state) {
    return state ? std::optional<std::string>(to_string(*state)) : std::nullopt;
}

std::optional<Job> first_of(const postgres::Rows& rows) {
    if (rows.empty()) return {};
    return sql::read_job(rows[0]);
}

}  // namespace

void Jobs::enqueue(const Request& request, postgres::Commands& commands) {
    Params params;
    params.uuid(request.user.uuid).uuid(request.id.uuid).text(to_string(request.type)).jsonb(request.options);
    params.int4(static_cast<std::int32_t>(request.priority)).int4(request.max_attempts).text(request.place);
    params.time(request.now);
    commands.push_back({sql::kInsert, std::move(params), {}});
}

Task<Result<std::optional<Job>>> Jobs::find(base::UserId user, base::JobId id, std::optional<Type> type) {
    const auto rows = co_await database_.run(
        sql::kSelect, std::move(Params().uuid(user.uuid).uuid(id.uuid).text(word_of(type))));
    if (!rows) co_return std::unexpected(rows.error());
    co_return first_of(*rows);
}

Task<Result<std::optional<base::UserId>>> Jobs::owner(base::JobId id) {
    const auto rows = co_await database_.run(sql::kSelectOwner, std::move(Params().uuid(id.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return std::nullopt;
    co_return base::UserId{(*rows)[0].uuid(0)};
}

Task<Result<Page>> Jobs::list(base::UserId user, Filter filter, std::int64_t limit, std::int64_t offset,
                              std::optional<base::JobId> after) {
    std::optional<base::Time> before;
    std::optional<base::Uuid> before_id;
    if (after) {
        const auto job = co_await find(user, *after);
        if (!job) co_return std::unexpected(job.error());
        if (!*job) co_return fail(Errc::invalid_cursor, "The cursor does not belong to this list");
        before = (*job)->created_at;
        before_id = after->uuid;
        offset = 0;
    }
    postgres::Commands commands;
    Params page;
    page.uuid(user.uuid).text(word_of(filter.type)).text(word_of(filter.state)).time(before).uuid(before_id);
    page.int8(offset).int8(limit + 1);
    commands.push_back({sql::kSelectPage, std::move(page), {}});
    Params count;
    count.uuid(user.uuid).text(word_of(filter.type)).text(word_of(filter.state)).time(before).uuid(before_id);
    commands.push_back({sql::kCount, std::move(count), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    Page found;
    const postgres::Rows& rows = results->front();
    for (std::size_t i = 0; i < rows.size() && found.jobs.size() < static_cast<std::size_t>(limit); ++i)
        found.jobs.push_back(sql::read_job(rows[i]));
    found.has_more = rows.size() > found.jobs.size();
    found.total = results->back()[0].integer(0);
    found.offset = after ? results->back()[0].integer(1) : offset;
    co_return found;
}

Task<Result<std::optional<Job>>> Jobs::find_unfinished(base::UserId user, Type type) {
    const auto rows = co_await database_.run(sql::kSelectUnfinished,
                                             std::move(Params().uuid(user.uuid).text(to_string(type))));
    if (!rows) co_return std::unexpected(rows.error());
    co_return first_of(*rows);
}

Task<Result<Job>> Jobs::cancel(base::UserId user, base::JobId id, std::optional<Type> type) {
    Params params;
    params.uuid(user.uuid).uuid(id.uuid).text(word_of(type)).time(clock_.now());
    const auto rows = co_await database_.run(sql::kCancel, std::move(params));
    if (!rows) co_return std::unexpected(rows.error());
    if (auto job = first_of(*rows)) {
        co_await journal_.tell(*job);
        co_return *std::move(job);
    }
    const auto job = co_await find(user, id, type);
    if (!job) co_return std::unexpected(job.error());
    if (!*job) co_return fail(Errc::job_not_found, "The job does not exist");
    co_return fail(Errc::job_not_cancellable, "The job has ended already");
}

Task<Result<bool>> Jobs::resume(base::UserId user, base::JobId id) {
    const auto rows = co_await database_.run(sql::kResume, std::move(Params().uuid(user.uuid).uuid(id.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return false;
    co_await journal_.tell(sql::read_job((*rows)[0]));
    co_return true;
}

Task<Result<void>> Jobs::erase_all(base::UserId user) {
    const auto rows = co_await database_.run(sql::kDeleteAll, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<base::JobId> ids;
    for (std::size_t i = 0; i < rows->size(); ++i)
        ids.push_back({(*rows)[i].uuid(0)});
    co_await journal_.forget(std::move(ids));
    co_return Result<void>{};
}

}  // namespace jobs
