#include "search/search_routes.hpp"

#include "base/json_writer.hpp"
#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/filter_routes.hpp"
#include "http/conditional.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"
#include "text/query.hpp"

namespace search::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using bookmarks::Listed;
using bookmarks::routes::Selected;
using http::Call;
using http::Response;

void write_hit(JsonWriter& json, const Listed& listed, std::size_t index, const Selected& selected,
               base::UserId user) {
    const bookmarks::Bookmark& bookmark = listed.found[index];
    json.begin_object();
    bookmarks::write_members(json, bookmark, user, listed.categories);
    json.member("relevanceScore", listed.scores[index]).key("highlights").begin_array();
    if (selected.filter.query) {
        for (const auto& [start, end] : text::highlights(*selected.filter.query, bookmark.draft.content))
            json.begin_array().value(std::int64_t{start}).value(std::int64_t{end}).end_array();
    }
    json.end_array().end_object();
}

void write_facets(JsonWriter& json, const Listed& listed) {
    json.begin_object().key("categories").begin_array();
    for (const auto& [id, count] : listed.facets.categories) {
        const categories::Category* category = listed.categories.find(id);
        if (category == nullptr) continue;
        json.begin_object().member("id", id).member("name", category->name).member("color", category->color);
        json.member("icon", category->icon).member("count", count).end_object();
    }
    json.end_array().key("tags").begin_array();
    for (const auto& [name, count] : listed.facets.tags)
        json.begin_object().member("name", name).member("count", count).end_object();
    json.end_array().key("authors").begin_array();
    for (const auto& author : listed.facets.authors) {
        json.begin_object().member("username", author.username).member("displayName", author.display_name);
        json.member("avatarUrl", author.avatar_url).member("count", author.count).end_object();
    }
    json.end_array().key("dates").begin_array();
    for (const auto& [month, count] : listed.facets.months)
        json.begin_object().member("date", month).member("count", count).end_object();
    json.end_array().end_object();
}

double milliseconds_since(base::SteadyTime start) {
    const auto passed = std::chrono::steady_clock::now() - start;
    return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count()) /
           1000.0;
}

/// The first page of a search with a condition becomes an entry of the history.
void record(History& history, const Call& call, const Selected& selected, const Listed& listed,
            double milliseconds) {
    if (listed.offset > 0 || selected.page.cursor || !bookmarks::routes::has_condition(selected.filter))
        return;
    std::string query;
    JsonWriter json(query);
    bookmarks::routes::write_query(json, selected, {});
    history.record(call.principal->user, std::move(query), listed.total, milliseconds);
}

Task<Response> answer(bookmarks::Bookmarks& bookmarks, History& history, Call& call, Selected selected,
                      bool is_post) {
    const auto listed = co_await bookmarks.list(call.principal->user, selected.filter, selected.page);
    if (!listed) co_return http::problem(call, listed.error());
    std::string body;
    body.reserve(bookmarks::json_size_hint(listed->found));
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("bookmarks").begin_array();
    for (std::size_t i = 0; i < listed->found.size(); ++i)
        write_hit(json, *listed, i, selected, call.principal->user);
    json.end_array().key("pagination");
    http::write_pagination(json, selected.page.limit, listed->offset, listed->total, listed->has_more,
                           listed->next_cursor);
    if (selected.filter.facets) {
        json.key("facets");
        write_facets(json, *listed);
    }
    const double milliseconds = milliseconds_since(call.started);
    record(history, call, selected, *listed, milliseconds);
    json.key("query");
    bookmarks::routes::write_query(json, selected, milliseconds);
    if (is_post) json.member("totalCount", listed->total).member("queryTime", milliseconds);
    json.end_object().end_object();
    Response response =
        http::json(std::move(body), is_post ? http::Caching::no_store : http::Caching::api_max_age);
    if (!is_post) {
        response.etag = http::list_etag(*call.principal, listed->categories.library_version);
        response.library_version = listed->categories.library_version;
    }
    co_return response;
}

}  // namespace

Task<Response> search_get(bookmarks::Bookmarks& bookmarks, History& history, Call& call) {
    http::Faults faults;
    Selected selected = bookmarks::routes::read_selection(call.query, bookmarks::Sort::relevance, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_search_params);
    selected.filter.facets = call.query.flag("includeFacets").value_or(true);
    if (call.request.header("if-none-match")) {
        if (!call.library_version) {
            const auto version = co_await bookmarks.version(call.principal->user);
            if (!version) co_return http::problem(call, version.error());
            call.library_version = *version;
        }
        if (auto unchanged = http::unchanged_list(call)) co_return std::move(*unchanged);
    }
    co_return co_await answer(bookmarks, history, call, std::move(selected), false);
}

Task<Response> search_post(bookmarks::Bookmarks& bookmarks, History& history, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    http::Faults faults;
    const http::Query query = bookmarks::routes::query_of(*object, faults);
    Selected selected = bookmarks::routes::read_selection(query, bookmarks::Sort::relevance, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_search_params);
    selected.filter.facets = query.flag("includeFacets").value_or(true);
    co_return co_await answer(bookmarks, history, call, std::move(selected), true);
}

}  // namespace search::routes
