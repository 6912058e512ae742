// /api/search/saved.
#include <algorithm>
#include <boost/json/object.hpp>

#include "base/json_writer.hpp"
#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/cursor.hpp"
#include "bookmarks/filter_routes.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"
#include "idempotency/claim.hpp"
#include "search/saved_search_json.hpp"
#include "search/search_routes.hpp"

namespace search::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Faults;
using http::Response;

constexpr std::size_t kQueryBytesMax = 64 * 1024;

Response not_found(const Call& call) {
    return http::problem(call, {Errc::saved_search_not_found, "The saved search does not exist"});
}

/// Without a message the answer to a GET.
Response single(const SavedSearch& saved, std::string_view message, unsigned status) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("search");
    write_search(json, saved);
    json.end_object();
    if (!message.empty()) json.member("message", message);
    json.end_object();
    const auto caching = message.empty() ? http::Caching::api_max_age : http::Caching::no_store;
    Response response = http::json(std::move(body), caching, status);
    // Nothing is embedded: the row says all.
    response.etag = http::row_etag(saved.version, 0);
    return response;
}

Response created(const SavedSearch& saved) {
    Response response = single(saved, "Search saved", 201);
    response.headers.emplace_back("Location", "/api/search/saved/" + base::to_string(saved.id));
    return response;
}

std::optional<std::string> read_query(http::ObjectReader& reader, bool required, Faults& faults) {
    const boost::json::object* object = reader.object("query", required);
    if (object == nullptr) return {};
    faults.enter("query.");
    const http::Query query = bookmarks::routes::query_of(*object, faults);
    static_cast<void>(bookmarks::routes::read_selection(query, bookmarks::Sort::relevance, faults));
    faults.enter("");
    std::string kept = bookmarks::routes::kept_members(*object);
    if (kept.size() > kQueryBytesMax)
        faults.too_big("query", static_cast<std::int64_t>(kQueryBytesMax), "string");
    return kept;
}

SavedChanges read_changes(const boost::json::object& object, bool required, Faults& faults) {
    http::ObjectReader reader(object, faults);
    SavedChanges changes;
    changes.name = reader.text("name", {1, 100}, required);
    changes.query = read_query(reader, required, faults);
    changes.order = reader.integer("order", 0, INT32_MAX);
    changes.pinned = reader.flag("pinned");
    return changes;
}

/// Where a page begins in the sorted list.
std::int64_t begin_of(const SavedSearches::Snapshot& snapshot, const bookmarks::Cursor& cursor) {
    const auto begin = std::ranges::partition_point(snapshot.all, [&cursor](const SavedSearch& saved) {
        return saved.order != cursor.sync_order ? saved.order < cursor.sync_order
                                                : saved.name <= cursor.author;
    });
    return begin - snapshot.all.begin();
}

}  // namespace

Task<Response> list_saved(SavedSearches& saved, Call& call) {
    Faults faults;
    const auto page = bookmarks::routes::read_page(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    const std::string binding = "saved " + base::to_string(call.principal->user.uuid);
    std::optional<bookmarks::Cursor> cursor;
    if (page.cursor) {
        cursor = bookmarks::read_cursor(*page.cursor, binding);
        if (!cursor)
            co_return http::problem(
                call, {Errc::invalid_cursor, "The cursor is damaged or belongs to another list"});
    }
    const auto snapshot = co_await saved.all(call.principal->user);
    if (!snapshot) co_return http::problem(call, snapshot.error());
    const auto total = static_cast<std::int64_t>(snapshot->all.size());
    const std::int64_t begin = cursor ? begin_of(*snapshot, *cursor) : std::min(page.offset, total);
    const std::int64_t end = std::min(begin + page.limit, total);
    const std::int64_t offset = cursor ? cursor->rows_before : page.offset;
    std::string next;
    if (end < total) {
        const SavedSearch& last = snapshot->all[static_cast<std::size_t>(end - 1)];
        next = bookmarks::write_cursor({.rows_before = offset + page.limit,
                                        .tenths = 0,
                                        .bookmarked_at = {},
                                        .sync_order = last.order,
                                        .id = last.id,
                                        .author = last.name},
                                       binding);
    }
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("searches").begin_array();
    for (std::int64_t i = begin; i < end; ++i)
        write_search(json, snapshot->all[static_cast<std::size_t>(i)]);
    json.end_array().key("pagination");
    http::write_pagination(json, page.limit, offset, total, !next.empty(), next);
    json.end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = http::list_etag(*call.principal, snapshot->library_version);
    response.library_version = snapshot->library_version;
    co_return response;
}

Task<Response> create_saved(SavedSearches& saved, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    SavedChanges changes = read_changes(*object, true, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_saved_search);
    const auto made = co_await saved.create(call.principal->user, std::move(changes),
                                            [&call](const SavedSearch& row, postgres::Commands& commands) {
                                                idempotency::store(call, created(row), commands);
                                            });
    if (!made) co_return http::problem(call, made.error());
    co_return created(*made);
}

Task<Response> get_saved(SavedSearches& saved, Call& call) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return not_found(call);
    const auto snapshot = co_await saved.all(call.principal->user);
    if (!snapshot) co_return http::problem(call, snapshot.error());
    const SavedSearch* found = snapshot->find(*id);
    if (found == nullptr) co_return not_found(call);
    Response response = single(*found, "", 200);
    response.library_version = snapshot->library_version;
    co_return response;
}

Task<Response> update_saved(SavedSearches& saved, Call& call) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return not_found(call);
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    SavedChanges changes = read_changes(*object, false, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_saved_search);
    if (changes.empty())
        co_return http::problem(call, {Errc::no_update_fields, "There is nothing to change"});
    const base::Precondition expected = http::read_if_match(call.request);
    const auto updated = co_await saved.update(call.principal->user, *id, std::move(changes), expected);
    if (!updated) co_return http::problem(call, updated.error());
    co_return single(*updated, "Saved search updated", 200);
}

Task<Response> remove_saved(SavedSearches& saved, Call& call) {
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return not_found(call);
    const base::Precondition expected = http::read_if_match(call.request);
    const auto removed = co_await saved.remove(call.principal->user, *id, expected);
    if (!removed) co_return http::problem(call, removed.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("message", "Saved search deleted");
    json.key("data").begin_object().member("deletedId", *id).end_object().end_object();
    co_return http::json(std::move(body));
}

}  // namespace search::routes
