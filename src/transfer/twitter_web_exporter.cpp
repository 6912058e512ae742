// Exports of the browser extension twitter-web-exporter (contract 6.3), JSON and CSV, and their title-cased
// variant.
#include <boost/json.hpp>

#include <algorithm>

#include "base/utf8.hpp"
#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::Draft;
using bookmarks::Media;

bool is_digits(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The extension writes line breaks in CSV cells as the two characters `\n`.
std::string unescape_breaks(std::string text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = std::string_view(text).substr(i);
        if (rest.starts_with("\\r\\n")) {
            result += '\n';
            i += 3;
        } else if (rest.starts_with("\\n") || rest.starts_with("\\r")) {
            result += '\n';
            i += 1;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// A nested value, which in CSV is JSON within the cell.
json::value nested(const json::value* value) {
    if (value == nullptr) return {};
    const json::string* text = value->if_string();
    if (text == nullptr) return *value;
    json::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    options.allow_invalid_utf8 = true;
    json::value parsed = json::parse(*text, error, {}, options);
    return error ? json::value() : parsed;
}

/// What X counts as a word character of a hashtag or mention: letters of any script, digits, underscore.
bool is_word(char32_t c, bool ascii_only) {
    const bool ascii = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (ascii || ascii_only || c < 0xAA) return ascii;
    if (c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c < 0x3005) || (c >= 0x3008 && c <= 0x3020)) return false;
    const bool punctuation = c == 0x30FB || (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) ||
                             (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65) || c == 0xFFFD;
    return !punctuation && c < 0x1F000;
}

/// Flat exports carry no entities, so words behind `sign` (or its full-width form) are taken from the text.
std::vector<std::string> words_behind(std::string_view text, char32_t sign, char32_t wide_sign,
                                      bool ascii_only) {
    std::vector<std::string> words;
    bool at_start = true;
    for (std::size_t position = 0; position < text.size();) {
        const char32_t c = base::next_code_point(text, position);
        const bool starts = (c == sign || c == wide_sign) && at_start;
        at_start = !is_word(c, true) && c != '/' && c != '&' && c != '.';
        if (!starts) continue;
        std::string word;
        bool only_digits = true;
        while (position < text.size()) {
            std::size_t next = position;
            const char32_t inner = base::next_code_point(text, next);
            if (!is_word(inner, ascii_only)) break;
            only_digits = only_digits && inner >= '0' && inner <= '9';
            base::append_utf8(word, inner);
            position = next;
        }
        if (!word.empty() && (!only_digits || ascii_only)) words.push_back(std::move(word));
        at_start = false;
    }
    return words;
}

class ExportReader {
public:
    ExportReader(Collector& collector, bool csv) : collector_(collector), csv_(csv) {}

    void take(const json::value& value, std::int64_t line) {
        const json::object* object = require_object(value, line, collector_);
        if (object == nullptr) return;
        const Fields fields(*object);
        Record record;
        record.line = line;
        const json::value metadata = nested(fields.find({"metadata"}));
        const json::object* raw = metadata.is_object() ? unwrap_post(&metadata) : nullptr;
        const bool has_raw = raw != nullptr && raw->contains("rest_id") && !missing_post_status(raw);
        if (has_raw) record.draft = read_x_post(*raw, collector_, line);
        fill(fields, has_raw, line, record.draft);
        if (record.draft.x_tweet_id.empty())
            return collector_.error(
                {.line = line,
                 .field = "id",
                 .code = "missing_id",
                 .message = "The record has neither a post id nor the address of a post."});
        collector_.add(std::move(record));
    }

private:
    [[nodiscard]] std::string text(const Fields& fields, Fields::Names names) const {
        return csv_ ? unescape_breaks(fields.text(names)) : fields.text(names);
    }

    /// Fills what the raw post did not say.
    void fill(const Fields& fields, bool has_raw, std::int64_t line, Draft& draft) const {
        draft.url = fields.text({"url", "tweet_url"});
        if (draft.x_tweet_id.empty()) {
            std::string id = fields.text({"id", "tweet_id"});
            // Spreadsheets turn ids into 1.79E+18; the address still has all digits.
            if (!is_digits(id)) id = bookmarks::post_id_of_url(draft.url).value_or("");
            draft.x_tweet_id = std::move(id);
        }
        if (draft.content.empty()) draft.content = decode_entities(text(fields, {"full_text", "text"}));
        if (draft.author_username.empty())
            draft.author_username = fields.text({"screen_name", "user_screen_name"});
        if (draft.author_display_name.empty())
            draft.author_display_name = decode_entities(text(fields, {"name", "user_name"}));
        if (!draft.author_avatar_url)
            draft.author_avatar_url =
                fields.maybe_text({"profile_image_url", "user_avatar_url", "profile_image_url_https"});
        if (!draft.posted_at) draft.posted_at = collector_.date(fields.text({"created_at"}), line);
        if (draft.media.empty()) read_media(fields, line, draft);
        if (!draft.metrics) read_metrics(fields, draft);
        if (has_raw) return;
        read_references(fields, draft);
        draft.links = fields.list({"expanded_urls", "urls", "links"}, {",", " ", ";"});
        draft.hashtags = fields.list({"hashtags"}, {",", " ", ";"});
        for (std::string& hashtag : draft.hashtags)
            if (hashtag.starts_with('#')) hashtag.erase(0, 1);
        if (!fields.has("hashtags")) draft.hashtags = words_behind(draft.content, U'#', U'\uFF03', false);
        draft.mentions = words_behind(draft.content, U'@', U'\uFF20', true);
    }

    void read_media(const Fields& fields, std::int64_t line, Draft& draft) const {
        const json::value list = nested(fields.find({"media"}));
        if (const json::array* array = list.if_array()) {
            for (const json::value& element : *array)
                read_medium(element, line, draft);
            return;
        }
        const std::vector<std::string> urls = fields.list({"media_urls"}, {",", " ", ";"});
        const std::vector<std::string> types = fields.list({"media_types"}, {",", " ", ";"});
        for (std::size_t i = 0; i < urls.size(); ++i) {
            Media media;
            media.url = urls[i];
            media.type = media_type(i < types.size() ? types[i] : "", urls[i]);
            draft.media.push_back(std::move(media));
        }
    }

    /// `url` is a shortened link to the post; the file itself is `original`.
    void read_medium(const json::value& element, std::int64_t line, Draft& draft) const {
        const json::object* object = element.if_object();
        if (object == nullptr) return collector_.warn(Warning::media_dropped, line);
        const Fields fields(*object);
        Media media;
        media.url = fields.text({"original", "url", "thumbnail"});
        if (media.url.empty()) return collector_.warn(Warning::media_dropped, line);
        media.type = media_type(fields.text({"type"}), media.url);
        media.preview_url = fields.maybe_text({"thumbnail"});
        media.alt_text = fields.maybe_text({"ext_alt_text"});
        draft.media.push_back(std::move(media));
    }

    static void read_metrics(const Fields& fields, Draft& draft) {
        bookmarks::Metrics metrics;
        metrics.likes = fields.integer({"favorite_count"});
        metrics.reposts = fields.integer({"retweet_count"});
        metrics.replies = fields.integer({"reply_count"});
        metrics.quotes = fields.integer({"quote_count"});
        metrics.bookmarks = fields.integer({"bookmark_count"});
        metrics.views = fields.integer({"views_count"});
        const bool any = metrics.likes || metrics.reposts || metrics.replies || metrics.quotes ||
                         metrics.bookmarks || metrics.views;
        if (any) draft.metrics = metrics;
    }

    static void read_references(const Fields& fields, Draft& draft) {
        constexpr std::pair<std::string_view, std::string_view> kTypes[]{
            {"quoted_status", "quoted"}, {"in_reply_to", "replied_to"}, {"retweeted_status", "retweeted"}};
        for (const auto& [name, type] : kTypes)
            if (std::string id = fields.text({name}); is_digits(id))
                draft.referenced.push_back({.type = std::string(type), .id = std::move(id)});
    }

    Collector& collector_;
    bool csv_;
};

}  // namespace

Reading read_twitter_web_exporter(Collector& collector, Shape shape) {
    auto reader = std::make_shared<ExportReader>(collector, shape == Shape::csv);
    return {.role_of = [](std::string_view path) { return path == "[]" ? Role::record : Role::none; },
            .take = [reader](std::string_view, const json::value& value,
                             std::int64_t line) { reader->take(value, line); }};
}

}  // namespace transfer
