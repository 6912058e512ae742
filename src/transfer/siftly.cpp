// Exports of Siftly (contract 6.3): JSON, CSV, the manifest of its zip, and what its console script writes.
#include <boost/json.hpp>

#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::Draft;
using bookmarks::Media;

constexpr std::initializer_list<std::string_view> kSeparators{"; ", ";"};

class SiftlyReader {
public:
    SiftlyReader(Collector& collector, bool include_likes)
        : collector_(collector), include_likes_(include_likes) {}

    void take(const json::value& value, std::int64_t line) {
        const json::object* object = require_object(value, line, collector_);
        if (object == nullptr) return;
        const Fields fields(*object);
        const bool is_like = fields.text({"source"}) == "like";
        if (is_like && !include_likes_) return collector_.warn(Warning::likes_left_out, line);
        Record record;
        record.line = line;
        Draft& draft = record.draft;
        draft.x_tweet_id = fields.text({"tweet_id", "id"});
        draft.url = fields.text({"url"});
        draft.content = decode_entities(fields.text({"text"}));
        read_author(fields, draft);
        draft.posted_at = collector_.date(fields.text({"tweet_created_at", "timestamp", "date"}), line);
        draft.hashtags = fields.list({"hashtags"}, kSeparators);
        draft.links = fields.list({"urls"}, kSeparators);
        read_media(fields, line, draft);
        read_categories(fields, record);
        if (is_like) draft.tags.emplace_back("like");
        collector_.add(std::move(record));
    }

private:
    static void read_author(const Fields& fields, Draft& draft) {
        // The console script calls the name `author` and the handle `handle`; the manifest has the handle
        // there.
        draft.author_username = fields.text({"author_handle", "handle", "author"});
        if (draft.author_username.starts_with('@')) draft.author_username.erase(0, 1);
        draft.author_display_name = decode_entities(fields.text({"author_name"}));
        if (draft.author_display_name.empty() && fields.has("handle"))
            draft.author_display_name = decode_entities(fields.text({"author"}));
    }

    void read_media(const Fields& fields, std::int64_t line, Draft& draft) const {
        const json::value* list = fields.find({"media_items", "media"});
        if (list != nullptr && list->is_array()) {
            for (const json::value& element : list->get_array()) {
                const json::object* object = element.if_object();
                if (object == nullptr) {
                    collector_.warn(Warning::media_dropped, line);
                    continue;
                }
                const Fields item(*object);
                Media media;
                media.url = item.text({"url"});
                media.preview_url = item.maybe_text({"thumbnail_url"});
                media.type = media_type(item.text({"type"}), media.url);
                draft.media.push_back(std::move(media));
            }
            return;
        }
        for (const std::string& url : fields.list({"media_urls"}, kSeparators)) {
            Media media;
            media.url = url;
            media.type = media_type("", url);
            draft.media.push_back(std::move(media));
        }
    }

    /// The first one is the category, the others are tags.
    static void read_categories(const Fields& fields, Record& record) {
        std::vector<std::string> names = fields.list({"categories"}, kSeparators);
        if (names.empty()) return;
        record.category_path = {names.front()};
        record.draft.tags.assign(std::make_move_iterator(names.begin() + 1),
                                 std::make_move_iterator(names.end()));
        const json::value* list = fields.find({"categories"});
        const json::object* first =
            list->is_array() && !list->get_array().empty() ? list->get_array().front().if_object() : nullptr;
        if (first != nullptr) record.category_color = Fields(*first).maybe_text({"color"});
    }

    Collector& collector_;
    bool include_likes_;
};

}  // namespace

Reading read_siftly(Collector& collector, const ReadContext& context) {
    auto reader = std::make_shared<SiftlyReader>(collector, context.include_likes);
    return {.role_of =
                [](std::string_view path) {
                    return path == "[]" || path == ".bookmarks[]" ? Role::record : Role::none;
                },
            .take = [reader](std::string_view, const json::value& value,
                             std::int64_t line) { reader->take(value, line); }};
}

}  // namespace transfer
