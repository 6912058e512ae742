#include "x/post.hpp"

#include <boost/json.hpp>

#include <array>
#include <unordered_map>

#include "base/utf8.hpp"
#include "posts/json_fields.hpp"
#include "posts/post_rules.hpp"

namespace x {
namespace {

namespace json = boost::json;
using bookmarks::Media;
using bookmarks::PostStatus;
using posts::array_at;
using posts::at_path;
using posts::first_text;
using posts::integer_of;
using posts::maybe;
using posts::text_of;

/// Deeper than anything that X sends; the parser's stack stays small.
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kIdDigitsMax = 20;

/// Objects of `includes` by their key. They point into the parsed answer.
using Index = std::unordered_map<std::string, const json::object*>;

struct Includes {
    Index users;
    Index media;
};

Index index_of(const json::array* list, std::string_view key) {
    Index index;
    if (list == nullptr) return index;
    for (const json::value& element : *list) {
        const json::object* object = element.if_object();
        if (object == nullptr) continue;
        if (std::string id = text_of(object->if_contains(key)); !id.empty())
            index.emplace(std::move(id), object);
    }
    return index;
}

/// The first of both spellings of a name that is there (contract 4.3).
const json::value* either(const json::object& object, std::string_view one, std::string_view other) {
    const json::value* found = object.if_contains(one);
    if (found == nullptr || found->is_null()) found = object.if_contains(other);
    return found == nullptr || found->is_null() ? nullptr : found;
}

/// An address that a page may point to; nothing for anything else.
std::optional<std::string> address_of(const json::value* value) {
    std::string text = text_of(value);
    if (!bookmarks::is_http_url(text)) return {};
    return text;
}

const json::value* note_of(const json::object& post) {
    return either(post, "note_tweet", "note_post");
}

void read_author(const json::object& post, const Includes& includes, Post& out) {
    out.author_id = text_of(post.if_contains("author_id"));
    const auto found = includes.users.find(out.author_id);
    if (found == includes.users.end()) return;
    const json::object& user = *found->second;
    out.draft.author_username = text_of(user.if_contains("username"));
    out.draft.author_display_name = posts::decode_entities(text_of(user.if_contains("name")));
    out.draft.author_avatar_url = address_of(user.if_contains("profile_image_url"));
}

/// The same with clean texts: what PostgreSQL takes as jsonb.
json::value cleaned(const json::value& value) {
    if (const json::string* text = value.if_string())
        return json::string(base::clean_text({text->data(), text->size()}));
    if (const json::array* array = value.if_array()) {
        json::array out;
        for (const json::value& element : *array)
            out.push_back(cleaned(element));
        return out;
    }
    if (const json::object* object = value.if_object()) {
        json::object out;
        for (const auto& [name, member] : *object)
            out.emplace(base::clean_text({name.data(), name.size()}), cleaned(member));
        return out;
    }
    return value;
}

void read_text(const json::object& post, Post& out) {
    out.draft.content =
        posts::decode_entities(first_text({at_path(note_of(post), {"text"}), post.if_contains("text")}));
    out.draft.lang = maybe(text_of(post.if_contains("lang")));
    const json::value* article = post.if_contains("article");
    if (article == nullptr || !article->is_object()) return;
    out.article = json::serialize(cleaned(*article));
    out.draft.title = maybe(posts::decode_entities(text_of(at_path(article, {"title"}))));
}

/// Entities of the note index the note's text, so they replace those of the shortened text.
const json::value* entities_of(const json::object& post) {
    const json::value* of_note = at_path(note_of(post), {"entities"});
    const json::value* of_post = post.if_contains("entities");
    return of_note != nullptr ? of_note : of_post;
}

void add_texts(const json::value* entities, std::string_view list, std::string_view name,
               std::vector<std::string>& out) {
    const json::array* elements = array_at(entities, {list});
    if (elements == nullptr) return;
    for (const json::value& element : *elements)
        if (auto text = maybe(text_of(at_path(&element, {name})))) out.push_back(*std::move(text));
}

void read_entities(const json::object& post, Post& out) {
    const json::value* entities = entities_of(post);
    add_texts(entities, "hashtags", "tag", out.draft.hashtags);
    add_texts(entities, "mentions", "username", out.draft.mentions);
    const json::array* urls = array_at(entities, {"urls"});
    if (urls == nullptr) return;
    for (const json::value& url : *urls) {
        std::string link = first_text({at_path(&url, {"expanded_url"}), at_path(&url, {"url"})});
        const bool own =
            at_path(&url, {"media_key"}) != nullptr || posts::is_own_media(link, out.draft.x_tweet_id);
        if (bookmarks::is_http_url(link) && !own) out.draft.links.push_back(std::move(link));
    }
}

std::optional<Media> read_medium(const json::object& source) {
    Media media;
    media.preview_url = address_of(source.if_contains("preview_image_url"));
    media.url = posts::best_variant(array_at(source.if_contains("variants"), {}));
    if (media.url.empty()) media.url = address_of(source.if_contains("url")).value_or("");
    if (media.url.empty() && media.preview_url) {
        media.url = *std::move(media.preview_url);
        media.preview_url.reset();
    }
    if (!bookmarks::is_http_url(media.url)) return {};
    media.type = posts::media_type(text_of(source.if_contains("type")), media.url);
    media.alt_text = maybe(text_of(source.if_contains("alt_text")));
    media.width = integer_of(source.if_contains("width"));
    media.height = integer_of(source.if_contains("height"));
    media.duration_ms = integer_of(source.if_contains("duration_ms"));
    return media;
}

void read_media(const json::object& post, const Includes& includes, Post& out) {
    const json::array* keys = array_at(post.if_contains("attachments"), {"media_keys"});
    if (keys == nullptr) return;
    for (const json::value& key : *keys) {
        const auto found = includes.media.find(text_of(&key));
        if (found == includes.media.end()) continue;
        if (auto media = read_medium(*found->second)) out.draft.media.push_back(*std::move(media));
    }
}

void read_references(const json::object& post, Post& out) {
    const json::value* list = either(post, "referenced_tweets", "referenced_posts");
    const json::array* references = list == nullptr ? nullptr : list->if_array();
    if (references == nullptr) return;
    for (const json::value& reference : *references) {
        std::string type = text_of(at_path(&reference, {"type"}));
        if (type == "reposted") type = "retweeted";
        std::string id = text_of(at_path(&reference, {"id"}));
        const bool is_known = type == "quoted" || type == "replied_to" || type == "retweeted";
        if (is_known && !id.empty())
            out.draft.referenced.push_back({.type = std::move(type), .id = std::move(id)});
    }
}

void read_metrics(const json::object& post, base::Time now, Post& out) {
    const json::value* found = post.if_contains("public_metrics");
    const json::object* counts = found == nullptr ? nullptr : found->if_object();
    if (counts == nullptr) return;
    bookmarks::Metrics metrics;
    metrics.likes = integer_of(counts->if_contains("like_count"));
    metrics.reposts = integer_of(either(*counts, "retweet_count", "repost_count"));
    metrics.replies = integer_of(counts->if_contains("reply_count"));
    metrics.quotes = integer_of(counts->if_contains("quote_count"));
    metrics.bookmarks = integer_of(counts->if_contains("bookmark_count"));
    metrics.views = integer_of(counts->if_contains("impression_count"));
    metrics.at = now;
    out.draft.metrics = metrics;
}

/// X's ids are unsigned 64-bit numbers.
bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kIdDigitsMax &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Post> read_post(const json::value& value, const Includes& includes, base::Time now) {
    const json::object* post = value.if_object();
    if (post == nullptr) return {};
    Post out;
    out.draft.x_tweet_id = text_of(post->if_contains("id"));
    if (!is_id(out.draft.x_tweet_id)) return {};
    out.draft.source = "x-api";
    out.conversation_id = text_of(post->if_contains("conversation_id"));
    read_author(*post, includes, out);
    read_text(*post, out);
    read_entities(*post, out);
    read_media(*post, includes, out);
    read_references(*post, out);
    read_metrics(*post, now, out);
    out.draft.posted_at = base::parse_iso(text_of(post->if_contains("created_at")));
    const json::value* withheld = post->if_contains("withheld");
    if (withheld != nullptr && withheld->is_object()) out.draft.post_status = PostStatus::withheld;
    bookmarks::complete(out.draft);
    return out;
}

std::string last_part(std::string_view type) {
    return std::string(type.substr(type.rfind('/') + 1));
}

PostStatus status_of(std::string_view type, std::string_view words) {
    // Whatever the type: whom the text names as suspended, is.
    const PostStatus told = posts::status_of_notice(words);
    if (told == PostStatus::suspended) return told;
    if (type == "resource-not-found") return PostStatus::deleted;
    if (type == "not-authorized-for-resource") return PostStatus::protected_;
    if (type == "disallowed-resource") return PostStatus::withheld;
    return PostStatus::unknown;
}

/// Problems of users, media and fields say nothing about a post.
std::optional<Problem> read_problem(const json::value& value) {
    const json::object* problem = value.if_object();
    if (problem == nullptr) return {};
    const std::string resource = text_of(problem->if_contains("resource_type"));
    if (resource != "tweet" && resource != "post") return {};
    std::string id = first_text({problem->if_contains("resource_id"), problem->if_contains("value")});
    if (!is_id(id)) return {};
    std::string type = last_part(text_of(problem->if_contains("type")));
    const std::string words =
        text_of(problem->if_contains("title")) + ' ' + text_of(problem->if_contains("detail"));
    const PostStatus status = status_of(type, words);
    // About one field of a post that was delivered otherwise.
    if (type == "not-authorized-for-field" || type == "field-unauthorized" ||
        type == "field-hydration-failure")
        return {};
    return Problem{.post_id = std::move(id), .status = status, .type = std::move(type)};
}

std::int64_t length_of(const json::array* list) {
    return list == nullptr ? 0 : static_cast<std::int64_t>(list->size());
}

void read_posts(const json::value& root, base::Time now, Page& page) {
    const json::value* data = at_path(&root, {"data"});
    const json::value* included = at_path(&root, {"includes"});
    const json::array* users = array_at(included, {"users"});
    const Includes includes{.users = index_of(users, "id"),
                            .media = index_of(array_at(included, {"media"}), "media_key")};
    page.included_users = length_of(users);
    page.included_posts =
        length_of(array_at(included, {"tweets"})) + length_of(array_at(included, {"posts"}));
    const json::array* list = data == nullptr ? nullptr : data->if_array();
    if (list == nullptr) return;
    page.resources = length_of(list);
    page.posts.reserve(list->size());
    for (const json::value& value : *list) {
        if (auto post = read_post(value, includes, now)) {
            page.posts.push_back(*std::move(post));
        } else {
            ++page.unreadable;
        }
    }
}

}  // namespace

std::optional<Page> read_page(std::string_view body, Asked asked, base::Time now) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = kDepthMax;
    options.allow_invalid_utf8 = true;  // texts are cleaned when they are read
    const json::value root = json::parse(body, error, {}, options);
    if (error || !root.is_object()) return {};
    const std::string_view instead = asked == Asked::list ? "meta" : "errors";
    if (at_path(&root, {"data"}) == nullptr && at_path(&root, {instead}) == nullptr) return {};
    Page page;
    read_posts(root, now, page);
    if (const json::array* errors = array_at(&root, {"errors"}))
        for (const json::value& value : *errors)
            if (auto problem = read_problem(value)) page.problems.push_back(*std::move(problem));
    page.next_token = maybe(text_of(at_path(&root, {"meta", "next_token"})));
    return page;
}

}  // namespace x
