#include "performance/performance_routes.hpp"

#include "observe/exposition.hpp"
#include "performance/performance_json.hpp"
#include "performance/performance_sql.hpp"

namespace performance::routes {
namespace {

using base::JsonWriter;
using base::Task;
using http::Call;
using http::Response;

constexpr std::size_t kSlowestOnDashboard = 5;
constexpr std::size_t kSlowQueriesOnDashboard = 5;
constexpr std::size_t kSlowQueries = 20;
constexpr std::size_t kSlowest = 10;
constexpr std::chrono::seconds kPatience{5};

Response answer(std::string body, unsigned status = 200) {
    return http::json(std::move(body), http::Caching::no_store, status);
}

/// Rows of names and numbers as objects; `keys` in the order of the columns, the first `texts` of them text.
void write_rows(JsonWriter& json, std::string_view name, const postgres::Rows& rows,
                std::initializer_list<std::string_view> keys, int texts) {
    json.key(name).begin_array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = rows[i];
        json.begin_object();
        int column = 0;
        for (const std::string_view key : keys) {
            json.key(key);
            if (column < texts)
                json.value(row.text(column));
            else
                json.value(row.integer(column));
            ++column;
        }
        json.end_object();
    }
    json.end_array();
}

void write_connections(JsonWriter& json, std::string_view name, const postgres::Rows& rows) {
    write_rows(json, name, rows, {"state", "count"}, 1);
}

Task<base::Result<postgres::Results>> ask(Performance& performance, postgres::Commands commands) {
    return performance.sources().database.run(std::move(commands), performance.clock().steady() + kPatience);
}

/// The part of it that stands in 503 answers, which are no problem documents (contract 1.3).
void begin(JsonWriter& json, bool good) {
    json.begin_object().member("success", good);
    if (!good)
        json.member("error", "A store does not answer.")
            .member("code", http::problem_type(base::Errc::unhealthy).code);
}

unsigned status_of(State state) {
    return state == State::healthy ? 200 : state == State::degraded ? 206 : 503;
}

}  // namespace

Task<Response> metrics(Performance& performance, Call& call) {
    const bool open_metrics = observe::wants_open_metrics(call.request.header("accept").value_or(""));
    Response out;
    out.body = base::make_body(co_await performance.metrics(open_metrics));
    out.content_type = observe::content_type(open_metrics);
    out.vary = "Accept, Authorization, Cookie, Accept-Encoding";
    co_return out;
}

Task<Response> dashboard(Performance& performance, Call& call) {
    const Probe database = co_await performance.probe_database();
    const Probe redis = co_await performance.probe_redis();
    const KeyCount keys = co_await performance.count_keys();
    const auto queues = co_await performance.queues();
    if (!queues) co_return http::problem(call, queues.error());
    postgres::Commands commands;
    commands.push_back({sql::kSelectConnections, {}, {}});
    const auto rows = co_await ask(performance, std::move(commands));
    if (!rows) co_return http::problem(call, rows.error());
    const Overview all = performance.overview();
    const HealthNumbers health = judge(all, database, redis);
    const Advice advice = advise(facts_of(all, &*queues, &keys));
    const observe::RouteTotals& requests = all.requests;
    const std::chrono::duration<double> uptime = performance.clock().steady() - performance.options().started;
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("timestamp", performance.clock().now());
    json.member("healthScore", rounded(health.score)).key("overview").begin_object();
    json.member("status", to_string(state_of_score(health.score))).member("totalRequests", requests.total());
    json.member("averageResponseTime", rounded(requests.durations.mean_ms()))
        .member("uptime", rounded(uptime.count()));
    write_memory(json, health.process);
    json.end_object().key("database").begin_object();
    write_pool(json, all, database, performance.clock().now());
    write_database_health(json, all, database);
    write_query_stats(json, all, performance);
    write_slow_queries(json, performance, kSlowQueriesOnDashboard);
    write_connections(json, "connectionStats", rows->front());
    json.end_object().key("cache").begin_object();
    write_cache_stats(json, all, performance, keys);
    write_cache_health(json, redis);
    json.member("recommendations", advice.cache);
    json.end_object().key("queues").begin_object();
    write_queue_metrics(json, *queues);
    write_queue_summary(json, *queues);
    json.end_object().key("api").begin_object();
    write_api(json, all, performance, kSlowestOnDashboard);
    write_routes(json, performance, kSlowestOnDashboard);
    json.end_object().end_object();
    co_return answer(std::move(body));
}

Task<Response> database(Performance& performance, Call& call) {
    const Probe probe = co_await performance.probe_database();
    postgres::Commands commands;
    for (const auto* statement :
         {&sql::kSelectConnections, &sql::kSelectLocks, &sql::kSelectIndexes, &sql::kSelectTables})
        commands.push_back({*statement, {}, {}});
    const auto rows = co_await ask(performance, std::move(commands));
    if (!rows) co_return http::problem(call, rows.error());
    const Overview all = performance.overview();
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_pool(json, all, probe, performance.clock().now());
    write_database_health(json, all, probe);
    json.key("stats").begin_object();
    write_connections(json, "connections", (*rows)[0]);
    write_rows(json, "lockStats", (*rows)[1], {"mode", "count"}, 1);
    write_rows(json, "indexUsage", (*rows)[2],
               {"schemaname", "tablename", "indexname", "idx_scan", "idx_tup_read", "idx_tup_fetch"}, 3);
    write_rows(json, "tableStats", (*rows)[3],
               {"schemaname", "tablename", "n_tup_ins", "n_tup_upd", "n_tup_del", "n_live_tup", "n_dead_tup"},
               2);
    json.end_object();
    write_query_stats(json, all, performance);
    write_slow_queries(json, performance, kSlowQueries);
    json.member("recommendations", advise(facts_of(all, nullptr, nullptr)).database);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> cache(Performance& performance, Call&) {
    const Probe probe = co_await performance.probe_redis();
    const KeyCount keys = co_await performance.count_keys();
    const Overview all = performance.overview();
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_cache_stats(json, all, performance, keys);
    write_cache_health(json, probe);
    json.key("keyAnalysis").begin_object().member("totalKeys", keys.total).key("namespaces").begin_object();
    for (const auto& [name, count] : keys.namespaces)
        json.escaped_key(name).value(count);
    json.end_object().member("complete", keys.is_complete).end_object();
    json.member("recommendations", advise(facts_of(all, nullptr, &keys)).cache);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> queues(Performance& performance, Call& call) {
    const auto queues = co_await performance.queues();
    if (!queues) co_return http::problem(call, queues.error());
    const Overview all = performance.overview();
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_queue_metrics(json, *queues);
    write_queue_details(json, *queues);
    write_queue_summary(json, *queues);
    json.member("recommendations", advise(facts_of(all, &*queues, nullptr)).queues);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> api(Performance& performance, Call&) {
    const Overview all = performance.overview();
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_api(json, all, performance, kSlowest);
    write_slow_requests(json, performance);
    json.member("recommendations", advise(facts_of(all, nullptr, nullptr)).api);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> health(Performance& performance, Call&) {
    const Probe database = co_await performance.probe_database();
    const Probe redis = co_await performance.probe_redis();
    const Overview all = performance.overview();
    const HealthNumbers health = judge(all, database, redis);
    State state = state_of_score(health.score);
    if (health.database == State::unhealthy) state = State::unhealthy;  // nothing works without it
    std::string body;
    JsonWriter json(body);
    begin(json, state != State::unhealthy);
    json.member("status", to_string(state))
        .member("score", rounded(health.score))
        .key("checks")
        .begin_object();
    json.member("database", to_string(health.database)).member("cache", to_string(health.cache));
    json.key("memory").begin_object().member("heapUsed", health.process.anonymous);
    json.member("heapTotal", health.process.memory_limit)
        .member("usage", rounded(health.process.memory_usage()));
    json.member("status", memory_word(health.process.memory_usage())).end_object();
    const std::chrono::duration<double> uptime = performance.clock().steady() - performance.options().started;
    json.member("uptime", rounded(uptime.count())).end_object();
    json.member("timestamp", performance.clock().now()).end_object();
    co_return answer(std::move(body), status_of(state));
}

Task<Response> recommendations(Performance& performance, Call& call) {
    const auto queues = co_await performance.queues();
    if (!queues) co_return http::problem(call, queues.error());
    const KeyCount keys = co_await performance.count_keys();
    const Overview all = performance.overview();
    const Advice advice = advise(facts_of(all, &*queues, &keys));
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    json.member("database", advice.database);
    json.member("cache", advice.cache);
    json.member("queues", advice.queues);
    json.member("api", advice.api);
    json.key("priority").begin_array();
    for (const Advice::Urgent& one : advice.priority)
        json.begin_object().member("priority", one.priority).member("message", one.message).end_object();
    json.end_array().end_object();
    co_return answer(std::move(body));
}

Task<Response> reset(Performance& performance, Call& call) {
    if (performance.options().environment != "development")
        co_return http::problem(call, {base::Errc::not_allowed_in_production,
                                       "The numbers can be reset only with NODE_ENV=development."});
    performance.sources().hub.reset(performance.clock().steady());
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("success", true)
        .member("message", "The numbers begin anew")
        .end_object();
    co_return answer(std::move(body));
}

}  // namespace performance::routes
