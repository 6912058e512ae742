#include "backup/backups_routes.hpp"

#include <array>
#include <cmath>

#include "base/encoding.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "idempotency/claim.hpp"

namespace backup::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Response;

constexpr std::size_t kIdMax = 64;
constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr double kGoodRate = 80.0;
constexpr std::chrono::hours kRecent{24};

double rounded(double value) {
    return std::round(value * 100) / 100;
}

/// Of a write.
Response done(std::string body) {
    return http::json(std::move(body), http::Caching::no_store);
}

Response shown(std::string body, unsigned status = 200) {
    return http::json(std::move(body), http::Caching::private_no_cache, status);
}

Response started(Kind kind, base::JobId job, base::Time now) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("message", "The backup has begun");
    json.member("type", to_string(kind)).member("status", "started").member("timestamp", now);
    json.member("jobId", job).end_object();
    return done(std::move(body));
}

Targets read_targets(http::ObjectReader& reader, http::Faults& faults, Targets targets) {
    const boost::json::object* given = reader.object("targets");
    if (given == nullptr) return targets;
    http::ObjectReader of_targets(*given, faults, "targets.");
    targets.database = of_targets.flag("database").value_or(targets.database);
    targets.user_files = of_targets.flag("userFiles").value_or(targets.user_files);
    targets.system_files = of_targets.flag("systemFiles").value_or(targets.system_files);
    targets.logs = of_targets.flag("logs").value_or(targets.logs);
    if (faults.empty() && !targets.database && !targets.user_files && !targets.system_files && !targets.logs)
        faults.custom("targets", "Nothing is to be backed up");
    return targets;
}

void write_backup(JsonWriter& json, const Backup& backup) {
    json.begin_object();
    write_result(json, backup);
    json.end_object();
}

Task<Response> set_schedule(Backups& backups, Call& call, bool enabled) {
    if (const auto set = co_await backups.set_scheduled(enabled); !set)
        co_return http::problem(call, set.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    json.member("message", enabled ? "Backups are made by the schedule" : "The schedule is stopped");
    json.member("timestamp", backups.clock().now()).end_object();
    co_return done(std::move(body));
}

}  // namespace

Task<Response> start(Backups& backups, Call& call) {
    const auto body = http::read_object(call.request);
    if (!body) co_return http::problem(call, body.error());
    http::Faults faults;
    http::ObjectReader reader(*body, faults);
    const auto word = reader.one_of("type", {"daily", "weekly", "monthly"});
    const Targets targets = read_targets(reader, faults, backups.options().targets);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_backup_type);
    const Kind kind = parse_kind(word.value_or("daily")).value_or(Kind::daily);
    const base::Time now = backups.clock().now();
    const auto job = co_await backups.start(call.principal->user, kind, targets,
                                            [&](base::JobId made, postgres::Commands& commands) {
                                                idempotency::store(call, started(kind, made, now), commands);
                                            });
    if (!job) co_return http::problem(call, job.error());
    co_return started(kind, *job, now);
}

Task<Response> history(Backups& backups, Call& call) {
    http::Faults faults;
    const auto page = http::read_page(call.query, faults, http::LimitRule::reduce);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    std::optional<std::string> after;
    if (page.cursor) {
        after = base::from_base64url(*page.cursor);
        if (!after || after->size() > kIdMax)
            co_return http::problem(call, {Errc::invalid_cursor, "The cursor cannot be read", {}, {}});
    }
    const auto found = co_await backups.list(page.limit, after);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("history").begin_array();
    for (const Backup& backup : found->backups)
        write_backup(json, backup);
    json.end_array().member("totalItems", found->total).key("pagination");
    const std::string next = found->has_more ? base::to_base64url(found->backups.back().id) : std::string();
    http::write_pagination(json, page.limit, found->offset, found->total, found->has_more, next);
    json.end_object();
    co_return shown(std::move(body));
}

Task<Response> stats(Backups& backups, Call& call) {
    const auto stats = co_await backups.stats();
    if (!stats) co_return http::problem(call, stats.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("totalBackups", stats->total);
    json.member("successRate", rounded(stats->success_rate()));
    json.member("averageDuration", rounded(stats->mean_seconds)).member("totalSize", stats->bytes);
    json.member("totalSizeMB", rounded(static_cast<double>(stats->bytes) / kMebibyte));
    if (stats->last_success) json.member("lastBackup", *stats->last_success);
    json.key("lastBackupAgo");
    if (stats->last_success)
        json.value(
            std::chrono::floor<std::chrono::minutes>(backups.clock().now() - *stats->last_success).count());
    else
        json.null();
    json.end_object();
    co_return shown(std::move(body));
}

Task<Response> schedule(Backups& backups, Call& call) {
    const auto enabled = co_await backups.is_scheduled();
    if (!enabled) co_return http::problem(call, enabled.error());
    const Options& options = backups.options();
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("enabled", *enabled).key("schedule").begin_object();
    for (std::size_t i = 0; i < kKinds; ++i)
        json.member(to_string(static_cast<Kind>(i)), options.crons.at(i) ? options.crons.at(i)->text() : "");
    json.end_object().key("retention").begin_object();
    json.member("dailyBackups", options.retention[0]).member("weeklyBackups", options.retention[1]);
    json.member("monthlyBackups", options.retention[2]).end_object().key("targets").begin_object();
    json.member("database", options.targets.database).member("userFiles", options.targets.user_files);
    json.member("systemFiles", options.targets.system_files)
        .member("logs", options.targets.logs)
        .end_object();
    json.member("timezone", options.zone ? options.zone->name() : "").end_object();
    co_return shown(std::move(body));
}

Task<Response> start_schedule(Backups& backups, Call& call) {
    return set_schedule(backups, call, true);
}

Task<Response> stop_schedule(Backups& backups, Call& call) {
    return set_schedule(backups, call, false);
}

Task<Response> details(Backups& backups, Call& call) {
    const std::string& id = call.parameters.front();
    std::optional<Backup> backup;
    if (id.size() <= kIdMax) {
        auto found = co_await backups.find(id);
        if (!found) co_return http::problem(call, found.error());
        backup = *std::move(found);
    }
    if (!backup) co_return http::problem(call, {Errc::backup_not_found, "There is no such backup", {}, {}});
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_result(json, *backup);
    json.end_object();
    co_return shown(std::move(body));
}

Task<Response> test(Backups& backups, Call& call) {
    const auto backup = co_await backups.test();
    if (!backup) co_return http::problem(call, backup.error());
    std::string result;
    JsonWriter of_result(result);
    of_result.begin_object();
    write_result(of_result, *backup, "test");
    of_result.end_object();
    if (backup->status != Status::success)
        co_return http::problem(
            call, {Errc::backup_test_failed, "The test of the backup failed", {}, "\"result\":" + result});
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("message", "The backup was made and could be read");
    json.key("result").raw(result).end_object();
    co_return done(std::move(body));
}

Task<Response> health(Backups& backups, Call& call) {
    const auto stats = co_await backups.stats();
    if (!stats) co_return http::problem(call, stats.error());
    const bool is_recent = stats->last_success && backups.clock().now() - *stats->last_success <= kRecent;
    const bool is_good = stats->success_rate() > kGoodRate;
    const bool is_unhealthy = !is_recent && !is_good;
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", !is_unhealthy);
    // No problem document (contract 1.3).
    if (is_unhealthy)
        json.member("error", "There is no recent backup, and too few succeeded.")
            .member("code", http::problem_type(Errc::unhealthy).code);
    json.member("status", is_unhealthy ? "unhealthy" : is_recent && is_good ? "healthy" : "degraded");
    if (stats->last_success) json.member("lastBackup", *stats->last_success);
    json.member("successRate", rounded(stats->success_rate())).member("totalBackups", stats->total);
    json.key("checks").begin_object().member("recentBackup", is_recent).member("goodSuccessRate", is_good);
    json.end_object().end_object();
    co_return shown(std::move(body), is_unhealthy ? 503 : is_recent && is_good ? 200 : 206);
}

}  // namespace backup::routes
