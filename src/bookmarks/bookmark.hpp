// The shapes of a bookmark: what is stored, and what a writer hands in (contract 3.3, 5.1, 5.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace bookmarks {

struct Media {
    std::string type;  ///< `photo`, `video` or `animated_gif`
    std::string url;
    std::optional<std::string> preview_url;
    std::optional<std::string> alt_text;
    std::optional<std::int64_t> width;
    std::optional<std::int64_t> height;
    std::optional<std::int64_t> duration_ms;
};

struct Reference {
    std::string type;  ///< `quoted`, `replied_to` or `retweeted`
    std::string id;
};

/// Public counts of a post as they were at `at`; a missing count is unknown.
struct Metrics {
    std::optional<std::int64_t> likes, reposts, replies, quotes, bookmarks, views;
    std::optional<base::Time> at;
};

/// What says when a post was bookmarked (contract 4.4).
enum class BookmarkedAtSource : std::uint8_t { user, import, first_seen };
/// Whether the post still exists on X, by evidence (contract 4.7).
enum class PostStatus : std::uint8_t {
    available,
    deleted,
    suspended,
    protected_,
    withheld,
    unhydrated,
    unknown
};

[[nodiscard]] std::string_view to_string(BookmarkedAtSource source);
[[nodiscard]] std::string_view to_string(PostStatus status);
[[nodiscard]] std::optional<PostStatus> parse_post_status(std::string_view text);
[[nodiscard]] std::optional<BookmarkedAtSource> parse_bookmarked_at_source(std::string_view text);

/// A bookmark as a writer hands it in: everything but what the server decides (ids, versions, times of
/// writing).
struct Draft {
    std::string x_tweet_id;  ///< empty: taken from the URL or synthesised (contract 5.2)
    std::string url;         ///< empty: made from author and id
    std::string content;
    std::optional<std::string> title;
    std::optional<std::string> note;
    std::optional<std::string> lang;
    std::string author_username;
    std::string author_display_name;
    std::optional<std::string> author_avatar_url;
    std::vector<Media> media;
    std::vector<std::string> links;
    std::vector<std::string> hashtags;  ///< without `#`
    std::vector<std::string> mentions;  ///< without `@`
    std::vector<std::string> tags;      ///< in normal form (contract 5.2)
    std::vector<Reference> referenced;
    std::optional<Metrics> metrics;
    bool is_archived = false;
    std::optional<base::Time> bookmarked_at;
    BookmarkedAtSource bookmarked_at_source = BookmarkedAtSource::first_seen;
    std::optional<base::Time> posted_at;
    PostStatus post_status = PostStatus::available;
    std::string source = "manual";  ///< `manual`, `x-api`, `import:<format>`
};

/// Tag in normal form: NFC, trimmed, inner white space one blank; nothing when empty, longer than 100 code
/// points, or with a comma or a control character (contract 5.2).
[[nodiscard]] std::optional<std::string> normalise_tag(std::string_view text);
/// URL for duplicate search (contract 5.2): scheme and host in lower case, default port, fragment, `utm_*`
/// and on X hosts `s` and `t` removed, X's old hosts become `x.com`; a status URL reduces to
/// `https://x.com/i/status/<id>`.
[[nodiscard]] std::string normalise_url(std::string_view url);
/// The digits behind `/status/` or `/statuses/` of a URL on an X host.
[[nodiscard]] std::optional<std::string> post_id_of_url(std::string_view url);
/// The handle of a status URL on an X host; nothing for `i`.
[[nodiscard]] std::optional<std::string> handle_of_url(std::string_view url);
/// `import-` and the first 32 hexadecimal digits of SHA-256(normalised URL, else content + NUL + author
/// username).
[[nodiscard]] std::string synthesise_id(std::string_view normalised_url, std::string_view content,
                                        std::string_view author_username);
/// An absolute http or https URL of at most 4096 bytes without control characters or blanks.
[[nodiscard]] bool is_http_url(std::string_view url);
/// Fills `x_tweet_id` and `url` of a draft by the rules above.
void complete(Draft& draft);

}  // namespace bookmarks
