#include "bookmarks/bookmark_json.hpp"

#include "bookmarks/bookmarks_sql.hpp"

namespace bookmarks {
namespace {

void write_category(base::JsonWriter& json, const std::optional<base::Uuid>& id,
                    const categories::Snapshot& categories) {
    const categories::Category* category = id ? categories.find(*id) : nullptr;
    if (category == nullptr) {
        json.null();
        return;
    }
    json.begin_object().member("id", category->id).member("name", category->name);
    json.member("color", category->color).member("icon", category->icon).end_object();
}

}  // namespace

void write_members(base::JsonWriter& json, const Bookmark& bookmark, base::UserId user,
                   const categories::Snapshot& categories) {
    const Draft& draft = bookmark.draft;
    json.member("id", bookmark.id).member("userId", user).member("version", bookmark.version);
    json.member("xTweetId", draft.x_tweet_id).member("url", draft.url).member("content", draft.content);
    json.member("title", draft.title).member("note", draft.note).member("lang", draft.lang);
    json.member("authorUsername", draft.author_username)
        .member("authorDisplayName", draft.author_display_name);
    json.member("authorAvatarUrl", draft.author_avatar_url).key("mediaUrls").begin_array();
    for (const Media& media : draft.media)
        json.value(media.url);
    json.end_array().member("links", draft.links).member("hashtags", draft.hashtags);
    json.member("mentions", draft.mentions).member("tags", draft.tags);
    const auto list = [&json](std::string_view name, const auto& items, auto write) {
        json.key(name).raw(items.empty() ? std::string("[]") : write(items));
    };
    list("media", draft.media, sql::write_media);
    list("referenced", draft.referenced, sql::write_references);
    json.key("metrics").raw(draft.metrics ? sql::write_metrics(*draft.metrics) : "null");
    json.member("categoryId", bookmark.category_id).key("category");
    write_category(json, bookmark.category_id, categories);
    json.member("isArchived", draft.is_archived).member("bookmarkedAt", draft.bookmarked_at);
    json.member("bookmarkedAtSource", to_string(draft.bookmarked_at_source))
        .member("postedAt", draft.posted_at);
    json.member("postStatus", to_string(draft.post_status)).member("source", draft.source);
    json.member("createdAt", bookmark.created_at).member("updatedAt", bookmark.updated_at);
}

std::size_t json_size_hint(const std::vector<Bookmark>& bookmarks) {
    constexpr std::size_t kMembersBytes = 1200;  // everything but texts, usually
    std::size_t size = 1024;
    for (const Bookmark& bookmark : bookmarks) {
        const Draft& draft = bookmark.draft;
        size += kMembersBytes + draft.content.size() + draft.media.size() * 256;
        if (draft.note) size += draft.note->size();
    }
    return size;
}

void write_tag(base::JsonWriter& json, const Tag& tag) {
    json.begin_object()
        .member("name", tag.name)
        .member("color", tag.color)
        .member("count", tag.count)
        .end_object();
}

}  // namespace bookmarks
