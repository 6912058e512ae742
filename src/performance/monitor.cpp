#include "performance/monitor.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "base/log.hpp"
#include "performance/performance_sql.hpp"

namespace performance {
namespace {

namespace asio = base::asio;
using namespace std::chrono_literals;
using observe::Alert;
using observe::Reading;

constexpr std::chrono::milliseconds kLookEvery{5'000};
constexpr std::chrono::milliseconds kTraceEvery{2'000};
constexpr std::size_t kSpansAtOnce = 512;
constexpr std::chrono::milliseconds kPatience{3'000};
constexpr std::chrono::milliseconds kAwayFor{30'000};
/// A daily backup, and the time that it may take.
constexpr std::chrono::hours kBackupFor{26};
constexpr std::chrono::milliseconds kPoolFor{60'000};
constexpr double kPoolShare = 0.8;
constexpr double kSlowQueriesMax = 10;
constexpr int kTries = 3;
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr guard::CircuitBreakerOptions kBreaker{.failures = 5, .successes = 1, .open_time = 60s};

/// What all instances find in the same database; one of them tells it.
bool is_shared(Alert alert) {
    return alert == Alert::job_failed || alert == Alert::backup_failed || alert == Alert::x_needs_reauth ||
           alert == Alert::x_budget;
}

}  // namespace

Monitor::Monitor(asio::io_context& io, observe::Hub& hub, postgres::Pool& database, redis::Connection& cache,
                 fetch::Breakers& breakers, MonitorOptions options, const base::Clock& clock)
    : io_(io),
      hub_(hub),
      database_(database),
      cache_(cache),
      x_breakers_(breakers),
      options_(std::move(options)),
      clock_(clock),
      breakers_(kBreaker),
      http_(io, options_.http, breakers_, clock),
      errors_(1min),
      answered_(1min),
      microseconds_(1min),
      slow_queries_(5min),
      timeouts_(1min),
      timer_(io),
      trace_timer_(io) {}

void Monitor::start() {
    pool_calm_ = database_seen_ = cache_seen_ = clock_.steady();
    asio::co_spawn(io_, watch(), asio::detached);
    if (hub_.exports()) asio::co_spawn(io_, send_traces(), asio::detached);
}

void Monitor::stop() {
    stopped_ = true;
    timer_.cancel();
    trace_timer_.cancel();
    http_.stop();
}

base::Task<void> Monitor::watch() {
    while (!stopped_) {
        co_await look();
        if (stopped_) co_return;
        timer_.expires_after(kLookEvery);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

base::Task<void> Monitor::look() {
    std::vector<Reading> readings;
    const base::SteadyTime now = clock_.steady();
    look_at_requests(readings, now);
    look_at_pools(readings, now);
    co_await look_at_stores(readings, now);
    if (stopped_) co_return;
    const bool open = x_breakers_.state(options_.x_origin) == guard::CircuitBreaker::State::open;
    readings.push_back(
        {Alert::x_breaker, open, open ? 1.0 : 0.0, 1, "X is not asked: it failed too often in a row"});
    auto notices = alerts_.update(readings, clock_.now());
    for (std::size_t i = 0; i < observe::kAlerts; ++i)
        hub_.set_firing(static_cast<Alert>(i), alerts_.state(static_cast<Alert>(i)).firing);
    for (observe::Notice& notice : notices) {
        asio::co_spawn(io_, tell(std::move(notice)), asio::detached);
    }
}

void Monitor::look_at_requests(std::vector<Reading>& readings, base::SteadyTime now) {
    observe::RouteTotals all;
    for (const observe::RouteTotals& route : hub_.requests())
        all += route;
    double slow = 0;
    for (const auto& [name, totals] : hub_.queries().totals())
        slow += static_cast<double>(totals.slow);
    errors_.add(static_cast<double>(all.failures()), now);
    answered_.add(static_cast<double>(all.total()), now);
    microseconds_.add(static_cast<double>(all.durations.microseconds), now);
    slow_queries_.add(slow, now);
    const double errors = errors_.growth();
    const auto error_limit = static_cast<double>(options_.error_threshold);
    readings.push_back({Alert::errors, errors >= error_limit, errors, error_limit,
                        fmt::format("{:.0f} requests failed in the last minute", errors)});
    const double mean = answered_.growth() > 0 ? microseconds_.growth() / 1000.0 / answered_.growth() : 0.0;
    const auto limit = static_cast<double>(options_.latency_threshold.count());
    readings.push_back({Alert::latency, mean > limit, mean, limit,
                        fmt::format("requests took {:.0f} ms on average in the last minute", mean)});
    const double slow_growth = slow_queries_.growth();
    readings.push_back({Alert::slow_queries, slow_growth > kSlowQueriesMax, slow_growth, kSlowQueriesMax,
                        fmt::format("{:.0f} statements were slow in the last 5 minutes", slow_growth)});
}

void Monitor::look_at_pools(std::vector<Reading>& readings, base::SteadyTime now) {
    std::int64_t active = 0;
    std::int64_t max = 0;
    std::uint64_t timed_out = 0;
    for (const observe::LoopState* loop : hub_.loops()) {
        active += loop->pool_active;
        max += loop->pool_max;
        timed_out += loop->timed_out;
    }
    timeouts_.add(static_cast<double>(timed_out), now);
    const double share = max > 0 ? static_cast<double>(active) / static_cast<double>(max) : 0.0;
    if (share <= kPoolShare) pool_calm_ = now;
    const bool in_vain = timeouts_.growth() > 0;
    const bool full = now - pool_calm_ >= kPoolFor;
    readings.push_back(
        {Alert::pool, full || in_vain, share * 100, kPoolShare * 100,
         in_vain ? fmt::format("{:.0f} requests waited in vain for a database connection in the last "
                               "minute",
                               timeouts_.growth())
                 : fmt::format("{:.0f} % of the database connections are in use", share * 100)});
}

base::Task<void> Monitor::look_at_stores(std::vector<Reading>& readings, base::SteadyTime now) {
    if (cache_.ready()) cache_seen_ = now;
    const base::Time at = clock_.now();
    postgres::Params params;
    params.time(at - observe::Alerts::kQuiet).time(at - kBackupFor).boolean(options_.backups_scheduled);
    const auto rows =
        co_await database_.run(sql::kSelectTroubles, std::move(params), clock_.steady() + kPatience);
    if (rows) database_seen_ = now;
    const auto database_away = now - database_seen_;
    const auto cache_away = now - cache_seen_;
    const double seconds = std::chrono::duration<double>(std::max(database_away, cache_away)).count();
    const std::string_view which = database_away >= cache_away ? "PostgreSQL" : "Redis";
    readings.push_back({Alert::dependency, std::max(database_away, cache_away) >= kAwayFor, seconds,
                        std::chrono::duration<double>(kAwayFor).count(),
                        seconds == 0 ? "PostgreSQL and Redis answer"
                                     : fmt::format("{} has not answered for {:.0f} s", which, seconds)});
    if (!rows || rows->empty()) co_return;  // what was found before goes on
    const auto row = (*rows)[0];
    const auto add = [&](Alert alert, int column, std::string_view what) {
        const auto count = static_cast<double>(row.integer(column));
        readings.push_back({alert, count > 0, count, 1, fmt::format("{:.0f} {}", count, what)});
    };
    add(Alert::job_failed, 0, "jobs failed for good in the last 15 minutes");
    const bool failed = row.integer(3) > 0;
    const bool missed = row.integer(4) > 0;
    readings.push_back({Alert::backup_failed, failed || missed, failed || missed ? 1.0 : 0.0, 1,
                        failed   ? "the last backup failed"
                        : missed ? "no backup has succeeded for 26 hours"
                                 : "the last backup did not fail"});
    add(Alert::x_needs_reauth, 1, "accounts have to connect with X again");
    add(Alert::x_budget, 2, "syncs wait because the budget is used up");
}

// Of several instances that found the same the first one tells it, unless Redis is away: better twice than
// never.
base::Task<bool> Monitor::is_first_to_tell(const observe::Notice& notice) {
    if (!is_shared(notice.alert) || !cache_.ready()) co_return true;
    const auto key = fmt::format("{}alert:{}:{}", options_.redis_prefix, observe::to_string(notice.alert),
                                 notice.resolved ? "resolved" : "firing");
    const auto ttl = std::chrono::duration_cast<std::chrono::milliseconds>(observe::Alerts::kQuiet - 1min);
    std::vector<std::string> words{"SET", key, options_.instance, "NX", "PX", std::to_string(ttl.count())};
    const auto reply = co_await cache_.run(std::move(words));
    if (!reply) co_return true;
    if (reply->kind != redis::Reply::Kind::nil) {
        // The other half of the story may be told anew.
        std::vector<std::string> other{
            "DEL", fmt::format("{}alert:{}:{}", options_.redis_prefix, observe::to_string(notice.alert),
                               notice.resolved ? "firing" : "resolved")};
        cache_.send(other);
        co_return true;
    }
    co_return false;
}

base::Task<void> Monitor::tell(observe::Notice notice) {
    const std::string_view name = observe::to_string(notice.alert);
    const std::string_view severity = observe::severity_of(notice.alert);
    if (notice.resolved)
        base::log::info("alert resolved", {{"alert", name}, {"value", notice.value}});
    else
        base::log::warn("alert", {{"alert", name},
                                  {"severity", severity},
                                  {"value", notice.value},
                                  {"threshold", notice.threshold},
                                  {"text", notice.text}});
    if (options_.webhook.empty() || !co_await is_first_to_tell(notice)) co_return;
    bool sent = false;
    for (int attempt = 1; attempt <= kTries && !sent && !stopped_; ++attempt) {
        if (attempt > 1) {
            asio::steady_timer pause(io_, kTryAgain * attempt);
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        sent = co_await post({.url = options_.webhook, .body = write_notice(notice, options_.instance)});
    }
    hub_.counters().add(observe::Family::alerts_sent, {name, sent ? "sent" : "failed"});
    if (!sent) base::log::warn("the webhook was not told of an alert", {{"alert", name}});
}

base::Task<bool> Monitor::post(fetch::Request request) {
    request.method = "POST";
    request.headers = {{"Content-Type", "application/json"}};
    request.timeout = 10s;
    const auto answer = co_await http_.send(std::move(request));
    co_return answer && answer->status >= 200 && answer->status < 300;
}

// What cannot be sent is dropped: traces are for looking, not for keeping.
base::Task<void> Monitor::send_traces() {
    while (!stopped_) {
        trace_timer_.expires_after(kTraceEvery);
        co_await trace_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        auto spans = hub_.take_spans(kSpansAtOnce);
        while (!spans.empty() && !stopped_) {
            // A collector runs beside what it collects from.
            if (!co_await post({.url = options_.otlp_endpoint + "/v1/traces",
                                .body = write_traces(spans, options_),
                                .may_be_private = true}))
                base::log::debug("traces were dropped", {{"spans", spans.size()}});
            spans = hub_.take_spans(kSpansAtOnce);
        }
    }
}

}  // namespace performance
