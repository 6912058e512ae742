// GET /health, /healthz, /readyz, /api/status (contract 3.1).
#include "base/json_writer.hpp"
#include "health.hpp"

namespace app {
namespace {

using base::Errc;
using base::JsonWriter;
using http::Call;
using http::Response;

constexpr std::chrono::milliseconds kSlow{1000};
constexpr std::int64_t kActiveMax = 10;
constexpr std::int64_t kFailedMax = 5;

void write_service(JsonWriter& json, std::string_view name, const Checked& checked,
                   std::chrono::milliseconds slow) {
    const std::string_view word = !checked.healthy         ? "unhealthy"
                                  : checked.latency > slow ? "degraded"
                                                           : "healthy";
    const double latency_ms = static_cast<double>(checked.latency.count()) / 1000.0;
    json.key(name).begin_object().member("status", word).member("latency", latency_ms).end_object();
}

/// Contract 3.9: healthy while few syncs run and few have failed.
void write_queue(JsonWriter& json, bool known, const QueueState& queue) {
    const bool calm = queue.active < kActiveMax && queue.failed < kFailedMax;
    json.key("syncQueue").begin_object();
    json.member("status", !known ? "unhealthy" : calm ? "healthy" : "degraded");
    json.member("waiting", queue.waiting).member("active", queue.active).member("failed", queue.failed);
    json.end_object();
}

/// The members of an unhealthy answer, which is no problem document (contract 1.3).
void write_failure(JsonWriter& json, Errc code, std::string_view text) {
    json.member("success", false).member("error", text).member("code", http::problem_type(code).code);
}

Response answer(std::string body, bool good) {
    return http::json(std::move(body), http::Caching::no_store, good ? 200 : 503);
}

}  // namespace

base::Task<Response> Health::health(Call&) {
    const Checked database = co_await check_queue();
    const Checked cache = co_await check_cache();
    const bool good = database.healthy && cache.healthy;
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    if (good)
        json.member("success", true).member("status", "ok");
    else
        write_failure(json.member("status", "unhealthy"), Errc::unhealthy, "A store does not answer.");
    const std::chrono::duration<double> uptime = clock_.steady() - identity_.started;
    json.member("timestamp", clock_.now()).member("uptime", uptime.count());
    json.member("environment", identity_.environment).member("version", identity_.version);
    json.key("services").begin_object();
    write_service(json, "database", database, kSlow);
    write_service(json, "redis", cache, kSlow);
    write_queue(json, database.healthy, queue_);
    json.end_object().end_object();
    co_return answer(std::move(body), good);
}

base::Task<Response> Health::alive(Call&) {
    std::string body;
    JsonWriter(body).begin_object().member("success", true).member("status", "ok").end_object();
    co_return answer(std::move(body), true);
}

base::Task<Response> Health::ready(Call&) {
    const Checked database = co_await check_database();
    const Checked cache = co_await check_cache();
    // Redis is a cache and a counter: requests are served without it, so that its loss must not take all
    // instances out.
    const bool good = database.healthy && !draining_.load();
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    if (good)
        json.member("success", true).member("status", "ready");
    else
        write_failure(json.member("status", "not_ready"), Errc::not_ready,
                      draining_.load() ? "The server is shutting down." : "The database does not answer.");
    json.key("checks").begin_object().member("database", database.healthy).member("redis", cache.healthy);
    // Migrations are applied before the server listens.
    json.member("migrations", true).end_object().end_object();
    co_return answer(std::move(body), good);
}

base::Task<Response> Health::status(Call&) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("message", "X Bookmarker is running");
    json.member("timestamp", clock_.now()).member("version", identity_.version).end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

}  // namespace app
