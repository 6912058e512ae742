#include "performance/performance.hpp"

#include <algorithm>

#include "performance/performance_sql.hpp"
#include "redis/scan.hpp"

namespace performance {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kTotalsKept{60};
constexpr double kMicro = 1e6;

std::int64_t number_behind(std::string_view text, std::string_view name) {
    const auto at = text.find(name);
    if (at == std::string_view::npos) return 0;
    std::int64_t out = 0;
    for (const char c : text.substr(at + name.size())) {
        if (c < '0' || c > '9') break;
        out = out * 10 + (c - '0');
    }
    return out;
}

}  // namespace

std::int64_t QueueNumbers::count(std::string_view state) const {
    const auto found = by_state.find(state);
    return found == by_state.end() ? 0 : found->second;
}

std::int64_t QueueNumbers::total() const {
    std::int64_t sum = 0;
    for (const auto& [state, count] : by_state)
        sum += count;
    return sum;
}

Performance::Performance(Sources sources, Options options, const base::Clock& clock)
    : sources_(std::move(sources)), options_(std::move(options)), clock_(clock) {}

Overview Performance::overview() const {
    Overview out;
    for (const observe::RouteTotals& route : sources_.hub.requests_since_reset())
        out.requests += route;
    for (const auto& [name, totals] : sources_.hub.queries_since_reset()) {
        out.queries.durations += totals.durations;
        out.queries.errors += totals.errors;
        out.queries.slow += totals.slow;
    }
    for (const observe::LoopState* loop : sources_.hub.loops()) {
        out.pool_total += loop->pool_total;
        out.pool_active += loop->pool_active;
        out.pool_idle += loop->pool_idle;
        out.pool_waiting += loop->pool_waiting;
        out.pool_max += loop->pool_max;
        out.acquired += loop->acquired;
        out.waited += loop->waited;
    }
    return out;
}

std::vector<std::pair<std::size_t, observe::RouteTotals>> Performance::slowest_routes(
    std::size_t most) const {
    std::vector<std::pair<std::size_t, observe::RouteTotals>> out;
    const auto all = sources_.hub.requests_since_reset();
    for (std::size_t i = 0; i < sources_.routes.size(); ++i) {
        // Streams last as long as their clients like.
        if (all[i].total() > 0 && !sources_.routes[i].streams) out.emplace_back(i, all[i]);
    }
    std::ranges::sort(out, std::greater(), [](const auto& one) { return one.second.durations.mean_ms(); });
    if (out.size() > most) out.resize(most);
    return out;
}

base::Task<Probe> Performance::probe_database() {
    const base::SteadyTime asked = clock_.steady();
    const auto rows = co_await sources_.database.run(sql::kSelectOne, {}, asked + kPatience + 1s);
    co_return Probe{.answered = rows.has_value(),
                    .seconds = std::chrono::duration<double>(clock_.steady() - asked).count()};
}

base::Task<Probe> Performance::probe_redis() {
    const base::SteadyTime asked = clock_.steady();
    const bool answered = co_await sources_.redis.ping();
    co_return Probe{.answered = answered,
                    .seconds = std::chrono::duration<double>(clock_.steady() - asked).count()};
}

base::Task<base::Result<Queues>> Performance::queues() {
    postgres::Commands commands;
    commands.push_back({sql::kCountJobs, {}, {}});
    commands.push_back({sql::kSelectJobTimes, std::move(postgres::Params().time(clock_.now() - 24h)), {}});
    commands.push_back({sql::kSelectJobTimes, std::move(postgres::Params().time(clock_.now() - 10min)), {}});
    const auto results = co_await sources_.database.run(std::move(commands), clock_.steady() + kPatience);
    if (!results) co_return std::unexpected(results.error());
    Queues out;
    for (std::size_t i = 0; i < (*results)[0].size(); ++i) {
        const auto row = (*results)[0][i];
        out[std::string(row.text(0))].by_state[std::string(row.text(1))] = row.integer(2);
    }
    for (std::size_t i = 0; i < (*results)[1].size(); ++i) {
        const auto row = (*results)[1][i];
        out[std::string(row.text(0))].mean_ms = row.float8(1) * 1000;
    }
    for (std::size_t i = 0; i < (*results)[2].size(); ++i) {
        const auto row = (*results)[2][i];
        out[std::string(row.text(0))].per_minute = static_cast<double>(row.integer(2)) / 10;
    }
    co_return out;
}

base::Task<KeyCount> Performance::count_keys() {
    KeyCount out;
    const std::size_t skipped = options_.redis_prefix.size();
    out.is_complete =
        co_await redis::scan(sources_.redis, options_.redis_prefix, clock_.steady() + kPatience, clock_,
                             [&out, skipped](const std::vector<redis::Reply>& keys) {
                                 for (const redis::Reply& key : keys) {
                                     const std::string_view rest = std::string_view(key.text).substr(skipped);
                                     ++out.total;
                                     ++out.namespaces[std::string(rest.substr(0, rest.find(':')))];
                                 }
                                 return true;
                             });
    if (!out.is_complete) co_return out;
    const auto memory = co_await sources_.redis.run({"INFO", "memory"});
    if (memory) out.memory_bytes = number_behind(memory->text, "used_memory:");
    co_return out;
}

Facts facts_of(const Overview& all, const Queues* queues, const KeyCount* keys) {
    const auto share = [](double part, double whole) { return whole > 0 ? 100.0 * part / whole : 0.0; };
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    const std::uint64_t queries = all.queries.durations.total();
    Facts out{.queries = queries,
              .query_ms = all.queries.durations.mean_ms(),
              .slow_queries = all.queries.slow,
              .query_errors = share(number(all.queries.errors), number(queries)),
              .pool_use = share(static_cast<double>(all.pool_active), static_cast<double>(all.pool_max)),
              .cache_requests = all.requests.cacheable,
              .cache_hits = share(number(all.requests.hits), number(all.requests.cacheable)),
              .requests = all.requests.total(),
              .request_ms = all.requests.durations.mean_ms(),
              .slow_requests = share(number(all.requests.slow), number(all.requests.total())),
              .compressible = all.requests.encodable,
              .compressed = share(number(all.requests.encoded), number(all.requests.encodable))};
    if (keys != nullptr) out.cache_keys = keys->total;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    for (const auto& [type, queue] : queues != nullptr ? *queues : Queues()) {
        out.longest_job_ms = std::max(out.longest_job_ms, queue.mean_ms);
        completed += queue.count("completed");
        failed += queue.count("failed");
    }
    out.failed_jobs = share(static_cast<double>(failed), static_cast<double>(completed + failed));
    return out;
}

base::Task<base::Result<Performance::Totals>> Performance::totals() {
    const base::SteadyTime now = clock_.steady();
    if (totals_ && now - totals_read_ < kTotalsKept) co_return *totals_;
    const auto rows = co_await sources_.database.run(sql::kSumTotals, {}, now + kPatience);
    if (!rows) co_return std::unexpected(rows.error());
    totals_ = Totals{.bookmarks = (*rows)[0].integer(0),
                     .dollars = static_cast<double>((*rows)[0].integer(1)) / kMicro};
    totals_read_ = now;
    co_return *totals_;
}

}  // namespace performance
