#include "suggest/suggest_routes.hpp"

#include <algorithm>
#include <array>

#include "base/json_writer.hpp"
#include "bookmarks/filter_routes.hpp"
#include "http/parser.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"

namespace suggest::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Faults;
using http::Query;
using http::Response;

constexpr std::int64_t kLimit = 10;
constexpr std::int64_t kSearchMax = 20;
constexpr std::int64_t kPopularMax = 50;
constexpr std::size_t kFacetTagsMax = 30;
constexpr std::array<std::string_view, 3> kKinds{"tags", "categories", "authors"};
/// Other names of parameters of contract 3.3, which win when both are given.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAliases{
    {{"q", "text"}, {"categoryId", "categoryIds"}, {"author", "authorUsername"}}};

/// The query in which `params[x]=y` is `x=y` where `x` is absent (contract 1.1).
Query with_params(const Query& query) {
    constexpr std::string_view kOpen = "params[";
    Query out;
    for (const auto& [name, value] : query.all()) {
        if (!name.starts_with(kOpen) || !name.ends_with(']')) {
            out.add(name, value);
            continue;
        }
        const std::string inner = name.substr(kOpen.size(), name.size() - kOpen.size() - 1);
        if (!query.get(inner)) out.add(inner, value);
    }
    return out;
}

/// `limit` of at least 1; a larger one than `max` is reduced.
std::int64_t read_limit(const Query& query, std::int64_t max, Faults& faults) {
    return std::min(http::query_integer(query, "limit", 1, INT64_MAX, faults).value_or(kLimit), max);
}

Kinds read_kinds(const Query& query, Faults& faults) {
    const auto wanted = query.list("type", true);
    if (wanted.empty()) return {};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (std::ranges::find(kKinds, wanted[i]) == kKinds.end())
            faults.invalid_enum("type[" + std::to_string(i) + ']', wanted[i], kKinds);
    const auto has = [&wanted](std::string_view kind) {
        return std::ranges::find(wanted, kind) != wanted.end();
    };
    return {.tags = has("tags"), .categories = has("categories"), .authors = has("authors")};
}

std::string read_text(const Query& query) {
    return std::string(http::trim(query.get("q").value_or("")));
}

void write_authors(JsonWriter& json, const std::vector<bookmarks::FacetCounts::Author>& authors) {
    json.key("authors").begin_array();
    for (const auto& author : authors) {
        json.begin_object().member("username", author.username).member("displayName", author.display_name);
        json.member("avatarUrl", author.avatar_url).member("count", author.count).end_object();
    }
    json.end_array();
}

void write_tags(JsonWriter& json, const std::vector<std::pair<std::string, std::int64_t>>& tags) {
    json.key("tags").begin_array();
    for (const auto& [name, count] : tags)
        json.begin_object().member("value", name).member("count", count).end_object();
    json.end_array();
}

/// Lists that were not asked for are empty.
void write_lists(JsonWriter& json, const Suggestions& found) {
    json.begin_object();
    write_tags(json, found.tags);
    json.key("categories").begin_array();
    for (const Category& category : found.categories) {
        json.begin_object().member("id", category.id).member("name", category.name);
        json.member("color", category.color).member("count", category.count).end_object();
    }
    json.end_array();
    write_authors(json, found.authors);
    json.end_object();
}

Response of_library(std::string body, const Call& call, std::int64_t version) {
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = http::list_etag(*call.principal, version);
    response.library_version = version;
    return response;
}

}  // namespace

Task<Response> search_suggestions(Suggest& suggest, Call& call) {
    Faults faults;
    const std::string text = read_text(call.query);
    if (!is_long_enough(text)) faults.too_small("q", 2, "string");
    const std::int64_t limit = read_limit(call.query, kSearchMax, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_text);
    const auto found = co_await suggest.find(call.principal->user, text, {}, limit);
    if (!found) co_return http::problem(call, found.error());
    std::vector<std::string> authors;
    for (const auto& author : found->authors)
        if (std::ranges::find(authors, author.display_name) == authors.end())
            authors.push_back(author.display_name);
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("suggestions").begin_object();
    json.key("tags").begin_array();
    for (const auto& [name, count] : found->tags)
        json.value(name);
    json.end_array().member("authors", authors).key("categories").begin_array();
    for (const Category& category : found->categories)
        json.value(category.name);
    json.end_array().end_object().member("query", text).end_object().end_object();
    co_return of_library(std::move(body), call, found->library_version);
}

Task<Response> search(Suggest& suggest, Call& call) {
    Faults faults;
    const Query query = with_params(call.query);
    const std::string text = read_text(query);
    const Kinds kinds = read_kinds(query, faults);
    const std::int64_t limit = read_limit(query, kSearchMax, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    // A text that is too short still needs the version of the library.
    const auto found =
        co_await suggest.find(call.principal->user, is_long_enough(text) ? text : "", kinds, limit);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("suggestions");
    write_lists(json, *found);
    json.member("query", text).end_object();
    co_return of_library(std::move(body), call, found->library_version);
}

Task<Response> popular(Suggest& suggest, Call& call) {
    Faults faults;
    const Query query = with_params(call.query);
    const Kinds kinds = read_kinds(query, faults);
    const std::int64_t limit = read_limit(query, kPopularMax, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    const auto found = co_await suggest.popular(call.principal->user, kinds, limit);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("popular");
    write_lists(json, *found);
    json.end_object();
    // The tag is made from the bytes: the last 30 days change without a write.
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.library_version = found->library_version;
    co_return response;
}

Task<Response> facets(bookmarks::Bookmarks& bookmarks, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    Query query = with_params(bookmarks::routes::query_of(*object, faults));
    for (const auto& [alias, name] : kAliases) {
        if (query.get(name)) continue;
        for (std::string& value : query.list(alias, false))
            query.add(std::string(name), std::move(value));
    }
    auto selected = bookmarks::routes::read_selection(query, bookmarks::Sort::date, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_facet_params);
    // Counts of suggestions include what is archived, unless a filter says otherwise.
    selected.filter.include_archived = query.flag("includeArchived").value_or(true);
    const auto counted = co_await bookmarks.facets(call.principal->user, selected.filter, kFacetTagsMax);
    if (!counted) co_return http::problem(call, counted.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("facets").begin_object().key("categories").begin_array();
    for (const auto& [id, count] : counted->counts.categories) {
        const categories::Category* category = counted->categories.find(id);
        if (category == nullptr) continue;
        json.begin_object().member("id", id).member("name", category->name);
        json.member("color", category->color).member("count", count).end_object();
    }
    json.end_array();
    write_tags(json, counted->counts.tags);
    write_authors(json, counted->counts.authors);
    json.end_object().key("query");
    bookmarks::routes::write_query(json, selected, {});
    json.end_object();
    co_return http::json(std::move(body));
}

}  // namespace suggest::routes
