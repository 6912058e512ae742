#include "syncing/syncs.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "syncing/sync_sql.hpp"

namespace syncing {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Params;

/// A running job ends at its next checkpoint.
constexpr std::chrono::milliseconds kCancelPatience{6'000};
constexpr std::chrono::milliseconds kCancelPoll{50};
constexpr std::int64_t kWindow = 800;  ///< of bookmarks that X delivers

base::Time start_of_day(base::Time now) {
    return next_day(now) - std::chrono::days{1};
}

base::Time start_of_month(base::Time now) {
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
    return std::chrono::time_point_cast<base::Time::duration>(
        std::chrono::sys_days(today.year() / today.month() / 1));
}

base::Error active(const jobs::Job& job) {
    return {Errc::sync_job_active,
            "A sync is on its way already",
            {},
            "\"jobId\":\"" + base::to_string(job.id.uuid) + "\""};
}

}  // namespace

Task<Result<base::JobId>> Syncs::start(base::UserId user, RunOptions options,
                                       postgres::Also<base::JobId> also) {
    const auto account = co_await accounts_.load(user);
    if (!account) co_return std::unexpected(account.error());
    if (!*account || (*account)->status != x::Status::active)
        co_return fail(Errc::authentication_required,
                       "The account is not connected with X, or has to log in there again");
    if (auto room = co_await make_room(user, options.force); !room) co_return std::unexpected(room.error());
    const base::Time now = clock_.now();
    const base::JobId id{base::make_uuid(now)};
    postgres::Commands commands;
    jobs::Jobs::enqueue({.user = user,
                         .id = id,
                         .type = jobs::Type::sync,
                         .options = write_options(options),
                         .max_attempts = kAttemptsMax,
                         .now = now},
                        commands);
    if (also) also(id, commands);
    if (const auto done = co_await database_.run(std::move(commands)); !done) {
        // Somebody else was faster: one unfinished sync of each account is what the schema allows.
        if (auto room = co_await make_room(user, false); !room) co_return std::unexpected(room.error());
        co_return std::unexpected(done.error());
    }
    co_return id;
}

Task<Result<void>> Syncs::make_room(base::UserId user, bool force) {
    const base::SteadyTime end = clock_.steady() + kCancelPatience;
    bool asked = false;
    for (;;) {
        const auto job = co_await jobs_.find_unfinished(user, jobs::Type::sync);
        if (!job) co_return std::unexpected(job.error());
        if (!*job) co_return Result<void>{};
        if (!force || (asked && clock_.steady() > end)) co_return std::unexpected(active(**job));
        if (!asked) static_cast<void>(co_await jobs_.cancel(user, (*job)->id));
        asked = true;
        base::asio::steady_timer timer(io_, kCancelPoll);
        co_await timer.async_wait(base::asio::as_tuple(base::asio::use_awaitable));
    }
}

Task<Result<Counts>> Syncs::count(std::optional<base::UserId> user) {
    Params params;
    params.time(clock_.now() - std::chrono::hours{1});
    if (user) params.uuid(user->uuid);
    const auto rows = co_await database_.run(user ? sql::kCountJobs : sql::kCountAllJobs, std::move(params));
    if (!rows) co_return std::unexpected(rows.error());
    const postgres::Row row = (*rows)[0];
    co_return Counts{.waiting = row.integer(0),
                     .active = row.integer(1),
                     .completed = row.integer(2),
                     .failed = row.integer(3),
                     .failed_lately = row.integer(4),
                     .total = row.integer(5)};
}

Task<Result<Analytics>> Syncs::analyse(base::UserId user, std::int64_t days) {
    Analytics analytics;
    analytics.to = clock_.now();
    analytics.from = analytics.to - std::chrono::days{days};
    postgres::Commands commands;
    for (const postgres::Statement* statement :
         {&sql::kSummarise, &sql::kSummariseDays, &sql::kSummariseErrors})
        commands.push_back({*statement, std::move(Params().uuid(user.uuid).time(analytics.from)), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    const postgres::Row row = (*results)[0][0];
    analytics.total = row.integer(0);
    analytics.completed = row.integer(1);
    analytics.failed = row.integer(2);
    if (!row.is_null(3)) analytics.items_average = row.float8(3);
    if (!row.is_null(4)) analytics.items_max = row.integer(4);
    analytics.first = row.maybe_time(5);
    analytics.last = row.maybe_time(6);
    const postgres::Rows& by_day = (*results)[1];
    for (std::size_t i = 0; i < by_day.size(); ++i)
        analytics.days.push_back({.date = std::string(by_day[i].text(0)),
                                  .total = by_day[i].integer(1),
                                  .completed = by_day[i].integer(2),
                                  .failed = by_day[i].integer(3),
                                  .items = by_day[i].integer(4)});
    const postgres::Rows& errors = (*results)[2];
    for (std::size_t i = 0; i < errors.size(); ++i)
        analytics.errors.push_back({.message = std::string(errors[i].text(0)),
                                    .count = errors[i].integer(1),
                                    .last = errors[i].time(2)});
    co_return analytics;
}

Task<Result<std::int64_t>> Syncs::clean_up(base::UserId user, std::int64_t days) {
    const auto rows = co_await database_.run(
        sql::kDeleteHistory,
        std::move(Params().uuid(user.uuid).time(clock_.now() - std::chrono::days{days})));
    if (!rows) co_return std::unexpected(rows.error());
    co_return rows->affected();
}

Task<Result<std::pair<Spent, Caps>>> Syncs::read_spent(base::UserId user) {
    const base::Time now = clock_.now();
    const auto rows = co_await database_.run(
        sql::kSelectSpent,
        std::move(Params().uuid(user.uuid).time(start_of_day(now)).time(start_of_month(now))));
    if (!rows) co_return std::unexpected(rows.error());
    const postgres::Row row = (*rows)[0];
    const auto cap = [&row](int column) {
        return row.is_null(column) ? std::nullopt : std::optional<Money>(row.integer(column));
    };
    co_return std::pair{Spent{.today = row.integer(0), .month = row.integer(1)},
                        lower_of(options_.caps, {.daily = cap(2), .monthly = cap(3)})};
}

Task<Result<Spend>> Syncs::spend(base::UserId user, std::int64_t days) {
    const auto read = co_await read_spent(user);
    if (!read) co_return std::unexpected(read.error());
    Spend spend{.spent = read->first,
                .caps = read->second,
                .paused_until = {},
                .prices = options_.prices,
                .entries = {}};
    const auto job = co_await jobs_.find_unfinished(user, jobs::Type::sync);
    if (!job) co_return std::unexpected(job.error());
    if (*job && (*job)->paused_reason == jobs::PauseReason::budget) spend.paused_until = (*job)->resume_at;
    const auto rows = co_await database_.run(
        sql::kSelectSpendByDay,
        std::move(Params().uuid(user.uuid).time(clock_.now() - std::chrono::days{days})));
    if (!rows) co_return std::unexpected(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i)
        spend.entries.push_back({.day = std::string((*rows)[i].text(0)),
                                 .endpoint = std::string((*rows)[i].text(1)),
                                 .requests = (*rows)[i].integer(2),
                                 .resources = (*rows)[i].integer(3),
                                 .amount = (*rows)[i].integer(4)});
    co_return spend;
}

Task<Result<Caps>> Syncs::set_budget(base::UserId user, Caps own) {
    const auto above = [](std::optional<Money> one, std::optional<Money> cap) {
        return one && cap && *one > *cap;
    };
    if (above(own.daily, options_.caps.daily) || above(own.monthly, options_.caps.monthly))
        co_return fail(Errc::invalid_budget, "A budget cannot be above that of the operator");
    Params params;
    params.uuid(user.uuid);
    for (const std::optional<Money>& cap : {own.daily, own.monthly}) {
        if (cap)
            params.int8(*cap);
        else
            params.null(postgres::Type::int8);
    }
    const auto done = co_await database_.run(sql::kSetBudget, std::move(params));
    if (!done) co_return std::unexpected(done.error());
    co_return lower_of(options_.caps, own);
}

Task<Result<Forecast>> Syncs::forecast(base::UserId user, bool full) {
    const auto account = co_await accounts_.load(user);
    if (!account) co_return std::unexpected(account.error());
    const auto read = co_await read_spent(user);
    if (!read) co_return std::unexpected(read.error());
    const auto& [spent, caps] = *read;
    const bool owns_app = *account && (*account)->owns_app;
    const Money price = owns_app ? options_.prices.owned_read : options_.prices.post_read;
    Forecast forecast{.resources_max = kWindow, .amount_max = kWindow * price};
    for (std::int64_t asked = 0; asked < kWindow; ++forecast.requests_max)
        asked += page_size(full, forecast.requests_max);
    if (caps.daily) forecast.remaining_today = std::max<Money>(*caps.daily - spent.today, 0);
    if (caps.monthly) forecast.remaining_month = std::max<Money>(*caps.monthly - spent.month, 0);
    forecast.would_pause = wait_for_budget(caps, spent, forecast.amount_max, clock_.now()).has_value();
    co_return forecast;
}

}  // namespace syncing
