#include "syncing/sync_routes.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <cmath>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "idempotency/claim.hpp"
#include "jobs/events.hpp"

namespace syncing::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Result;

constexpr std::int64_t kBusy = 10;
constexpr std::int64_t kFailing = 5;
constexpr std::int64_t kDaysMax = 365;

double dollars(Money money) {
    return static_cast<double>(money) / static_cast<double>(kDollar);
}

std::optional<double> dollars(std::optional<Money> money) {
    return money ? std::optional(dollars(*money)) : std::nullopt;
}

Response answer(std::string body, bool is_write = false) {
    return http::json(std::move(body), is_write ? http::Caching::no_store : http::Caching::private_no_cache);
}

Response accepted(base::JobId id, RunOptions options) {
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("success", true)
        .member("jobId", id)
        .member("message", "The sync has been queued");
    json.key("options").raw(write_options(options)).end_object();
    Response response = http::json(std::move(body), http::Caching::no_store, 202);
    response.headers.emplace_back("Location", "/api/jobs/" + base::to_string(id.uuid));
    return response;
}

/// The job of the path; what there is instead of it is an answer.
Task<std::expected<jobs::Job, Response>> find_job(Syncs& syncs, Call& call) {
    const base::Error missing{Errc::job_not_found, "The job does not exist", {}, {}};
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return std::unexpected(http::problem(call, missing));
    const auto job = co_await syncs.jobs().find(call.principal->user, {*id}, jobs::Type::sync);
    if (!job) co_return std::unexpected(http::problem(call, job.error()));
    if (*job) co_return **job;
    const auto owner = co_await syncs.jobs().owner({*id});
    if (!owner) co_return std::unexpected(http::problem(call, owner.error()));
    if (!*owner || **owner == call.principal->user) co_return std::unexpected(http::problem(call, missing));
    co_return std::unexpected(
        http::problem(call, {Errc::access_denied, "The job belongs to somebody else", {}, {}}));
}

std::string failure_of(const jobs::Job& job) {
    if (job.error) return job.error->message;
    return job.state == jobs::State::cancelled ? "Cancelled" : "";
}

void write_status(JsonWriter& json, const jobs::Job& job) {
    json.begin_object()
        .member("id", job.id)
        .member("userId", job.user)
        .member("status", jobs::sync_status(job));
    json.key("progress");
    jobs::write_sync_progress(json, job);
    json.key("options").raw(job.options).member("createdAt", job.created_at);
    json.member("processedOn", job.started_at).member("finishedOn", job.finished_at).key("result");
    if (job.result)
        json.raw(*job.result);
    else
        json.null();
    const std::string failure = failure_of(job);
    if (!failure.empty()) json.member("failedReason", failure);
    json.member("dbStatus", jobs::sync_database_status(job)).member("totalItems", job.progress.total);
    json.member("processedItems", job.progress.current);
    if (!failure.empty()) json.member("errorMessage", failure);
    if (job.paused_reason) json.member("pausedReason", jobs::to_string(*job.paused_reason));
    if (job.resume_at) json.member("resumeAt", *job.resume_at);
    json.end_object();
}

void write_past(JsonWriter& json, const jobs::Job& job) {
    json.begin_object().member("id", job.id).member("user_id", job.user);
    json.member("status", jobs::sync_database_status(job)).member("progress", job.progress.percentage);
    json.member("total_items", job.progress.total).member("processed_items", job.progress.current);
    json.key("error_message");
    if (job.error)
        json.value(job.error->message);
    else
        json.null();
    json.member("started_at", job.started_at).member("completed_at", job.finished_at);
    json.member("created_at", job.created_at).key("result");
    if (job.result)
        json.raw(*job.result);
    else
        json.null();
    json.end_object();
}

std::optional<base::JobId> read_cursor(std::string_view text) {
    const auto bytes = base::from_base64url(text);
    base::Uuid id;
    if (!bytes || bytes->size() != id.bytes.size()) return {};
    std::ranges::transform(*bytes, id.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return base::JobId{id};
}

/// `days` of the query, moved into its range.
std::int64_t clamped_days(const Call& call, std::int64_t otherwise, http::Faults& faults) {
    const auto days = http::query_integer(call.query, "days", INT64_MIN, INT64_MAX, faults);
    return std::clamp<std::int64_t>(days.value_or(otherwise), 1, kDaysMax);
}

void write_caps(JsonWriter& json, const Caps& caps) {
    json.begin_object()
        .member("daily", dollars(caps.daily))
        .member("monthly", dollars(caps.monthly))
        .end_object();
}

/// A cap of the body: nothing for null and for what is missing.
std::optional<Money> read_cap(const boost::json::object& body, std::string_view name, http::Faults& faults) {
    const boost::json::value* member = body.if_contains(name);
    if (member == nullptr || member->is_null()) return {};
    if (!member->is_number()) {
        faults.invalid_type(name, "number", member->is_string() ? "string" : "object");
        return {};
    }
    const double amount = member->to_number<double>();
    constexpr double kLargest = 1e9;
    if (amount < 0) faults.too_small(name, 0, "number");
    if (amount > kLargest) faults.too_big(name, static_cast<std::int64_t>(kLargest), "number");
    return std::llround(std::clamp(amount, 0.0, kLargest) * static_cast<double>(kDollar));
}

}  // namespace

Task<Response> start(Syncs& syncs, Call& call) {
    const auto body = http::read_object(call.request);
    if (!body) co_return http::problem(call, body.error());
    http::Faults faults;
    http::ObjectReader reader(*body, faults);
    RunOptions options;
    options.full = reader.flag("fullSync").value_or(false);
    options.force = reader.flag("forceSync").value_or(false);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_sync_options);
    const auto id =
        co_await syncs.start(call.principal->user, options,
                             [&call, options](const base::JobId& made, postgres::Commands& commands) {
                                 idempotency::store(call, accepted(made, options), commands);
                             });
    if (!id) co_return http::problem(call, id.error());
    co_return accepted(*id, options);
}

Task<Response> status(Syncs& syncs, Call& call) {
    auto job = co_await find_job(syncs, call);
    if (!job) co_return std::move(job.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("job");
    write_status(json, *job);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> cancel(Syncs& syncs, Call& call) {
    auto job = co_await find_job(syncs, call);
    if (!job) co_return std::move(job.error());
    const auto cancelled = co_await syncs.jobs().cancel(call.principal->user, job->id, jobs::Type::sync);
    if (!cancelled) co_return http::problem(call, cancelled.error());
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("success", true)
        .member("message", "The sync is being cancelled")
        .end_object();
    co_return answer(std::move(body), true);
}

Task<Response> history(Syncs& syncs, Call& call) {
    http::Faults faults;
    const auto page = http::read_page(call.query, faults, http::LimitRule::reduce);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    std::optional<base::JobId> after;
    if (page.cursor && !(after = read_cursor(*page.cursor)))
        co_return http::problem(call, {Errc::invalid_cursor, "The cursor cannot be read", {}, {}});
    const auto found = co_await syncs.jobs().list(
        call.principal->user, {.type = jobs::Type::sync, .state = {}}, page.limit, page.offset, after);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("history").begin_array();
    for (const jobs::Job& job : found->jobs)
        write_past(json, job);
    json.end_array().key("pagination");
    http::write_pagination(json, page.limit, found->offset, found->total, found->has_more,
                           found->has_more
                               ? base::to_base64url(base::as_chars(found->jobs.back().id.uuid.bytes))
                               : std::string());
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> clean_up(Syncs& syncs, Call& call) {
    http::Faults faults;
    constexpr std::int64_t kLongest = 3650;
    const auto days = http::query_integer(call.query, "days", 1, kLongest, faults).value_or(90);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    const auto deleted = co_await syncs.clean_up(call.principal->user, days);
    if (!deleted) co_return http::problem(call, deleted.error());
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("success", true)
        .member("deletedCount", *deleted)
        .member("message", "Old syncs were removed")
        .end_object();
    co_return answer(std::move(body), true);
}

Task<Response> stats(Syncs& syncs, Call& call) {
    const bool all = call.query.get("scope") == "all";
    if (all && !(call.principal->role == base::Role::admin && call.principal->scopes.admin))
        co_return http::problem(call, {Errc::admin_required, "Only administrators see all of them", {}, {}});
    const auto counts = co_await syncs.count(all ? std::nullopt : std::optional(call.principal->user));
    if (!counts) co_return http::problem(call, counts.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("success", true)
        .key("stats")
        .begin_object()
        .member("waiting", counts->waiting);
    json.member("active", counts->active)
        .member("completed", counts->completed)
        .member("failed", counts->failed);
    json.member("total", counts->total).end_object().member("timestamp", syncs.now()).end_object();
    co_return answer(std::move(body));
}

Task<Response> analytics(Syncs& syncs, Call& call) {
    http::Faults faults;
    const std::int64_t days = clamped_days(call, 30, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    const auto found = co_await syncs.analyse(call.principal->user, days);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("analytics").begin_object().key("summary").begin_object();
    json.member("total_syncs", found->total).member("successful_syncs", found->completed);
    json.member("failed_syncs", found->failed).member("avg_items_per_sync", found->items_average);
    json.member("max_items_synced", found->items_max).member("first_sync", found->first);
    json.member("last_sync", found->last).end_object().key("dailyStats").begin_array();
    for (const DayOfSyncs& day : found->days) {
        json.begin_object().member("sync_date", day.date).member("total_syncs", day.total);
        json.member("successful_syncs", day.completed).member("failed_syncs", day.failed);
        json.member("total_items_synced", day.items).end_object();
    }
    json.end_array().key("errorAnalysis").begin_array();
    for (const ErrorOfSyncs& error : found->errors) {
        json.begin_object().member("error_message", error.message).member("occurrence_count", error.count);
        json.member("last_occurrence", error.last).end_object();
    }
    json.end_array().key("period").begin_object().member("days", days).member("startDate", found->from);
    json.member("endDate", found->to).end_object().end_object().end_object();
    co_return answer(std::move(body));
}

Task<Response> health(Syncs& syncs, Call& call) {
    const auto counts = co_await syncs.count({});
    const bool away = !counts;
    const bool degraded = !away && (counts->active >= kBusy || counts->failed_lately >= kFailing);
    const std::string_view word = away ? "unhealthy" : degraded ? "degraded" : "healthy";
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", !away && !degraded).member("status", word);
    if (!away) {
        json.key("queue").begin_object().member("waiting", counts->waiting).member("active", counts->active);
        json.member("failed", counts->failed_lately).end_object();
    }
    json.member("timestamp", syncs.now());
    if (away || degraded) {
        json.member("error", away ? "The database does not answer" : "Many syncs run or have failed");
        json.member("code", "SYNC_SERVICE_ERROR");
    }
    json.end_object();
    co_return http::json(std::move(body), http::Caching::no_store, away || degraded ? 503 : 200);
}

Task<Response> spend(Syncs& syncs, Call& call) {
    http::Faults faults;
    const std::int64_t days = clamped_days(call, 30, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    const auto found = co_await syncs.spend(call.principal->user, days);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("spend").begin_object();
    json.member("today", dollars(found->spent.today)).member("month", dollars(found->spent.month));
    json.member("currency", "USD").key("budget");
    write_caps(json, found->caps);
    json.member("pausedUntil", found->paused_until).key("unitPrices").begin_object();
    json.member("ownedRead", dollars(found->prices.owned_read))
        .member("postRead", dollars(found->prices.post_read));
    json.end_object().key("entries").begin_array();
    for (const SpendOfDay& entry : found->entries) {
        json.begin_object().member("day", entry.day).member("endpoint", entry.endpoint);
        json.member("requests", entry.requests).member("resources", entry.resources);
        json.member("amount", dollars(entry.amount)).end_object();
    }
    json.end_array().end_object().end_object();
    co_return answer(std::move(body));
}

Task<Response> budget(Syncs& syncs, Call& call) {
    const auto body = http::read_object(call.request);
    if (!body) co_return http::problem(call, body.error());
    http::Faults faults;
    const Caps own{.daily = read_cap(*body, "daily", faults), .monthly = read_cap(*body, "monthly", faults)};
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_budget);
    const auto caps = co_await syncs.set_budget(call.principal->user, own);
    if (!caps) co_return http::problem(call, caps.error());
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("success", true).key("budget");
    write_caps(json, *caps);
    json.end_object();
    co_return answer(std::move(out), true);
}

Task<Response> forecast(Syncs& syncs, Call& call) {
    const bool full = call.query.flag("fullSync").value_or(false);
    const auto found = co_await syncs.forecast(call.principal->user, full);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("forecast").begin_object();
    json.member("maxRequests", found->requests_max).member("maxResources", found->resources_max);
    json.member("maxAmount", dollars(found->amount_max));
    json.member("remainingToday", dollars(found->remaining_today));
    json.member("remainingMonth", dollars(found->remaining_month));
    json.member("wouldPause", found->would_pause).end_object().end_object();
    co_return answer(std::move(body));
}

}  // namespace syncing::routes
