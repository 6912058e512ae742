#include "jobs/jobs_routes.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "http/paging.hpp"
#include "jobs/events.hpp"
#include "jobs/job_json.hpp"

namespace jobs::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Response;

constexpr std::array<std::string_view, kTypes> kTypeWords{"sync", "export", "import", "ai-suggest", "backup"};
constexpr std::array<std::string_view, 6> kStateWords{"queued",    "running", "paused",
                                                      "completed", "failed",  "cancelled"};
constexpr std::int64_t kHistoryLimit = 10;

std::string write_cursor(base::JobId id) {
    return base::to_base64url(base::as_chars(id.uuid.bytes));
}

std::optional<base::JobId> read_cursor(std::string_view text) {
    const auto bytes = base::from_base64url(text);
    base::Uuid id;
    if (!bytes || bytes->size() != id.bytes.size()) return {};
    std::ranges::transform(*bytes, id.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return base::JobId{id};
}

base::Error missing() {
    return {Errc::job_not_found, "The job does not exist", {}, {}};
}

Response unreadable_cursor(const Call& call) {
    return http::problem(call, {Errc::invalid_cursor, "The cursor cannot be read", {}, {}});
}

void write_pagination_of(JsonWriter& json, const Page& found, std::int64_t limit) {
    json.key("pagination");
    http::write_pagination(json, limit, found.offset, found.total, found.has_more,
                           found.has_more ? write_cursor(found.jobs.back().id) : std::string());
}

Response one_job(const Job& job, std::string_view message) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    if (!message.empty()) json.member("message", message);
    json.key("data").begin_object().key("job");
    write_job(json, job);
    json.end_object().end_object();
    return http::json(std::move(body),
                      message.empty() ? http::Caching::private_no_cache : http::Caching::no_store);
}

/// The word of a parameter, or nothing when it was not given; words that do not exist are faults.
template <class Enum, std::size_t size>
std::optional<Enum> read_word(const Call& call, const std::string& name,
                              const std::array<std::string_view, size>& words, http::Faults& faults) {
    const auto text = call.query.get(name);
    if (!text || text->empty()) return {};
    const auto found = std::ranges::find(words, *text);
    if (found == words.end()) {
        faults.invalid_enum(name, *text, words);
        return {};
    }
    return static_cast<Enum>(found - words.begin());
}

}  // namespace

Task<Response> list(Jobs& jobs, Call& call) {
    http::Faults faults;
    Filter filter;
    filter.type = read_word<Type>(call, "type", kTypeWords, faults);
    filter.state = read_word<State>(call, "state", kStateWords, faults);
    const auto page = http::read_page(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    std::optional<base::JobId> after;
    if (page.cursor && !(after = read_cursor(*page.cursor))) co_return unreadable_cursor(call);
    const auto found = co_await jobs.list(call.principal->user, filter, page.limit, page.offset, after);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("jobs").begin_array();
    for (const Job& job : found->jobs)
        write_job(json, job);
    json.end_array();
    write_pagination_of(json, *found, page.limit);
    json.end_object().end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> get(Jobs& jobs, Call& call) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return http::problem(call, missing());
    const auto job = co_await jobs.find(call.principal->user, {*id});
    if (!job) co_return http::problem(call, job.error());
    if (!*job) co_return http::problem(call, missing());
    co_return one_job(**job, "");
}

Task<Response> cancel(Jobs& jobs, Call& call) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return http::problem(call, missing());
    const auto job = co_await jobs.cancel(call.principal->user, {*id});
    if (!job) co_return http::problem(call, job.error());
    co_return one_job(*job,
                      job->state == State::cancelled ? "The job is cancelled" : "The job is being cancelled");
}

Response accepted(base::JobId id) {
    std::string body;
    JsonWriter(body).begin_object().member("success", true).member("jobId", id).end_object();
    Response response = http::json(std::move(body), http::Caching::no_store, 202);
    response.headers.emplace_back("Location", "/api/jobs/" + base::to_string(id.uuid));
    return response;
}

Task<Response> transfer_status(Jobs& jobs, Type type, Call& call, ShowResult show_result) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return http::problem(call, missing());
    const auto job = co_await jobs.find(call.principal->user, {*id}, type);
    if (!job) co_return http::problem(call, job.error());
    if (!*job) co_return http::problem(call, missing());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_transfer_status(json, **job, show_result);
    json.end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> transfer_history(Jobs& jobs, Type type, Call& call, ShowResult show_result) {
    http::Faults faults;
    const auto page = http::read_page(call.query, faults, http::LimitRule::reduce, kHistoryLimit);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    std::optional<base::JobId> after;
    if (page.cursor && !(after = read_cursor(*page.cursor))) co_return unreadable_cursor(call);
    const auto found =
        co_await jobs.list(call.principal->user, {.type = type, .state = {}}, page.limit, page.offset, after);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("history").begin_array();
    for (const Job& job : found->jobs) {
        json.begin_object();
        jobs::write_transfer_status(json, job, show_result);
        json.end_object();
    }
    json.end_array();
    write_pagination_of(json, *found, page.limit);
    json.end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

}  // namespace jobs::routes
