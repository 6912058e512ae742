#include "bookmarks/bookmarks_routes.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/json_writer.hpp"
#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/filter_routes.hpp"
#include "http/conditional.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"
#include "idempotency/claim.hpp"

namespace bookmarks::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using http::Faults;
using http::ObjectReader;

constexpr std::size_t kBulkMax = 10'000;
constexpr std::size_t kListMax = 100;
constexpr http::Length kContentLength{0, 100'000};
constexpr http::Length kNameLength{0, 255};

std::optional<base::Uuid> path_id(const Call& call) {
    return base::parse_uuid(call.parameters.front());
}

Response not_found(const Call& call) {
    return http::problem(call, {Errc::bookmark_not_found, "The bookmark does not exist"});
}

/// Of the calls that address one bookmark: what is missing is the bookmark itself, a category is a field.
Response problem_of(const Call& call, const base::Error& error) {
    if (error.code == Errc::invalid_bookmark_ownership) return not_found(call);
    return http::problem(call, error, error.code == Errc::category_not_found ? 400 : 0);
}

double milliseconds_since(base::SteadyTime start) {
    const auto passed = std::chrono::steady_clock::now() - start;
    return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count()) /
           1000.0;
}

Response single(const Bookmark& bookmark, const categories::Snapshot& categories, const Call& call,
                std::string_view message, unsigned status) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("bookmark").begin_object();
    write_members(json, bookmark, call.principal->user, categories);
    json.end_object().end_object();
    if (!message.empty()) json.member("message", message);
    json.end_object();
    const auto caching = message.empty() ? http::Caching::api_max_age : http::Caching::no_store;
    Response response = http::json(std::move(body), caching, status);
    // The embedded category changes with the library, not with the row.
    response.etag = http::row_etag(bookmark.version, categories.library_version);
    response.library_version = categories.library_version;
    return response;
}

/// The answer to a write, with what a GET is answered from now on.
Response written(const Found& found, const Call& call, std::string_view message, unsigned status) {
    Response response = single(found.bookmark, found.categories, call, message, status);
    http::Written written{.path = "/api/bookmarks/" + base::to_string(found.bookmark.id.uuid),
                          .answer = single(found.bookmark, found.categories, call, "", 200)};
    response.written = std::make_shared<const http::Written>(std::move(written));
    return response;
}

Response created(const Found& found, const Call& call) {
    Response response = written(found, call, "Bookmark created", 201);
    response.headers.emplace_back("Location", response.written->path);
    return response;
}

/// Tags in normal form without repeats; a tag that has no normal form is a fault.
std::vector<std::string> normalise(const std::vector<std::string>& tags, std::string_view path,
                                   Faults& faults) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const auto tag = normalise_tag(tags[i]);
        if (!tag) {
            faults.invalid_string(std::string(path) + '[' + std::to_string(i) + ']', "tag");
        } else if (std::ranges::find(out, *tag) == out.end()) {
            out.push_back(*tag);
        }
    }
    return out;
}

std::optional<std::vector<std::string>> read_tags(ObjectReader& reader, std::string_view prefix,
                                                  std::string_view name, Faults& faults) {
    const auto tags = reader.texts(name, kListMax, {1, 255});
    if (!tags) return {};
    return normalise(*tags, std::string(prefix) + std::string(name), faults);
}

std::optional<std::optional<std::string>> read_clearable(ObjectReader& reader, std::string_view name,
                                                         std::size_t max) {
    if (reader.is_null(name)) return std::optional<std::string>{};
    auto text = reader.text(name, {0, max});
    if (!text) return {};
    if (text->empty()) return std::optional<std::string>{};
    return text;
}

Changes read_changes(const boost::json::object& object, std::string prefix, Faults& faults) {
    ObjectReader reader(object, faults, prefix);
    Changes changes;
    if (reader.is_null("categoryId")) {
        changes.category_id = std::optional<base::Uuid>{};
    } else if (const auto id = reader.uuid("categoryId")) {
        changes.category_id = id;
    }
    changes.tags = read_tags(reader, prefix, "tags", faults);
    changes.add_tags = read_tags(reader, prefix, "addTags", faults).value_or(std::vector<std::string>{});
    changes.remove_tags =
        read_tags(reader, prefix, "removeTags", faults).value_or(std::vector<std::string>{});
    changes.is_archived = reader.flag("isArchived");
    changes.title = read_clearable(reader, "title", 500);
    changes.note = read_clearable(reader, "note", 10'000);
    return changes;
}

bool is_post_text(std::string_view id) {
    return std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '-';
    });
}

bool is_video(std::string_view url) {
    return url.substr(0, url.find('?')).ends_with(".mp4") ||
           url.find("video.twimg.com") != std::string_view::npos;
}

struct Input {
    Draft draft;
    std::optional<base::Uuid> category;
};

Input read_input(const boost::json::object& object, Faults& faults) {
    ObjectReader reader(object, faults);
    Input input;
    Draft& draft = input.draft;
    const bool has_url = reader.has("url") && !reader.is_null("url");
    draft.x_tweet_id = reader.text("xTweetId", {1, 50}, !has_url).value_or("");
    if (!is_post_text(draft.x_tweet_id)) faults.invalid_string("xTweetId", "regex");
    draft.content = reader.text("content", kContentLength, true).value_or("");
    draft.author_username = reader.text("authorUsername", kNameLength, true).value_or("");
    draft.author_display_name = reader.text("authorDisplayName", kNameLength, true).value_or("");
    if (!reader.is_null("authorAvatarUrl")) draft.author_avatar_url = reader.url("authorAvatarUrl");
    if (has_url) draft.url = reader.url("url").value_or("");
    for (const std::string& url : reader.urls("mediaUrls", kListMax).value_or(std::vector<std::string>{}))
        draft.media.push_back({.type = is_video(url) ? "video" : "photo",
                               .url = url,
                               .preview_url = {},
                               .alt_text = {},
                               .width = {},
                               .height = {},
                               .duration_ms = {}});
    draft.links = reader.urls("links", kListMax).value_or(std::vector<std::string>{});
    draft.hashtags = reader.texts("hashtags", kListMax, {1, 255}).value_or(std::vector<std::string>{});
    draft.mentions = reader.texts("mentions", kListMax, {1, 255}).value_or(std::vector<std::string>{});
    draft.tags = read_tags(reader, "", "tags", faults).value_or(std::vector<std::string>{});
    if (!reader.is_null("categoryId")) input.category = reader.uuid("categoryId");
    if (!reader.is_null("bookmarkedAt")) draft.bookmarked_at = reader.date("bookmarkedAt");
    if (!reader.is_null("postedAt")) draft.posted_at = reader.date("postedAt");
    draft.title = read_clearable(reader, "title", 500).value_or(std::nullopt);
    draft.note = read_clearable(reader, "note", 10'000).value_or(std::nullopt);
    if (!reader.is_null("lang")) draft.lang = reader.text("lang", {1, 35});
    draft.is_archived = reader.flag("isArchived").value_or(false);
    draft.bookmarked_at_source = BookmarkedAtSource::user;
    return input;
}

Response changed_many(std::string_view count_name, std::string_view ids_name,
                      const std::vector<base::Uuid>& ids, std::string_view message) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object();
    json.member(count_name, static_cast<std::int64_t>(ids.size())).key(ids_name).begin_array();
    for (const base::Uuid& id : ids)
        json.value(id);
    json.end_array().end_object().member("message", message).end_object();
    return http::json(std::move(body));
}

Response updated_many(const std::vector<Bookmark>& rows) {
    std::vector<base::Uuid> ids;
    ids.reserve(rows.size());
    for (const Bookmark& row : rows)
        ids.push_back(row.id.uuid);
    return changed_many("updatedCount", "updatedIds", ids, "Bookmarks updated");
}

/// PUT of one bookmark with changes that were already read.
Task<Response> update_one(Bookmarks& bookmarks, Call& call, base::Uuid id, Changes changes) {
    const base::Precondition expected = http::read_if_match(call.request);
    const auto updated = co_await bookmarks.update(call.principal->user, {id}, std::move(changes), expected);
    if (!updated) co_return problem_of(call, updated.error());
    const auto found = co_await bookmarks.get(call.principal->user, id);
    if (!found) co_return problem_of(call, found.error());
    co_return written(*found, call, "Bookmark updated", 200);
}

}  // namespace

Task<Response> list(Bookmarks& bookmarks, Call& call) {
    Faults faults;
    const Selected selected = read_selection(call.query, Sort::date, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    if (call.request.header("if-none-match")) {
        if (!call.library_version) {
            const auto version = co_await bookmarks.version(call.principal->user);
            if (!version) co_return http::problem(call, version.error());
            call.library_version = *version;
        }
        if (auto unchanged = http::unchanged_list(call)) co_return std::move(*unchanged);
    }
    const auto listed = co_await bookmarks.list(call.principal->user, selected.filter, selected.page);
    if (!listed) co_return http::problem(call, listed.error());
    std::string body;
    body.reserve(json_size_hint(listed->found));
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("bookmarks").begin_array();
    for (const Bookmark& bookmark : listed->found) {
        json.begin_object();
        write_members(json, bookmark, call.principal->user, listed->categories);
        json.end_object();
    }
    json.end_array().key("pagination");
    http::write_pagination(json, selected.page.limit, listed->offset, listed->total, listed->has_more,
                           listed->next_cursor);
    json.key("query");
    write_query(json, selected, milliseconds_since(call.started));
    json.end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = http::list_etag(*call.principal, listed->categories.library_version);
    response.library_version = listed->categories.library_version;
    co_return response;
}

Task<Response> get(Bookmarks& bookmarks, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    const auto found = co_await bookmarks.get(call.principal->user, *id);
    if (!found) co_return problem_of(call, found.error());
    co_return single(found->bookmark, found->categories, call, "", 200);
}

Task<Response> create(Bookmarks& bookmarks, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    Input input = read_input(*object, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_bookmark_data);
    postgres::Also<Found> also;
    if (call.claim)
        also = [&call](const Found& made, postgres::Commands& commands) {
            idempotency::store(call, created(made, call), commands);
        };
    const auto found = co_await bookmarks.create(call.principal->user, std::move(input.draft), input.category,
                                                 std::move(also));
    if (!found) co_return problem_of(call, found.error());
    co_return created(*found, call);
}

Task<Response> update(Bookmarks& bookmarks, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    Changes changes = read_changes(*object, "", faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_update_data);
    if (changes.empty())
        co_return http::problem(call, {Errc::no_update_fields, "There is nothing to change"});
    co_return co_await update_one(bookmarks, call, *id, std::move(changes));
}

Task<Response> archive(Bookmarks& bookmarks, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    Changes changes;
    changes.is_archived = reader.flag("isArchived");
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_update_data);
    changes.toggle_archived = !changes.is_archived;
    co_return co_await update_one(bookmarks, call, *id, std::move(changes));
}

Task<Response> remove(Bookmarks& bookmarks, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    const base::Precondition expected = http::read_if_match(call.request);
    const auto removed = co_await bookmarks.remove(call.principal->user, {*id}, expected);
    if (!removed) co_return problem_of(call, removed.error());
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("success", true)
        .member("message", "Bookmark deleted")
        .end_object();
    co_return http::json(std::move(body));
}

Task<Response> update_many(Bookmarks& bookmarks, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    const auto ids = reader.uuids("bookmarkIds", 1, kBulkMax, true);
    const boost::json::object* nested = reader.has("updates") ? reader.object("updates") : nullptr;
    Changes changes =
        nested != nullptr ? read_changes(*nested, "updates.", faults) : read_changes(*object, "", faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_bulk_update_data);
    if (changes.empty())
        co_return http::problem(call, {Errc::no_update_fields, "There is nothing to change"});
    postgres::Also<std::vector<Bookmark>> also;
    if (call.claim)
        also = [&call](const std::vector<Bookmark>& rows, postgres::Commands& commands) {
            idempotency::store(call, updated_many(rows), commands);
        };
    const auto updated =
        co_await bookmarks.update(call.principal->user, *ids, std::move(changes), {}, std::move(also));
    if (!updated)
        co_return http::problem(call, updated.error(),
                                updated.error().code == Errc::category_not_found ? 400 : 0);
    co_return updated_many(*updated);
}

Task<Response> remove_many(Bookmarks& bookmarks, Call& call) {
    auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    std::vector<base::Uuid> ids;
    if (object->contains("bookmarkIds")) {
        ObjectReader reader(*object, faults);
        ids = reader.uuids("bookmarkIds", 0, kBulkMax, true).value_or(std::vector<base::Uuid>{});
    } else {
        const std::vector<std::string> texts = call.query.list("bookmarkIds", true);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto id = base::parse_uuid(texts[i]);
            if (!id) faults.invalid_string("bookmarkIds[" + std::to_string(i) + ']', "uuid");
            if (id) ids.push_back(*id);
        }
    }
    if (!faults.empty()) co_return faults.to_response(call, Errc::bookmark_ids_required);
    if (ids.empty())
        co_return http::problem(call, {Errc::bookmark_ids_required, "Say which bookmarks to delete"});
    const auto removed = co_await bookmarks.remove(call.principal->user, std::move(ids));
    if (!removed) co_return http::problem(call, removed.error());
    co_return changed_many("deletedCount", "deletedIds", *removed, "Bookmarks deleted");
}

}  // namespace bookmarks::routes
