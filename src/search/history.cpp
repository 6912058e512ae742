#include "search/history.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/log.hpp"
#include "base/usage.hpp"
#include "bookmarks/cursor.hpp"
#include "search/history_sql.hpp"

namespace search {
namespace {

namespace asio = base::asio;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

/// Trimming looks at all entries of a user: done once for so many new ones.
constexpr unsigned kTrimEvery = 100;
constexpr std::size_t kCountedUsersMax = 10'000;
constexpr std::chrono::seconds kSettlePatience{1};

/// Behind every id: where a list begins.
constexpr base::Uuid kNewest = [] {
    base::Uuid id;
    id.bytes.fill(0xff);
    return id;
}();

std::string binding_of(base::UserId user) {
    return "history " + base::to_string(user.uuid);
}

Params insert_params(std::span<const base::Uuid> users, std::span<const HistoryEntry* const> entries) {
    std::vector<base::Uuid> ids;
    std::vector<std::optional<std::string>> queries;
    std::vector<std::int64_t> counts;
    std::vector<double> milliseconds;
    std::vector<base::Time> times;
    for (const HistoryEntry* entry : entries) {
        ids.push_back(entry->id);
        queries.emplace_back(entry->query);
        counts.push_back(entry->result_count);
        milliseconds.push_back(entry->milliseconds);
        times.push_back(entry->created_at);
    }
    Params params;
    params.uuid_array(users).uuid_array(ids).jsonb_array(queries).int8_array(counts);
    params.float8_array(milliseconds).time_array(times);
    return params;
}

}  // namespace

struct History::Queue {
    Queue(asio::io_context& loop, postgres::Pool& pool, std::int64_t most)
        : io(loop), database(pool), max(most) {}

    /// Users of the batch whose entries are to be counted now.
    std::vector<base::Uuid> to_trim(const std::vector<Waiting>& batch) {
        std::vector<base::Uuid> users;
        if (new_entries.size() > kCountedUsersMax) new_entries.clear();
        for (const Waiting& written : batch) {
            // The first one of a process counts too: the limit may have been lowered.
            if (new_entries[written.user.uuid]++ % kTrimEvery != 0) continue;
            if (std::ranges::find(users, written.user.uuid) == users.end())
                users.push_back(written.user.uuid);
        }
        return users;
    }

    asio::io_context& io;
    postgres::Pool& database;
    std::int64_t max;
    std::deque<Waiting> waiting;
    std::unordered_map<base::Uuid, unsigned, base::UuidHash> new_entries;
    std::vector<std::shared_ptr<asio::steady_timer>> readers;  ///< cancelled whenever the queue is empty
    bool emptying = false;
    bool stopped = false;
};

History::History(asio::io_context& io, postgres::Pool& database, std::int64_t max, const base::Clock& clock)
    : database_(database), clock_(clock), max_(max), queue_(std::make_shared<Queue>(io, database, max)) {}

History::~History() {
    queue_->stopped = true;
}

void History::record(base::UserId user, std::string query, std::int64_t result_count, double milliseconds) {
    if (max_ == 0) return;
    if (queue_->waiting.size() >= kQueueMax) {
        ++dropped_;
        return;
    }
    const base::Time now = clock_.now();
    queue_->waiting.push_back({user,
                               {.id = base::make_uuid(now),
                                .query = std::move(query),
                                .result_count = result_count,
                                .milliseconds = milliseconds,
                                .created_at = now}});
    if (queue_->emptying) return;
    queue_->emptying = true;
    // The request that made the entry does not wait, nor is the work counted as its own.
    const auto usage = std::exchange(base::current_usage(), nullptr);
    asio::co_spawn(queue_->io, empty_queue(queue_), asio::detached);
    base::current_usage() = usage;
}

Task<void> History::empty_queue(std::shared_ptr<Queue> queue) {
    while (!queue->waiting.empty() && !queue->stopped) {
        std::vector<Waiting> batch;
        while (!queue->waiting.empty() && batch.size() < kBatchMax) {
            batch.push_back(std::move(queue->waiting.front()));
            queue->waiting.pop_front();
        }
        const std::size_t size = batch.size();
        if (const auto written = co_await write(*queue, std::move(batch)); !written)
            base::log::warn("search history could not be written", {{"entries", size}});
    }
    queue->emptying = false;
    for (const auto& reader : std::exchange(queue->readers, {}))
        reader->cancel();
}

Task<Result<void>> History::write(Queue& queue, std::vector<Waiting> batch) {
    std::vector<base::Uuid> users;
    std::vector<const HistoryEntry*> entries;
    for (const Waiting& waiting : batch) {
        users.push_back(waiting.user.uuid);
        entries.push_back(&waiting.entry);
    }
    Commands commands;
    commands.push_back({sql::kInsertHistory, insert_params(users, entries), {}});
    if (const auto full = queue.to_trim(batch); !full.empty())
        commands.push_back({sql::kTrimHistory, std::move(Params().uuid_array(full).int8(queue.max)), {}});
    const auto done = co_await queue.database.run(std::move(commands));
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>{};
}

Task<void> History::settle() {
    if (!queue_->emptying) co_return;
    const auto usage = base::current_usage();
    const auto timer = std::make_shared<asio::steady_timer>(queue_->io, kSettlePatience);
    queue_->readers.push_back(timer);
    boost::system::error_code ignored;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    base::current_usage() = usage;
}

Task<Result<HistoryListed>> History::list(base::UserId user, bookmarks::Page page) {
    const std::string binding = binding_of(user);
    base::Uuid before = kNewest;
    HistoryListed listed{.entries = {}, .total = 0, .offset = page.offset, .next_cursor = {}};
    if (page.cursor) {
        const auto cursor = bookmarks::read_cursor(*page.cursor, binding);
        if (!cursor) co_return fail(Errc::invalid_cursor, "The cursor is damaged or belongs to another list");
        before = cursor->id;
        listed.offset = cursor->rows_before;
    }
    co_await settle();
    Commands commands;
    commands.push_back({sql::kCountHistory, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back(
        {sql::kSelectHistory,
         std::move(
             Params().uuid(user.uuid).uuid(before).int8(page.limit + 1).int8(page.cursor ? 0 : page.offset)),
         {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    // Entries that are too many but not yet trimmed do not exist.
    listed.total = std::min((*results)[0][0].integer(0), max_);
    const postgres::Rows& rows = (*results)[1];
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(max_ - listed.offset, 0));
    const std::size_t found = std::min(rows.size(), left);
    for (std::size_t i = 0; i < std::min(found, static_cast<std::size_t>(page.limit)); ++i)
        listed.entries.push_back(sql::read_entry(rows[i]));
    if (found > listed.entries.size())
        listed.next_cursor = bookmarks::write_cursor({.rows_before = listed.offset + page.limit,
                                                      .tenths = 0,
                                                      .bookmarked_at = {},
                                                      .sync_order = 0,
                                                      .id = listed.entries.back().id,
                                                      .author = {}},
                                                     binding);
    co_return listed;
}

Task<Result<base::Uuid>> History::add(base::UserId user, HistoryEntry entry,
                                      postgres::Also<base::Uuid> also) {
    entry.created_at = clock_.now();
    entry.id = base::make_uuid(entry.created_at);
    const HistoryEntry* entries[] = {&entry};
    const base::Uuid users[] = {user.uuid};
    Commands commands;
    commands.push_back({sql::kInsertHistory, insert_params(users, entries), {}});
    commands.push_back({sql::kTrimHistory, std::move(Params().uuid_array(users).int8(max_)), {}});
    if (also) also(entry.id, commands);
    const auto done = co_await database_.run(std::move(commands));
    if (!done) co_return std::unexpected(done.error());
    co_return entry.id;
}

Task<Result<void>> History::remove(base::UserId user, base::Uuid id) {
    const auto done = co_await database_.run(sql::kDeleteEntry, std::move(Params().uuid(user.uuid).uuid(id)));
    if (!done) co_return std::unexpected(done.error());
    if (done->affected() == 0) co_return fail(Errc::search_history_not_found, "The entry does not exist");
    co_return Result<void>{};
}

Task<Result<std::int64_t>> History::clear(base::UserId user) {
    co_await settle();
    const auto done = co_await database_.run(sql::kClearHistory, std::move(Params().uuid(user.uuid)));
    if (!done) co_return std::unexpected(done.error());
    co_return done->affected();
}

Task<Result<Analytics>> History::analyse(base::UserId user, std::int64_t days, std::string zone) {
    co_await settle();
    const base::Time now = clock_.now();
    Commands commands;
    for (const auto* statement : {&sql::kSummarise, &sql::kCountTerms, &sql::kCountDays})
        commands.push_back(
            {*statement, std::move(Params().uuid(user.uuid).time(now).text(zone).int8(days)), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    const postgres::Row summary = (*results)[0][0];
    Analytics out{.searches = summary.integer(0),
                  .mean_milliseconds = summary.float8(1),
                  .terms = {},
                  .days = {},
                  .from = summary.time(2),
                  .to = now};
    for (std::size_t i = 0; i < (*results)[1].size(); ++i)
        out.terms.emplace_back((*results)[1][i].text(0), (*results)[1][i].integer(1));
    for (std::size_t i = 0; i < (*results)[2].size(); ++i)
        out.days.emplace_back((*results)[2][i].text(0), (*results)[2][i].integer(1));
    co_return out;
}

}  // namespace search
