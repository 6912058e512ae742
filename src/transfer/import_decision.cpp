#include "transfer/import_decision.hpp"

#include <algorithm>
#include <optional>

#include "base/json_writer.hpp"
#include "base/utf8.hpp"

namespace transfer {
namespace {

using bookmarks::BookmarkedAtSource;
using bookmarks::Draft;
using bookmarks::Media;
using bookmarks::PostStatus;

constexpr std::size_t kListMax = 100;  // contract 3.3
constexpr std::size_t kShownLengthMax = 500;

bool equal(const Media& a, const Media& b) {
    return a.type == b.type && a.url == b.url && a.preview_url == b.preview_url && a.alt_text == b.alt_text &&
           a.width == b.width && a.height == b.height && a.duration_ms == b.duration_ms;
}

bool equal(const std::vector<Media>& a, const std::vector<Media>& b) {
    return std::ranges::equal(a, b, [](const Media& x, const Media& y) { return equal(x, y); });
}

bool is_without_post(const Draft& draft) {
    return draft.post_status == PostStatus::unhydrated || draft.post_status == PostStatus::unknown;
}

/// What an import may change of a row.
bool same(const Draft& a, const Draft& b) {
    return a.content == b.content && equal(a.media, b.media) && a.links == b.links &&
           a.hashtags == b.hashtags && a.mentions == b.mentions && a.tags == b.tags && a.title == b.title &&
           a.note == b.note && a.lang == b.lang && a.author_username == b.author_username &&
           a.author_display_name == b.author_display_name && a.author_avatar_url == b.author_avatar_url &&
           a.posted_at == b.posted_at && a.bookmarked_at == b.bookmarked_at &&
           a.bookmarked_at_source == b.bookmarked_at_source && a.post_status == b.post_status &&
           a.url == b.url && a.metrics.has_value() == b.metrics.has_value() &&
           a.referenced.size() == b.referenced.size();
}

/// The post has come where only its id was known.
void take_status(Draft& row, const Draft& incoming) {
    if (is_without_post(row) && !is_without_post(incoming)) row.post_status = incoming.post_status;
}

Draft updated(const Draft& existing, const Draft& incoming) {
    Draft row = existing;
    if (incoming.post_status != PostStatus::unhydrated) {
        row.content = incoming.content;
        row.media = incoming.media;
        row.links = incoming.links;
        row.hashtags = incoming.hashtags;
        row.mentions = incoming.mentions;
    }
    row.tags = incoming.tags;
    take_status(row, incoming);
    return row;
}

void unite(std::vector<std::string>& list, const std::vector<std::string>& more) {
    for (const std::string& text : more)
        if (list.size() < kListMax && std::ranges::find(list, text) == list.end()) list.push_back(text);
}

void unite(std::vector<Media>& list, const std::vector<Media>& more) {
    for (const Media& media : more)
        if (list.size() < kListMax && std::ranges::find(list, media.url, &Media::url) == list.end())
            list.push_back(media);
}

template <class T>
void fill(std::optional<T>& field, const std::optional<T>& value) {
    if (!field) field = value;
}

/// A name that only stands for a missing one (contract 6.2) counts as empty.
void fill_author(Draft& row, const Draft& incoming) {
    if (row.author_username.empty() || row.author_username == "imported")
        if (!incoming.author_username.empty()) row.author_username = incoming.author_username;
    if (row.author_display_name.empty() || row.author_display_name == "Imported User")
        if (!incoming.author_display_name.empty()) row.author_display_name = incoming.author_display_name;
    fill(row.author_avatar_url, incoming.author_avatar_url);
}

Draft merged(const Draft& existing, const Draft& incoming) {
    Draft row = existing;
    if (base::count_code_points(incoming.content) > base::count_code_points(row.content))
        row.content = incoming.content;
    unite(row.media, incoming.media);
    unite(row.links, incoming.links);
    unite(row.hashtags, incoming.hashtags);
    unite(row.mentions, incoming.mentions);
    unite(row.tags, incoming.tags);
    fill(row.title, incoming.title);
    fill(row.note, incoming.note);
    fill(row.lang, incoming.lang);
    fill_author(row, incoming);
    fill(row.posted_at, incoming.posted_at);
    fill(row.metrics, incoming.metrics);
    if (row.url.empty()) row.url = incoming.url;
    if (row.referenced.empty()) row.referenced = incoming.referenced;
    // `first_seen` is the moment of an import or a sync: a date that somebody wrote down is better.
    if (row.bookmarked_at_source == BookmarkedAtSource::first_seen && incoming.bookmarked_at &&
        incoming.bookmarked_at_source != BookmarkedAtSource::first_seen) {
        row.bookmarked_at = incoming.bookmarked_at;
        row.bookmarked_at_source = incoming.bookmarked_at_source;
    }
    take_status(row, incoming);
    return row;
}

std::string shown(const std::string& text) {
    std::size_t position = 0;
    for (std::size_t i = 0; i < kShownLengthMax && position < text.size(); ++i)
        base::next_code_point(text, position);
    return text.substr(0, position);
}

std::string to_json(const std::string& text) {
    std::string out;
    base::append_json_string(out, shown(text));
    return out;
}

std::string to_json(const std::optional<std::string>& text) {
    return text ? to_json(*text) : "null";
}

std::string to_json(const std::vector<std::string>& texts) {
    std::string out;
    base::JsonWriter(out).value(texts);
    return out;
}

std::string to_json(const std::vector<Media>& media) {
    std::vector<std::string> urls;
    for (const Media& one : media)
        urls.push_back(one.url);
    return to_json(urls);
}

std::string to_json(const std::optional<base::Time>& time) {
    std::string out;
    base::JsonWriter(out).value(time);
    return out;
}

std::string to_json(PostStatus status) {
    return to_json(std::string(bookmarks::to_string(status)));
}

}  // namespace

std::string_view to_string(Action action) {
    switch (action) {
        case Action::insert:
            return "new";
        case Action::update:
            return "updated";
        case Action::unchanged:
            return "unchanged";
        case Action::skip:
            return "skipped";
    }
    return "skipped";
}

Decision decide(const Draft& existing, const Draft& incoming, DuplicateStrategy strategy) {
    if (strategy == DuplicateStrategy::create_duplicate) return {.action = Action::insert, .draft = {}};
    Draft row =
        strategy == DuplicateStrategy::merge ? merged(existing, incoming) : updated(existing, incoming);
    if (same(existing, row)) return {.action = Action::unchanged, .draft = {}};
    if (strategy == DuplicateStrategy::skip) return {.action = Action::skip, .draft = {}};
    return {.action = Action::update, .draft = std::move(row)};
}

std::vector<FieldChange> differences(const Draft& before, const Draft& after) {
    std::vector<FieldChange> changes;
    const auto add = [&](std::string_view name, const auto& a, const auto& b) {
        std::string old_json = to_json(a);
        std::string new_json = to_json(b);
        if (old_json != new_json) changes.push_back({name, std::move(old_json), std::move(new_json)});
    };
    add("content", before.content, after.content);
    add("title", before.title, after.title);
    add("note", before.note, after.note);
    add("lang", before.lang, after.lang);
    add("authorUsername", before.author_username, after.author_username);
    add("authorDisplayName", before.author_display_name, after.author_display_name);
    add("authorAvatarUrl", before.author_avatar_url, after.author_avatar_url);
    add("mediaUrls", before.media, after.media);
    add("links", before.links, after.links);
    add("hashtags", before.hashtags, after.hashtags);
    add("mentions", before.mentions, after.mentions);
    add("tags", before.tags, after.tags);
    add("bookmarkedAt", before.bookmarked_at, after.bookmarked_at);
    add("postedAt", before.posted_at, after.posted_at);
    add("postStatus", before.post_status, after.post_status);
    return changes;
}

}  // namespace transfer
