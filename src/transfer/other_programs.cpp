// Exports of programs that have one simple layout (contract 6.3): Dewey, Field Theory, Raindrop, Pinboard.
#include <boost/json.hpp>

#include <charconv>

#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::BookmarkedAtSource;
using bookmarks::Draft;
using bookmarks::Media;

constexpr std::initializer_list<std::string_view> kListSeparators{",", ";"};

/// A reading of one object after the other.
template <class Read>
Reading records_of(Collector& collector, Read read) {
    return {.role_of = [](std::string_view path) { return path == "[]" ? Role::record : Role::none; },
            .take =
                [&collector, read](std::string_view, const json::value& value, std::int64_t line) {
                    const json::object* object = require_object(value, line, collector);
                    if (object == nullptr) return;
                    Record record;
                    record.line = line;
                    read(Fields(*object), record, collector);
                    collector.add(std::move(record));
                }};
}

void add_media(const std::string& url, std::string_view type, Draft& draft) {
    if (url.empty()) return;
    Media media;
    media.url = url;
    media.type = media_type(type, url);
    draft.media.push_back(std::move(media));
}

std::string without_sign(std::string handle) {
    if (handle.starts_with('@')) handle.erase(0, 1);
    return handle;
}

/// What a link says that is no post, in the way that posts have it.
void set_link(std::string url, Draft& draft) {
    if (!bookmarks::post_id_of_url(url)) draft.links.push_back(url);
    draft.url = std::move(url);
}

void set_saved(const std::string& date, std::int64_t line, Collector& collector, Draft& draft) {
    draft.bookmarked_at = collector.date(date, line);
    if (draft.bookmarked_at) draft.bookmarked_at_source = BookmarkedAtSource::import;
}

void read_dewey_record(const Fields& fields, Record& record, Collector& collector) {
    Draft& draft = record.draft;
    draft.url = fields.text({"tweet_url"});
    draft.x_tweet_id = bookmarks::post_id_of_url(draft.url).value_or("");
    draft.content = decode_entities(fields.text({"note_tweet_text", "full_text", "content"}));
    draft.author_username = without_sign(fields.text({"handle", "screen_name"}));
    draft.author_display_name = decode_entities(fields.text({"posted_by", "name"}));
    draft.author_avatar_url = fields.maybe_text({"profile_pic", "profile_image_url_https"});
    draft.posted_at = collector.date(fields.text({"tweet_date", "tweeted_at"}), record.line);
    draft.tags = fields.list({"tags"}, kListSeparators);
    draft.note = fields.maybe_text({"comments"});
    for (const std::string& url : fields.list({"media"}, {", ", "; ", " ", "\n"}))
        add_media(url, "", draft);
}

void read_engagement(const Fields& fields, std::optional<base::Time> at, Draft& draft) {
    const json::value* value = fields.find({"engagement"});
    if (value == nullptr || !value->is_object()) return;
    const Fields counts(value->get_object());
    bookmarks::Metrics metrics;
    metrics.likes = counts.integer({"like_count"});
    metrics.reposts = counts.integer({"repost_count"});
    metrics.replies = counts.integer({"reply_count"});
    metrics.quotes = counts.integer({"quote_count"});
    metrics.bookmarks = counts.integer({"bookmark_count"});
    metrics.views = counts.integer({"view_count"});
    metrics.at = at;
    draft.metrics = metrics;
}

void read_fieldtheory_media(const Fields& fields, Draft& draft) {
    const json::value* objects = fields.find({"media_objects"});
    if (objects != nullptr && objects->is_array() && !objects->get_array().empty()) {
        for (const json::value& element : objects->get_array()) {
            const json::object* object = element.if_object();
            if (object == nullptr) continue;
            const Fields item(*object);
            Media media;
            media.url = item.text({"media_url", "url", "media_url_https"});
            media.preview_url = item.maybe_text({"preview_url", "thumbnail_url"});
            media.alt_text = item.maybe_text({"alt_text", "ext_alt_text"});
            media.width = item.integer({"width"});
            media.height = item.integer({"height"});
            media.type = media_type(item.text({"type"}), media.url);
            if (!media.url.empty()) draft.media.push_back(std::move(media));
        }
        return;
    }
    for (const std::string& url : fields.list({"media"}, {}))
        add_media(url, "", draft);
}

void read_fieldtheory_record(const Fields& fields, Record& record, Collector& collector) {
    Draft& draft = record.draft;
    draft.x_tweet_id = fields.text({"tweet_id", "id"});
    draft.url = fields.text({"url"});
    draft.content = decode_entities(fields.text({"text"}));
    draft.title = fields.maybe_text({"article_title"});
    if (const std::string article = fields.text({"article_text"});
        !article.empty() && article != draft.content)
        draft.content += (draft.content.empty() ? "" : "\n\n") + article;
    draft.lang = fields.maybe_text({"language"});
    draft.author_username = without_sign(fields.text({"author_handle"}));
    draft.author_display_name = decode_entities(fields.text({"author_name"}));
    draft.author_avatar_url = fields.maybe_text({"author_profile_image_url"});
    draft.posted_at = collector.date(fields.text({"posted_at"}), record.line);
    set_saved(fields.text({"bookmarked_at"}), record.line, collector, draft);
    draft.links = fields.list({"links"}, {});
    draft.tags = fields.list({"tags"}, {});
    const std::vector<std::string> folders = fields.list({"folder_names"}, {});
    for (std::size_t i = 0; i < folders.size(); ++i) {
        if (i == 0)
            record.category_path = {folders[i]};
        else
            draft.tags.push_back(folders[i]);
    }
    const std::string sort_index = fields.text({"sort_index"});
    std::uint64_t order = 0;
    const auto [end, error] =
        std::from_chars(sort_index.data(), sort_index.data() + sort_index.size(), order);
    if (!sort_index.empty() && error == std::errc{} && end == sort_index.data() + sort_index.size())
        record.sort_index = order;
    read_fieldtheory_media(fields, draft);
    read_engagement(fields, collector.date(fields.text({"synced_at"}), record.line), draft);
}

void read_raindrop_record(const Fields& fields, Record& record, Collector& collector) {
    Draft& draft = record.draft;
    set_link(fields.text({"url"}), draft);
    draft.title = fields.maybe_text({"title"});
    draft.content = fields.text({"excerpt", "title", "url"});
    draft.note = fields.maybe_text({"note"});
    // Marked passages are the user's own work.
    if (const std::string highlights = fields.text({"highlights"}); !highlights.empty())
        draft.note = draft.note ? *draft.note + "\n\n" + highlights : highlights;
    record.category_path = split(fields.text({"folder"}), {" / ", "/"});
    // Raindrop's name for what is in no collection.
    if (record.category_path == std::vector<std::string>{"Unsorted"}) record.category_path.clear();
    draft.tags = fields.list({"tags"}, {","});
    if (fields.flag({"favorite"}).value_or(false)) draft.tags.emplace_back("favorite");
    set_saved(fields.text({"created"}), record.line, collector, draft);
    add_media(fields.text({"cover"}), "photo", draft);
}

void read_pinboard_record(const Fields& fields, Record& record, Collector& collector) {
    Draft& draft = record.draft;
    set_link(fields.text({"href"}), draft);
    draft.title = fields.maybe_text({"description"});
    draft.content = fields.text({"extended", "description", "href"});
    draft.tags = fields.list({"tags"}, {" "});
    if (fields.flag({"toread"}).value_or(false)) draft.tags.emplace_back("toread");
    set_saved(fields.text({"time"}), record.line, collector, draft);
}

}  // namespace

Reading read_dewey(Collector& collector) {
    return records_of(collector, read_dewey_record);
}

Reading read_fieldtheory(Collector& collector) {
    return records_of(collector, read_fieldtheory_record);
}

Reading read_raindrop(Collector& collector) {
    return records_of(collector, read_raindrop_record);
}

Reading read_pinboard(Collector& collector) {
    return records_of(collector, read_pinboard_record);
}

}  // namespace transfer
