// What a reader gave to its sink, as text: one JSON object per line. Golden files and the fuzzer compare it.
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "transfer/record.hpp"

namespace transfer {

inline void dump_media(base::JsonWriter& writer, const std::vector<bookmarks::Media>& list) {
    writer.key("media").begin_array();
    for (const bookmarks::Media& media : list)
        writer.begin_object()
            .member("type", media.type)
            .member("url", media.url)
            .member("previewUrl", media.preview_url)
            .member("altText", media.alt_text)
            .member("width", media.width)
            .member("height", media.height)
            .member("durationMs", media.duration_ms)
            .end_object();
    writer.end_array();
}

inline void dump_draft(base::JsonWriter& writer, const bookmarks::Draft& draft) {
    writer.member("xTweetId", draft.x_tweet_id).member("url", draft.url).member("content", draft.content);
    if (draft.title) writer.member("title", *draft.title);
    if (draft.note) writer.member("note", *draft.note);
    if (draft.lang) writer.member("lang", *draft.lang);
    writer.member("author", draft.author_username).member("name", draft.author_display_name);
    if (draft.author_avatar_url) writer.member("avatar", *draft.author_avatar_url);
    if (!draft.media.empty()) dump_media(writer, draft.media);
    if (!draft.links.empty()) writer.member("links", draft.links);
    if (!draft.hashtags.empty()) writer.member("hashtags", draft.hashtags);
    if (!draft.mentions.empty()) writer.member("mentions", draft.mentions);
    if (!draft.tags.empty()) writer.member("tags", draft.tags);
    for (const bookmarks::Reference& reference : draft.referenced)
        writer.escaped_key(reference.type).value(reference.id);
    if (const auto& metrics = draft.metrics) {
        writer.key("metrics").begin_array();
        for (const auto& count : {metrics->likes, metrics->reposts, metrics->replies, metrics->quotes,
                                  metrics->bookmarks, metrics->views})
            writer.value(count);
        writer.value(metrics->at).end_array();
    }
    if (draft.is_archived) writer.member("archived", true);
    if (draft.bookmarked_at) writer.member("bookmarkedAt", *draft.bookmarked_at);
    writer.member("bookmarkedAtSource", to_string(draft.bookmarked_at_source));
    if (draft.posted_at) writer.member("postedAt", *draft.posted_at);
    writer.member("postStatus", to_string(draft.post_status)).member("source", draft.source);
}

inline void dump(std::string& out, const Record& record) {
    base::JsonWriter writer(out);
    writer.begin_object().member("record", record.line);
    dump_draft(writer, record.draft);
    if (!record.category_path.empty()) writer.member("category", record.category_path);
    if (record.category_color) writer.member("color", *record.category_color);
    if (record.category_icon) writer.member("icon", *record.category_icon);
    if (record.id) writer.member("id", *record.id);
    if (record.created_at) writer.member("createdAt", *record.created_at);
    if (record.updated_at) writer.member("updatedAt", *record.updated_at);
    if (record.sort_index) writer.member("sortIndex", *record.sort_index);
    writer.end_object();
    out += '\n';
}

inline void dump(std::string& out, const CategoryRecord& category) {
    base::JsonWriter writer(out);
    writer.begin_object().member("category", category.name).member("path", category.path);
    writer.member("description", category.description)
        .member("color", category.color)
        .member("icon", category.icon);
    writer.member("id", category.id).member("parentId", category.parent_id).member("order", category.order);
    writer.member("isDefault", category.is_default).end_object();
    out += '\n';
}

/// A sink that writes everything to `out`, which must outlive it.
inline Sink dumping_sink(std::string& out) {
    return {.record = [&out](Record&& record) { dump(out, record); },
            .category = [&out](CategoryRecord&& category) { dump(out, category); },
            .error =
                [&out](RecordError&& error) {
                    base::JsonWriter writer(out);
                    writer.begin_object().member("error", error.line).member("field", error.field);
                    writer.member("code", error.code).member("message", error.message).end_object();
                    out += '\n';
                },
            .warning =
                [&out](std::string_view message) {
                    base::JsonWriter(out).begin_object().member("warning", message).end_object();
                    out += '\n';
                },
            .part =
                [&out](PartRecord&& part) {
                    base::JsonWriter(out)
                        .begin_object()
                        .member("part", part.part)
                        .key("json")
                        .raw(part.json)
                        .end_object();
                    out += '\n';
                }};
}

}  // namespace transfer
