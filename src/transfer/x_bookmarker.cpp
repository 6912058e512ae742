// Our own exports, versions 1.x and 2.x: JSON, NDJSON and CSV (contract 6.1, 6.3). They come back as they
// were: ids, times, order, source.
#include <boost/json.hpp>

#include <algorithm>
#include <map>

#include "base/utf8.hpp"
#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::Draft;
using bookmarks::Media;

constexpr std::size_t kCategoriesMax = 10'000;

/// The names that exports give to the parts which the importer hands on as they are.
std::string_view part_of_path(std::string_view path) {
    if (path == ".metadata") return "metadata";
    if (path == ".tags[]") return "tags";
    if (path == ".tagDetails[]") return "tagDetails";
    if (path == ".searchHistory[]") return "searchHistory";
    if (path == ".savedSearches[]") return "savedSearches";
    if (path == ".settings") return "settings";
    return {};
}

std::string_view part_of_type(std::string_view type) {
    if (type == "metadata") return "metadata";
    if (type == "tag") return "tagDetails";
    if (type == "searchHistory") return "searchHistory";
    if (type == "savedSearch") return "savedSearches";
    if (type == "settings") return "settings";
    return {};
}

Media read_medium(const json::value& element) {
    Media media;
    if (const json::object* object = element.if_object()) {
        const Fields fields(*object);
        media.url = fields.text({"url"});
        media.preview_url = fields.maybe_text({"preview_url"});
        media.alt_text = fields.maybe_text({"alt_text"});
        media.width = fields.integer({"width"});
        media.height = fields.integer({"height"});
        media.duration_ms = fields.integer({"duration_ms"});
        media.type = media_type(fields.text({"type"}), media.url);
    } else {
        media.url = text_of(&element);
        media.type = media_type("", media.url);
    }
    return media;
}

void read_references(const Fields& fields, Draft& draft) {
    const json::value* list = fields.find({"referenced"});
    if (list == nullptr || !list->is_array()) return;
    for (const json::value& element : list->get_array()) {
        const std::string type = text_of(at_path(&element, {"type"}));
        const std::string id = text_of(at_path(&element, {"id"}));
        const bool known = type == "quoted" || type == "replied_to" || type == "retweeted";
        if (known && !id.empty()) draft.referenced.push_back({.type = type, .id = id});
    }
}

class OwnReader {
public:
    OwnReader(Collector& collector, Shape shape) : collector_(collector), shape_(shape) {}

    void take(std::string_view path, const json::value& value, std::int64_t line) {
        if (shape_ == Shape::csv) return take_row(value, line);
        if (shape_ == Shape::lines) return take_line(value, line);
        if (const std::string_view part = part_of_path(path); !part.empty()) return take_part(part, value);
        const json::object* object = require_object(value, line, collector_);
        if (object == nullptr) return;
        if (path == ".categories[]") return take_category(*object);
        take_bookmark(*object, line);
    }

private:
    /// One `'` was put in front of cells that a spreadsheet would take for a formula.
    static std::string without_guard(const json::string& cell) {
        const std::string_view text(cell.data(), cell.size());
        const std::size_t quotes = text.find_first_not_of('\'');
        const bool guarded = quotes != std::string_view::npos && quotes > 0 &&
                             std::string_view("=+-@\t\r").contains(text[quotes]);
        return std::string(guarded ? text.substr(1) : text);
    }

    void take_row(const json::value& value, std::int64_t line) {
        json::object row = value.get_object();
        for (auto& [name, cell] : row)
            if (const json::string* text = cell.if_string()) cell = without_guard(*text);
        take_bookmark(row, line);
    }

    void take_line(const json::value& value, std::int64_t line) {
        const json::object* object = require_object(value, line, collector_);
        if (object == nullptr) return;
        const std::string type = text_of(object->if_contains("type"));
        if (type == "bookmark" || type.empty()) return take_bookmark(*object, line);
        if (type == "category") return take_category(*object);
        if (const std::string_view part = part_of_type(type); !part.empty()) return take_part(part, value);
        collector_.error({.line = line,
                          .field = "type",
                          .code = "unknown_type",
                          .message = "The line has a type that this version does not know."});
    }

    void take_part(std::string_view part, const json::value& value) {
        collector_.add(
            PartRecord{.part = std::string(part), .json = base::clean_text(json::serialize(value))});
    }

    void take_category(const json::object& object) {
        const Fields fields(object);
        CategoryRecord category;
        category.name = fields.text({"name"});
        if (category.name.empty()) return;
        category.description = fields.maybe_text({"description"});
        category.color = fields.maybe_text({"color"});
        category.icon = fields.maybe_text({"icon"});
        category.id = base::parse_uuid(fields.text({"id"}));
        category.parent_id = base::parse_uuid(fields.text({"parent_id"}));
        category.order = fields.integer({"order"});
        category.is_default = fields.flag({"is_default"}).value_or(false);
        category.created_at = base::parse_iso(fields.text({"created_at"}));
        category.updated_at = base::parse_iso(fields.text({"updated_at"}));
        // Exports list parents before their children, so the path is known here.
        if (category.parent_id)
            if (const auto parent = paths_.find(*category.parent_id); parent != paths_.end())
                category.path = parent->second;
        category.path.push_back(category.name);
        if (category.id && paths_.size() < kCategoriesMax) paths_.emplace(*category.id, category.path);
        collector_.add(std::move(category));
    }

    void take_bookmark(const json::object& object, std::int64_t line) {
        const Fields fields(object);
        Record record;
        record.line = line;
        record.id = base::parse_uuid(fields.text({"id"}));
        record.created_at = collector_.date(fields.text({"created_at"}), line);
        record.updated_at = collector_.date(fields.text({"updated_at"}), line);
        record.category_path = read_category(fields);
        record.category_color = fields.maybe_text({"category_color"});
        record.category_icon = fields.maybe_text({"category_icon"});
        read_texts(fields, record.draft);
        read_lists(fields, record.draft);
        read_times(fields, line, record.draft);
        collector_.add(std::move(record));
    }

    static void read_texts(const Fields& fields, Draft& draft) {
        draft.x_tweet_id = fields.text({"x_tweet_id"});
        draft.url = fields.text({"url"});
        draft.content = fields.text({"content"});
        draft.title = fields.maybe_text({"title"});
        draft.note = fields.maybe_text({"note"});
        draft.lang = fields.maybe_text({"lang", "language"});
        draft.author_username = fields.text({"author_username"});
        draft.author_display_name = fields.text({"author_display_name"});
        draft.author_avatar_url = fields.maybe_text({"author_avatar_url"});
        draft.is_archived = fields.flag({"is_archived"}).value_or(false);
        draft.post_status = bookmarks::parse_post_status(fields.text({"post_status"}))
                                .value_or(bookmarks::PostStatus::available);
        const std::string source = fields.text({"source"});
        draft.source = source.empty() ? "import:x-bookmarker" : source;
    }

    /// Version 1 joined lists of a cell with `, ` or `; `; version 2, which has more columns, only with `, `.
    void read_lists(const Fields& fields, Draft& draft) const {
        const bool version_2 = fields.has("x_tweet_id");
        const auto list = [&](Fields::Names names) {
            return version_2 ? fields.list(names, {", "}) : fields.list(names, {", ", "; "});
        };
        draft.links = list({"links"});
        draft.hashtags = list({"hashtags"});
        draft.mentions = list({"mentions"});
        draft.tags = list({"tags"});
        const json::value* media = fields.find({"media"});
        if (media != nullptr && media->is_array()) {
            for (const json::value& element : media->get_array())
                draft.media.push_back(read_medium(element));
        } else {
            for (const std::string& url : list({"media_urls"}))
                draft.media.push_back(read_medium(json::value(url)));
        }
        std::erase_if(draft.media, [](const Media& one) { return one.url.empty(); });
        read_references(fields, draft);
    }

    void read_times(const Fields& fields, std::int64_t line, Draft& draft) {
        draft.bookmarked_at = collector_.date(fields.text({"bookmarked_at"}), line);
        draft.posted_at = collector_.date(fields.text({"posted_at"}), line);
        const auto source = bookmarks::parse_bookmarked_at_source(fields.text({"bookmarked_at_source"}));
        const bool known = draft.bookmarked_at.has_value();
        draft.bookmarked_at_source = source.value_or(known ? bookmarks::BookmarkedAtSource::import
                                                           : bookmarks::BookmarkedAtSource::first_seen);
        const json::value* metrics = fields.find({"metrics"});
        if (metrics == nullptr || !metrics->is_object()) return;
        const Fields counts(metrics->get_object());
        draft.metrics = bookmarks::Metrics{.likes = counts.integer({"likes"}),
                                           .reposts = counts.integer({"reposts"}),
                                           .replies = counts.integer({"replies"}),
                                           .quotes = counts.integer({"quotes"}),
                                           .bookmarks = counts.integer({"bookmarks"}),
                                           .views = counts.integer({"views"}),
                                           .at = collector_.date(counts.text({"at"}), line)};
    }

    static std::vector<std::string> read_category(const Fields& fields) {
        const json::value* path = fields.find({"category_path"});
        if (path != nullptr && path->is_array()) return fields.list({"category_path"}, {});
        if (path != nullptr) return split(text_of(path), {" / "});
        const std::string name = fields.text({"category_name", "category"});
        if (name.empty()) return {};
        return {name};
    }

    Collector& collector_;
    Shape shape_;
    std::map<base::Uuid, std::vector<std::string>> paths_;
};

Role role_in_export(std::string_view path) {
    if (path == ".bookmarks[]" || path == ".categories[]") return Role::record;
    return part_of_path(path).empty() ? Role::none : Role::record;
}

}  // namespace

Reading read_x_bookmarker(Collector& collector, Shape shape) {
    auto reader = std::make_shared<OwnReader>(collector, shape);
    return {.role_of = role_in_export,
            .take = [reader](std::string_view path, const json::value& value, std::int64_t line) {
                reader->take(path, value, line);
            }};
}

}  // namespace transfer
