#include "bookmarks/tags_routes.hpp"

#include <algorithm>
#include <array>

#include "base/json_writer.hpp"
#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/filter_routes.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"

namespace bookmarks::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Response;

bool is_color(std::string_view text) {
    return text.size() == 7 && text[0] == '#' &&
           text.substr(1).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

Task<Response> list_tags(Tags& tags, Call& call) {
    http::Faults faults;
    constexpr std::array<std::string_view, 2> kSorts{"count", "name"};
    const auto sort = call.query.get("sortBy");
    if (sort && std::ranges::find(kSorts, *sort) == kSorts.end())
        faults.invalid_enum("sortBy", *sort, kSorts);
    const Page page = routes::read_page(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    if (auto unchanged = http::unchanged_list(call)) co_return std::move(*unchanged);
    std::string substring(call.query.get("q").value_or(""));
    const auto listed = co_await tags.list(call.principal->user, std::move(substring), sort == "name", page);
    if (!listed) co_return http::problem(call, listed.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("tags").begin_array();
    for (const Tag& tag : listed->tags)
        write_tag(json, tag);
    json.end_array().key("pagination");
    http::write_pagination(json, page.limit, listed->offset, listed->total, !listed->next_cursor.empty(),
                           listed->next_cursor);
    json.end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = http::list_etag(*call.principal, listed->library_version);
    response.library_version = listed->library_version;
    co_return response;
}

Task<Response> change_tag(Tags& tags, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    http::Faults faults;
    http::ObjectReader reader(*object, faults);
    std::optional<std::string> name;
    if (const auto text = reader.text("name", {1, 255})) {
        name = normalise_tag(*text);
        if (!name) faults.invalid_string("name", "tag");
    }
    std::optional<std::optional<std::string>> color;
    if (reader.is_null("color")) {
        color = std::optional<std::string>{};
    } else if (const auto text = reader.text("color")) {
        if (!is_color(*text)) faults.invalid_string("color", "regex");
        color = text;
    }
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_tag_data);
    if (!name && !color)
        co_return http::problem(call, {Errc::no_update_fields, "There is nothing to change"});
    const auto changed = co_await tags.change(call.principal->user, call.parameters.front(), name, color);
    if (!changed) co_return http::problem(call, changed.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("tag");
    write_tag(json, changed->tag);
    json.member("affectedCount", changed->affected)
        .member("merged", changed->merged)
        .end_object()
        .end_object();
    co_return http::json(std::move(body));
}

Task<Response> remove_tag(Tags& tags, Call& call) {
    const auto affected = co_await tags.remove(call.principal->user, call.parameters.front());
    if (!affected) co_return http::problem(call, affected.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object();
    json.member("deletedName", call.parameters.front())
        .member("affectedCount", *affected)
        .end_object()
        .end_object();
    co_return http::json(std::move(body));
}

}  // namespace bookmarks::routes
