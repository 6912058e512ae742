#include "transfer/x_post.hpp"

#include <boost/json.hpp>

#include "transfer/collector.hpp"
#include "transfer/fields.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::Draft;
using bookmarks::Media;
using bookmarks::PostStatus;
using posts::array_at;
using posts::first_text;
using posts::maybe;

/// The parts of a post that are asked for again and again.
struct Post {
    const json::object& root;
    const json::value* legacy;

    /// A member of `legacy`, or of the post itself: X has begun to move them there.
    [[nodiscard]] const json::value* find(std::string_view name) const {
        if (const json::value* found = at_path(legacy, {name})) return found;
        const json::value* found = root.if_contains(name);
        return found == nullptr || found->is_null() ? nullptr : found;
    }
    [[nodiscard]] const json::value* at(std::string_view first,
                                        std::initializer_list<std::string_view> rest) const {
        const json::value* found = root.if_contains(first);
        return found == nullptr ? nullptr : at_path(found, rest);
    }
};

const json::value* note_of(const Post& post) {
    for (const std::string_view kind : {"note_tweet", "note_post"})
        for (const std::string_view results : {"note_tweet_results", "note_post_results"})
            if (const json::value* note = post.at(kind, {results, "result"})) return note;
    return nullptr;
}

void read_author(const Post& post, Draft& draft) {
    const json::value* user = post.at("core", {"user_results", "result"});
    if (user == nullptr) user = post.at("core", {"user_result", "result"});
    if (user == nullptr) return;
    draft.author_username =
        first_text({at_path(user, {"core", "screen_name"}), at_path(user, {"legacy", "screen_name"})});
    draft.author_display_name =
        decode_entities(first_text({at_path(user, {"core", "name"}), at_path(user, {"legacy", "name"})}));
    draft.author_avatar_url = maybe(first_text(
        {at_path(user, {"avatar", "image_url"}), at_path(user, {"legacy", "profile_image_url_https"})}));
}

/// The text of a long article, block by block.
std::string article_text(const json::value* article) {
    const json::array* blocks = array_at(article, {"content_state", "blocks"});
    std::string text;
    if (blocks != nullptr)
        for (const json::value& block : *blocks)
            if (const std::string line = text_of(at_path(&block, {"text"})); !line.empty()) {
                if (!text.empty()) text += '\n';
                text += line;
            }
    if (text.empty()) text = text_of(at_path(article, {"plain_text"}));
    if (text.empty()) text = text_of(at_path(article, {"preview_text"}));
    return text;
}

void read_text(const Post& post, const json::value* note, Draft& draft) {
    draft.content =
        decode_entities(first_text({at_path(note, {"text"}), post.find("full_text"), post.find("text")}));
    draft.lang = maybe(text_of(post.find("lang")));
    const json::value* article = post.at("article", {"article_results", "result"});
    if (article == nullptr) return;
    draft.title = maybe(text_of(at_path(article, {"title"})));
    const std::string text = article_text(article);
    if (text.empty()) return;
    // The post of an article is nothing but a link to it.
    const bool only_link = draft.content.starts_with("https://t.co/") && !draft.content.contains(' ');
    if (only_link || draft.content.empty()) {
        draft.content = text;
    } else {
        draft.content += "\n\n" + text;
    }
}

/// Entities of the note index the note's text, so they replace those of the shortened text.
void read_entities(const Post& post, const json::value* note, Draft& draft) {
    const json::value* entities = at_path(note, {"entity_set"});
    if (entities == nullptr) entities = at_path(note, {"entities"});
    if (entities == nullptr) entities = post.find("entities");
    if (const json::array* urls = array_at(entities, {"urls"}))
        for (const json::value& url : *urls) {
            std::string link = first_text({at_path(&url, {"expanded_url"}), at_path(&url, {"url"})});
            if (!link.empty() && !posts::is_own_media(link, draft.x_tweet_id))
                draft.links.push_back(std::move(link));
        }
    if (const json::array* hashtags = array_at(entities, {"hashtags"}))
        for (const json::value& hashtag : *hashtags)
            if (auto text = maybe(first_text({at_path(&hashtag, {"text"}), at_path(&hashtag, {"tag"})})))
                draft.hashtags.push_back(*std::move(text));
    if (const json::array* mentions = array_at(entities, {"user_mentions"}))
        for (const json::value& mention : *mentions)
            if (auto name =
                    maybe(first_text({at_path(&mention, {"screen_name"}), at_path(&mention, {"username"})})))
                draft.mentions.push_back(*std::move(name));
}

Media read_medium(const json::value& source) {
    Media media;
    const std::string image =
        first_text({at_path(&source, {"media_url_https"}), at_path(&source, {"media_url"})});
    media.url = posts::best_variant(array_at(&source, {"video_info", "variants"}));
    if (media.url.empty()) {
        media.url = image;
    } else {
        media.preview_url = maybe(image);
    }
    media.type = media_type(text_of(at_path(&source, {"type"})), media.url);
    media.alt_text = maybe(text_of(at_path(&source, {"ext_alt_text"})));
    media.width = integer_of(at_path(&source, {"original_info", "width"}));
    media.height = integer_of(at_path(&source, {"original_info", "height"}));
    media.duration_ms = integer_of(at_path(&source, {"video_info", "duration_millis"}));
    return media;
}

void read_media(const Post& post, Collector& collector, std::int64_t line, Draft& draft) {
    const json::array* list = array_at(post.find("extended_entities"), {"media"});
    if (list == nullptr) list = array_at(post.find("entities"), {"media"});
    if (list == nullptr) return;
    for (const json::value& source : *list) {
        Media media = read_medium(source);
        if (media.url.empty()) {
            collector.warn(Warning::media_dropped, line);
        } else {
            draft.media.push_back(std::move(media));
        }
    }
}

std::string id_of_inner(const json::value* results) {
    const json::value* result = at_path(results, {"result"});
    if (const json::object* inner = unwrap_post(result)) return text_of(inner->if_contains("rest_id"));
    return {};
}

void read_references(const Post& post, Draft& draft) {
    const auto add = [&](std::string_view type, std::string id) {
        if (!id.empty()) draft.referenced.push_back({.type = std::string(type), .id = std::move(id)});
    };
    std::string quoted = id_of_inner(post.find("quoted_status_result"));
    if (quoted.empty()) quoted = text_of(post.find("quoted_status_id_str"));
    add("quoted", std::move(quoted));
    add("replied_to", text_of(post.find("in_reply_to_status_id_str")));
    add("retweeted", id_of_inner(post.find("retweeted_status_result")));
}

void read_metrics(const Post& post, Draft& draft) {
    bookmarks::Metrics metrics;
    metrics.likes = integer_of(post.find("favorite_count"));
    metrics.reposts = integer_of(post.find("retweet_count"));
    metrics.replies = integer_of(post.find("reply_count"));
    metrics.quotes = integer_of(post.find("quote_count"));
    metrics.bookmarks = integer_of(post.find("bookmark_count"));
    metrics.views = integer_of(post.at("views", {"count"}));
    const bool any = metrics.likes || metrics.reposts || metrics.replies || metrics.quotes ||
                     metrics.bookmarks || metrics.views;
    if (any) draft.metrics = metrics;
}

}  // namespace

const json::object* unwrap_post(const json::value* value) {
    constexpr int kWrappersMax = 6;
    for (int i = 0; i < kWrappersMax && value != nullptr; ++i) {
        const json::object* object = value->if_object();
        if (object == nullptr) return nullptr;
        if (object->contains("rest_id")) return object;
        const json::value* inner = nullptr;
        for (const std::string_view wrapper : {"tweet_results", "result", "tweet"})
            if (inner == nullptr) inner = object->if_contains(wrapper);
        if (inner == nullptr || !inner->is_object()) return object;
        value = inner;
    }
    return nullptr;
}

Draft read_x_post(const json::object& root, Collector& collector, std::int64_t line) {
    const Post post{.root = root, .legacy = root.if_contains("legacy")};
    Draft draft;
    draft.x_tweet_id = first_text({root.if_contains("rest_id"), post.find("id_str")});
    const json::value* note = note_of(post);
    read_author(post, draft);
    read_text(post, note, draft);
    read_entities(post, note, draft);
    read_media(post, collector, line, draft);
    read_references(post, draft);
    read_metrics(post, draft);
    draft.posted_at = collector.date(text_of(post.find("created_at")), line);
    return draft;
}

std::optional<PostStatus> missing_post_status(const json::object* post) {
    if (post == nullptr) return PostStatus::unknown;
    const json::value* type = post->if_contains("__typename");
    const std::string name = text_of(type);
    if (const json::value* tombstone = post->if_contains("tombstone"))
        return status_of_notice(
            first_text({at_path(tombstone, {"text", "text"}), at_path(tombstone, {"text"})}));
    if (name == "TweetTombstone" || name == "TweetUnavailable")
        return status_of_notice(first_text({post->if_contains("reason"), post->if_contains("message")}));
    return {};
}

}  // namespace transfer
