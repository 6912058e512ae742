// /api/search/history and /api/search/analytics.
#include <algorithm>
#include <boost/json/object.hpp>

#include "base/json_writer.hpp"
#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/filter_routes.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "idempotency/claim.hpp"
#include "search/search_routes.hpp"

namespace search::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Faults;
using http::Response;

constexpr std::int64_t kDaysDefault = 30;
constexpr std::int64_t kDaysMax = 90;
constexpr std::int64_t kCountMax = 1'000'000'000'000;

/// The query of a body: its member `query`, or the body itself.
const boost::json::object* query_object(const boost::json::object& body, Faults& faults) {
    http::ObjectReader reader(body, faults);
    if (!reader.has("query") || reader.is_null("query")) return &body;
    return reader.object("query");
}

/// A number of milliseconds: the contract's own answers have fractions.
double read_milliseconds(const boost::json::object& body, Faults& faults) {
    const auto* value = body.if_contains("executionTime");
    if (value == nullptr || value->is_null()) return 0;
    boost::system::error_code error;
    const double number = value->is_number() ? value->to_number<double>(error) : -1;
    if (!value->is_number()) {
        faults.invalid_type("executionTime", "number", value->is_string() ? "string" : "object");
    } else if (error || number < 0) {
        faults.too_small("executionTime", 0, "number");
    }
    return std::max(number, 0.0);
}

Response done(std::string_view message) {
    std::string body;
    JsonWriter(body).begin_object().member("success", true).member("message", message).end_object();
    return http::json(std::move(body));
}

Response added(const base::Uuid& id) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().member("id", id).end_object();
    json.member("message", "Search saved to the history").end_object();
    return http::json(std::move(body), http::Caching::no_store, 201);
}

}  // namespace

Task<Response> list_history(History& history, Call& call) {
    Faults faults;
    const auto page = bookmarks::routes::read_page(call.query, faults, http::LimitRule::reduce);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    const auto listed = co_await history.list(call.principal->user, page);
    if (!listed) co_return http::problem(call, listed.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("history").begin_array();
    for (const HistoryEntry& entry : listed->entries) {
        json.begin_object().member("id", entry.id).key("query").raw(entry.query);
        json.member("resultCount", entry.result_count).member("executionTime", entry.milliseconds);
        json.member("createdAt", entry.created_at).end_object();
    }
    json.end_array().key("pagination");
    http::write_pagination(json, page.limit, listed->offset, listed->total, !listed->next_cursor.empty(),
                           listed->next_cursor);
    json.end_object().end_object();
    co_return http::json(std::move(body), http::Caching::api_max_age);
}

Task<Response> add_history(History& history, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    HistoryEntry entry;
    bookmarks::routes::Selected selected;
    if (const auto* asked = query_object(*object, faults)) {
        faults.enter(asked == &*object ? "" : "query.");
        const http::Query query = bookmarks::routes::query_of(*asked, faults);
        selected = bookmarks::routes::read_selection(query, bookmarks::Sort::relevance, faults);
        faults.enter("");
    }
    http::ObjectReader reader(*object, faults);
    if (!reader.is_null("resultCount"))
        entry.result_count = reader.integer("resultCount", 0, kCountMax).value_or(0);
    entry.milliseconds = read_milliseconds(*object, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    if (!bookmarks::routes::has_condition(selected.filter))
        co_return http::problem(call, {Errc::query_required, "The query has neither a text nor a filter"});
    JsonWriter json(entry.query);
    bookmarks::routes::write_query(json, selected, {});
    const auto id = co_await history.add(call.principal->user, std::move(entry),
                                         [&call](const base::Uuid& made, postgres::Commands& commands) {
                                             idempotency::store(call, added(made), commands);
                                         });
    if (!id) co_return http::problem(call, id.error());
    co_return added(*id);
}

Task<Response> remove_history(History& history, Call& call) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return http::problem(call, {Errc::search_history_not_found, "The entry does not exist"});
    const auto removed = co_await history.remove(call.principal->user, *id);
    if (!removed) co_return http::problem(call, removed.error());
    co_return done("Entry deleted");
}

Task<Response> clear_history(History& history, Call& call) {
    const auto count = co_await history.clear(call.principal->user);
    if (!count) co_return http::problem(call, count.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object();
    json.member("deletedCount", *count).end_object().member("message", "History cleared").end_object();
    co_return http::json(std::move(body));
}

Task<Response> analytics(History& history, Call& call) {
    Faults faults;
    const auto asked = http::query_integer(call.query, "days", INT64_MIN, INT64_MAX, faults);
    const std::int64_t days = std::clamp(asked.value_or(kDaysDefault), std::int64_t{1}, kDaysMax);
    std::string zone = bookmarks::routes::read_zone(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    const auto found = co_await history.analyse(call.principal->user, days, std::move(zone));
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object();
    json.member("totalSearches", found->searches).member("avgExecutionTime", found->mean_milliseconds);
    json.key("mostSearchedTerms").begin_array();
    for (const auto& [text, count] : found->terms)
        json.begin_object().member("query", text).member("count", count).end_object();
    json.end_array().key("searchTrends").begin_array();
    for (const auto& [day, count] : found->days)
        json.begin_object().member("date", day).member("count", count).end_object();
    json.end_array().key("period").begin_object().member("days", days).member("from", found->from);
    json.member("to", found->to).end_object().end_object().end_object();
    co_return http::json(std::move(body), http::Caching::api_max_age);
}

}  // namespace search::routes
