#include "export_output.hpp"

#include <ostream>
#include <string_view>

#include "base/json_writer.hpp"

namespace generate {
namespace {

/// X escapes these three in its texts.
std::string escape_entities(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '&') {
            result += "&amp;";
        } else if (c == '<') {
            result += "&lt;";
        } else if (c == '>') {
            result += "&gt;";
        } else {
            result += c;
        }
    }
    return result;
}

void append_media(base::JsonWriter& json, const Post& post) {
    json.key("media").begin_array();
    for (const Medium& medium : post.media)
        json.begin_object()
            .member("type", medium.type)
            .member("url", "https://t.co/m" + post.id)
            .member("thumbnail", medium.thumbnail)
            .member("original", medium.url)
            .end_object();
    json.end_array();
}

void append_post(std::string& out, const Post& post) {
    base::JsonWriter json(out);
    json.begin_object()
        .member("id", post.id)
        .member("created_at", post.posted_at)
        .member("full_text", escape_entities(post.text));
    append_media(json, post);
    json.member("screen_name", post.author->username)
        .member("name", post.author->display_name)
        .member("profile_image_url", post.author->avatar_url);
    json.key("in_reply_to").null().key("retweeted_status").null().key("quoted_status").null();
    json.key("media_tags").begin_array().end_array();
    json.member("favorite_count", post.likes)
        .member("retweet_count", post.reposts)
        .member("reply_count", post.replies)
        .member("views_count", post.views)
        .member("favorited", false)
        .member("retweeted", false)
        .member("bookmarked", true)
        .member("url", "https://twitter.com/" + post.author->username + "/status/" + post.id)
        .end_object();
}

}  // namespace

void write_export(const Writer& writer, std::uint64_t count, std::ostream& out) {
    constexpr std::size_t kFlushBytes = 1 << 20;
    std::string buffer = "[\n";
    for (std::uint64_t n = 0; n < count; ++n) {
        if (n > 0) buffer += ",\n";
        append_post(buffer, writer.write(n));
        if (buffer.size() < kFlushBytes) continue;
        out << buffer;
        buffer.clear();
    }
    out << buffer << "\n]\n";
}

}  // namespace generate
