#include "changes/changes.hpp"

#include <algorithm>

#include "changes/changes_sql.hpp"
#include "changes/position.hpp"

namespace changes {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

/// A page is cut here, whatever its limit.
constexpr std::size_t kPageBytesMax = 16U << 20U;
constexpr std::int64_t kSweepRows = 500;

/// One row of one of the results.
struct Place {
    std::int64_t version = 0;
    std::size_t source = 0;
    std::size_t row = 0;
};

Params asked(base::UserId user, const Position& position, std::int64_t limit) {
    return std::move(Params().uuid(user.uuid).int8(position.version).int8(limit));
}

/// All rows up to `until` in the order of their versions.
std::vector<Place> merge(const postgres::Results& results, std::span<const sql::Source> sources,
                         bool with_data, std::int64_t until) {
    std::vector<Place> places;
    for (std::size_t source = 0; source < sources.size(); ++source) {
        const postgres::Rows& rows = results[source + 1];
        const int column = with_data ? sources[source].version_column : sql::kIdsVersionColumn;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::int64_t version = rows[row].integer(column);
            if (version <= until) places.push_back({version, source, row});
        }
    }
    std::ranges::sort(places, {}, &Place::version);
    return places;
}

}  // namespace

Task<Result<std::int64_t>> Feed::version(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectVersion, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return (*rows)[0].integer(0);
}

// Each statement sees a moment of its own. The version is read first: whatever is committed by then is below
// it, and what is committed later has numbers above, so that a row that moved on meanwhile is in a later
// page. What tombstones were removed is read last: a tombstone that went before it was read shows there.
Task<Result<Page>> Feed::read(base::UserId user, Wanted wanted) {
    const base::Time now = clock_.now();
    const Position position = read_position(wanted.since, now);
    const auto sources = sql::sources();
    Commands commands;
    commands.push_back({sql::kSelectVersion, std::move(Params().uuid(user.uuid)), {}});
    for (const sql::Source& source : sources)
        commands.push_back(
            {wanted.with_data ? source.full : source.ids, asked(user, position, wanted.limit + 1), {}});
    if (wanted.with_data)
        commands.push_back({sql::kSelectCategories, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectOldest, std::move(Params().uuid(user.uuid)), {}});
    auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if (results->front().empty() || results->back().empty())
        co_return fail(Errc::user_not_found, "This account does not exist any more");

    Page page;
    page.library_version = results->front()[0].integer(0);
    page.oldest_version = results->back()[0].integer(0);
    page.has_expired = has_expired(position,
                                   {.oldest_version = page.oldest_version,
                                    .library_version = page.library_version,
                                    .retention_days = retention_days_},
                                   now);
    if (page.has_expired) co_return page;
    sql::Context context{.user = user, .categories = {}};
    if (wanted.with_data) context.categories = sql::read_categories((*results)[sources.size() + 1]);
    const auto places = merge(*results, sources, wanted.with_data, page.library_version);
    std::size_t bytes = 0;
    for (const Place& place : places) {
        if (page.changes.size() == static_cast<std::size_t>(wanted.limit) || bytes > kPageBytesMax) break;
        const postgres::Row row = (*results)[place.source + 1][place.row];
        const sql::Source& source = sources[place.source];
        page.changes.push_back(wanted.with_data ? source.read(row, context) : sql::read_ids(row));
        bytes += page.changes.back().data.size();
    }
    page.has_more = page.changes.size() < places.size();
    page.next = page.has_more ? page.changes.back().version : page.library_version;
    // In between, a reader that began at 0 stands where others have missed something.
    if (page.next < page.oldest_version)
        page.next = write_position({.version = page.next, .walks_since = position.walks_since});
    co_return page;
}

Task<Result<std::int64_t>> Feed::sweep() {
    const base::Time before = clock_.now() - std::chrono::days(retention_days_);
    std::int64_t removed = 0;
    for (;;) {
        auto users =
            co_await database_.run(sql::kSelectSweepable, std::move(Params().time(before).int8(kSweepRows)));
        if (!users) co_return std::unexpected(users.error());
        const std::int64_t removed_before = removed;
        for (std::size_t i = 0; i < users->size(); ++i) {
            const auto swept = co_await sweep((*users)[i].uuid(0), before);
            if (!swept) co_return std::unexpected(swept.error());
            removed += *swept;
        }
        if (removed == removed_before) co_return removed;
    }
}

Task<Result<std::int64_t>> Feed::sweep(base::Uuid user, base::Time before) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    Commands commands;
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user)), {}});
    commands.push_back({sql::kSweep, std::move(Params().uuid(user).time(before).int8(kSweepRows)), {}});
    auto done = co_await tx->commit(std::move(commands));
    if (!done) co_return std::unexpected(done.error());
    co_return (*done)[1].empty() ? 0 : (*done)[1][0].integer(0);
}

}  // namespace changes
