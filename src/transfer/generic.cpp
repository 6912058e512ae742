// JSON and CSV of unknown programs, read by the names of their members (contract 6.2 "generic record").
#include <boost/json.hpp>

#include <algorithm>

#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::Draft;
using bookmarks::Media;

constexpr std::initializer_list<std::string_view> kListSeparators{",", ";", "|"};
/// In an address `,` and `;` may be meant, unless another address or a blank follows.
constexpr std::initializer_list<std::string_view> kUrlSeparators{", ", "; ", "|", " ", ",http", ";http"};

bool is_digits(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Addresses of an array, or of a text that lists them.
std::vector<std::string> urls_of(const Fields& fields, Fields::Names names) {
    std::vector<std::string> urls = fields.list(names, kUrlSeparators);
    // The separator took the start of the next address with it.
    for (std::string& url : urls)
        if (url.starts_with("://") || url.starts_with("s://")) url.insert(0, "http");
    return urls;
}

void strip_sign(std::vector<std::string>& words, char sign) {
    for (std::string& word : words)
        if (word.starts_with(sign)) word.erase(0, 1);
    std::erase(words, "");
}

std::optional<Media> read_medium(const json::value& element) {
    Media media;
    if (const json::object* object = element.if_object()) {
        const Fields fields(*object);
        media.url = fields.text({"url", "original", "media_url_https", "src"});
        media.preview_url =
            fields.maybe_text({"preview_url", "thumbnail", "thumbnail_url", "preview_image_url"});
        media.alt_text = fields.maybe_text({"alt_text", "ext_alt_text", "alt"});
        media.width = fields.integer({"width"});
        media.height = fields.integer({"height"});
        media.duration_ms = fields.integer({"duration_ms"});
        media.type = media_type(fields.text({"type"}), media.url);
    } else {
        media.url = text_of(&element);
        media.type = media_type("", media.url);
    }
    if (media.url.empty()) return {};
    return media;
}

void read_media(const Fields& fields, Draft& draft) {
    const json::value* list = fields.find({"media_urls", "media"});
    if (list == nullptr) return;
    if (const json::array* array = list->if_array()) {
        for (const json::value& element : *array)
            if (auto media = read_medium(element)) draft.media.push_back(*std::move(media));
        return;
    }
    for (const std::string& url : urls_of(fields, {"media_urls", "media"}))
        if (auto media = read_medium(json::value(url))) draft.media.push_back(*std::move(media));
}

/// A path of folders is split, a plain name only where the separator stands between blanks (a category may be
/// `UI/UX`).
std::vector<std::string> read_category(const Fields& fields) {
    if (const json::value* path = fields.find({"category_path"})) {
        if (path->is_array()) return fields.list({"category_path"}, {});
        return split(text_of(path), {" / ", "/", ">"});
    }
    const json::value* category = fields.find({"category_name", "category"});
    if (category == nullptr) return split(fields.text({"folder"}), {" / ", "/", ">"});
    if (const json::object* object = category->if_object())
        return split(Fields(*object).text({"name"}), {" / ", " > "});
    return split(text_of(category), {" / ", " > "});
}

/// An id of digits, also when another member of the list holds something else.
std::string read_id(const Fields& fields, const std::string& status_url) {
    for (const std::string_view name : {"x_tweet_id", "tweet_id", "id"})
        if (std::string id = fields.text({name}); is_digits(id)) return id;
    return bookmarks::post_id_of_url(status_url).value_or("");
}

std::string read_author(const Fields& fields) {
    const json::value* author = fields.find({"author_username", "author", "screen_name"});
    if (author != nullptr && author->is_object())
        return Fields(author->get_object()).text({"username", "screen_name", "handle"});
    std::string name = text_of(author);
    if (name.starts_with('@')) name.erase(0, 1);
    return name;
}

std::string read_display_name(const Fields& fields) {
    const json::value* author = fields.find({"author_display_name", "author", "name"});
    if (author != nullptr && author->is_object())
        return Fields(author->get_object()).text({"display_name", "name"});
    std::string name = text_of(author);
    if (name.starts_with('@')) name.erase(0, 1);
    return name;
}

void read_links(const Fields& fields, Draft& draft) {
    draft.links = urls_of(fields, {"links", "urls"});
    const std::string url = fields.text({"url"});
    if (url.empty()) return;
    draft.url = url;
    // The address of a post is where it lives, not a link in it.
    if (draft.links.empty() && !bookmarks::post_id_of_url(url)) draft.links.push_back(url);
}

void take_record(const json::value& value, std::int64_t line, Collector& collector) {
    const json::object* object = require_object(value, line, collector);
    if (object == nullptr) return;
    const Fields fields(*object);
    Record record;
    record.line = line;
    Draft& draft = record.draft;
    draft.content = fields.text({"content", "text", "full_text", "title", "name"});
    read_links(fields, draft);
    draft.x_tweet_id = read_id(fields, draft.url);
    draft.author_username = read_author(fields);
    draft.author_display_name = read_display_name(fields);
    draft.author_avatar_url = fields.maybe_text({"author_avatar_url"});
    draft.hashtags = fields.list({"hashtags"}, kListSeparators);
    draft.mentions = fields.list({"mentions"}, kListSeparators);
    strip_sign(draft.hashtags, '#');
    strip_sign(draft.mentions, '@');
    draft.tags = fields.list({"tags"}, kListSeparators);
    read_media(fields, draft);
    draft.is_archived = fields.flag({"is_archived", "archived"}).value_or(false);
    draft.bookmarked_at = collector.date(fields.text({"bookmarked_at", "date_added", "date"}), line);
    if (draft.bookmarked_at) draft.bookmarked_at_source = bookmarks::BookmarkedAtSource::import;
    draft.posted_at = collector.date(fields.text({"posted_at"}), line);
    record.category_path = read_category(fields);
    collector.add(std::move(record));
}

}  // namespace

Reading read_generic(Collector& collector) {
    return {.role_of =
                [](std::string_view path) {
                    return path == "[]" || path == ".bookmarks[]" ? Role::record : Role::none;
                },
            .take = [&collector](std::string_view, const json::value& value,
                                 std::int64_t line) { take_record(value, line, collector); }};
}

const json::object* require_object(const json::value& value, std::int64_t line, Collector& collector) {
    const json::object* object = value.if_object();
    if (object == nullptr)
        collector.error({.line = line,
                         .field = {},
                         .code = "not_an_object",
                         .message = "The record is not a JSON object."});
    return object;
}

}  // namespace transfer
