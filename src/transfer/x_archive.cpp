#include "transfer/x_archive.hpp"

#include <boost/json.hpp>

#include <algorithm>

#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::PostStatus;

constexpr std::size_t kBookmarksMax = 5'000'000;

const json::object* member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
}

}  // namespace

ArchivePart archive_part(std::string_view name) {
    // The archive may be wrapped in a folder of its own.
    const std::size_t slash = name.rfind('/');
    if (slash == std::string_view::npos || !name.substr(0, slash + 1).ends_with("data/"))
        return ArchivePart::none;
    std::string_view stem = name.substr(slash + 1);
    if (!stem.ends_with(".js")) return ArchivePart::none;
    stem.remove_suffix(3);
    if (const std::size_t part = stem.rfind("-part"); part != std::string_view::npos) {
        const std::string_view number = stem.substr(part + 5);
        const bool is_number =
            !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
        if (is_number) stem = stem.substr(0, part);
    }
    if (stem == "bookmark" || stem == "bookmarks") return ArchivePart::bookmarks;
    if (stem == "like" || stem == "likes") return ArchivePart::likes;
    if (stem == "tweet" || stem == "tweets") return ArchivePart::posts;
    if (stem == "deleted-tweets" || stem == "deleted-tweet") return ArchivePart::deleted_posts;
    if (stem == "account") return ArchivePart::account;
    return ArchivePart::none;
}

void XArchive::take(const json::value& element, std::int64_t line) {
    const json::object* object = require_object(element, line, collector_);
    if (object == nullptr) return;
    if (const json::object* bookmark = member(*object, "bookmark")) return take_bookmark(*bookmark, line);
    if (is_first_) return;
    if (const json::object* like = member(*object, "like")) return take_like(*like, line);
    if (const json::object* post = member(*object, "tweet")) return take_post(*post, line);
    if (const json::object* account = member(*object, "account")) return take_account(*account);
    // Also without a wrapper.
    const Fields fields(*object);
    if (fields.has("tweet_id") || fields.has("bookmark_id")) return take_bookmark(*object, line);
    collector_.warn(Warning::not_a_bookmark, line);
}

void XArchive::take_bookmark(const json::object& bookmark, std::int64_t line) {
    const Fields fields(bookmark);
    Bookmark one{.id = fields.text({"tweet_id", "bookmark_id"}),
                 .text = decode_entities(fields.text({"full_text"})),
                 .added_at = fields.text({"added_at"}),
                 .line = line};
    if (one.id.empty())
        return collector_.error({.line = line,
                                 .field = "tweetId",
                                 .code = "missing_id",
                                 .message = "The bookmark has no post id."});
    if (bookmarks_.size() >= kBookmarksMax || !ids_.insert(one.id).second) return;
    bookmarks_.push_back(std::move(one));
}

void XArchive::take_like(const json::object& like, std::int64_t line) {
    if (!include_likes_) return collector_.warn(Warning::likes_left_out, line);
    const Fields fields(like);
    Record record;
    record.line = line;
    record.draft.x_tweet_id = fields.text({"tweet_id"});
    record.draft.content = decode_entities(fields.text({"full_text"}));
    record.draft.url = fields.text({"expanded_url"});
    record.draft.tags = {"like"};
    if (record.draft.content.empty()) record.draft.post_status = PostStatus::unhydrated;
    if (record.draft.x_tweet_id.empty())
        return collector_.error(
            {.line = line, .field = "tweetId", .code = "missing_id", .message = "The like has no post id."});
    collector_.add(std::move(record));
}

/// Posts of the archive are those of its account. They have the layout that GraphQL calls `legacy`.
void XArchive::take_post(const json::object& post, std::int64_t line) {
    const std::string id = text_of(post.if_contains("id_str"));
    if (!ids_.contains(id)) return;
    json::object wrapped;
    wrapped["rest_id"] = id;
    wrapped["legacy"] = post;
    bookmarks::Draft draft = read_x_post(wrapped, collector_, line);
    if (is_deleted_) draft.post_status = PostStatus::deleted;
    posts_.insert_or_assign(id, std::move(draft));
}

void XArchive::take_account(const json::object& account) {
    const Fields fields(account);
    username_ = fields.text({"username"});
    display_name_ = fields.text({"account_display_name"});
}

void XArchive::finish() {
    for (Bookmark& bookmark : bookmarks_) {
        Record record;
        record.line = bookmark.line;
        const auto post = posts_.find(bookmark.id);
        if (post != posts_.end()) {
            record.draft = std::move(post->second);
            if (record.draft.author_username.empty()) record.draft.author_username = username_;
            if (record.draft.author_display_name.empty()) record.draft.author_display_name = display_name_;
        }
        record.draft.x_tweet_id = bookmark.id;
        if (record.draft.content.empty()) record.draft.content = bookmark.text;
        if (record.draft.content.empty() && record.draft.post_status == PostStatus::available)
            record.draft.post_status = PostStatus::unhydrated;
        record.draft.bookmarked_at = collector_.date(bookmark.added_at, bookmark.line);
        if (record.draft.bookmarked_at)
            record.draft.bookmarked_at_source = bookmarks::BookmarkedAtSource::import;
        collector_.add(std::move(record));
    }
    bookmarks_.clear();
}

Reading read_x_archive(Collector& collector, const ReadContext& context) {
    auto archive = std::make_shared<XArchive>(collector, context.include_likes);
    return {.role_of = [](std::string_view path) { return path == "[]" ? Role::record : Role::none; },
            .take = [archive](std::string_view, const json::value& value,
                              std::int64_t line) { archive->take(value, line); },
            .finish = [archive] { archive->finish(); }};
}

}  // namespace transfer
