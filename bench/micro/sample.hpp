// A bookmark like most: a Japanese post with media and tags.
#pragma once

#include <string>

#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/bookmarks.hpp"

namespace micro {

inline const base::Time kNow{std::chrono::seconds(1'785'542'400)};  // 2026-08-01

inline bookmarks::Bookmark sample_bookmark() {
    bookmarks::Bookmark out;
    out.id = {base::make_uuid(kNow)};
    bookmarks::Draft& draft = out.draft;
    draft.x_tweet_id = "1923456789012345678";
    draft.url = "https://x.com/kamori_42/status/1923456789012345678";
    draft.content =
        "新しいキーボードを買った。静電容量無接点方式は打鍵感が最高で、長い文章を書くときに疲れない。"
        "Rust で書いた設定ツールも公開しました！ 詳しくは記事で。 #キーボード https://t.co/123456";
    draft.lang = "ja";
    draft.author_username = "kamori_42";
    draft.author_display_name = "料理の人@サーバー";
    draft.author_avatar_url = "https://media.example/avatar/kamori_42.png";
    draft.media = {{.type = "photo",
                    .url = "https://media.example/photo/1923456789012345678-1.jpg",
                    .preview_url = "https://media.example/photo/1923456789012345678-1.small.jpg",
                    .alt_text = {},
                    .width = {},
                    .height = {},
                    .duration_ms = {}}};
    draft.links = {"https://site12.example/article/123456"};
    draft.hashtags = {"キーボード"};
    draft.tags = {"道具", "later"};
    draft.metrics = bookmarks::Metrics{
        .likes = 120, .reposts = 14, .replies = 3, .quotes = {}, .bookmarks = {}, .views = 18'000, .at = {}};
    draft.bookmarked_at = draft.posted_at = kNow;
    draft.source = "import:twitter-web-exporter";
    out.created_at = out.updated_at = kNow;
    return out;
}

/// The JSON of `count` such bookmarks, as a list answers them.
inline std::string sample_list(std::size_t count) {
    const bookmarks::Bookmark bookmark = sample_bookmark();
    const categories::Snapshot categories;
    const base::UserId user{base::make_uuid(kNow)};
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("success", true).key("data").begin_object().key("bookmarks").begin_array();
    for (std::size_t i = 0; i < count; ++i) {
        json.begin_object();
        write_members(json, bookmark, user, categories);
        json.end_object();
    }
    json.end_array().key("pagination");
    bookmarks::write_pagination(json, 20, 0, 10'000, true, "Y3Vyc29y");
    json.end_object().end_object();
    return out;
}

}  // namespace micro
