// Exports of Karakeep (contract 6.3). Lists stand behind the bookmarks that are in them, so they are read
// ahead.
#include <boost/json.hpp>

#include <algorithm>
#include <map>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "transfer/dates.hpp"
#include "transfer/fields.hpp"
#include "transfer/formats.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::Draft;

constexpr std::size_t kListsMax = 10'000;
constexpr std::size_t kDepthMax = 10;

/// The same for the same list, so that importing again changes nothing.
base::Uuid id_of_list(const std::string& id) {
    const base::Digest digest = base::sha256("karakeep list " + id);
    std::string text = base::to_hex(std::span(digest).first(16));
    for (const std::size_t at : {8U, 13U, 18U, 23U})
        text.insert(at, "-");
    text[14] = '8';  // RFC 9562, version 8: made by rules of one's own
    text[19] = 'a';
    return base::parse_uuid(text).value();
}

class KarakeepReader {
public:
    KarakeepReader(Collector& collector, const ReadContext& context)
        : collector_(collector), context_(context) {
        if (!context.ahead) return;
        for (const ListRecord& list : context.ahead->lists)
            lists_.emplace(list.id, &list);
        for (const ListRecord& list : context.ahead->lists)
            hand_on(list);
    }

    void take(std::string_view path, const json::value& value, std::int64_t line) {
        if (path == ".lists[]") return take_list(value);
        if (context_.fills) return;
        const json::object* object = require_object(value, line, collector_);
        if (object != nullptr) take_bookmark(*object, line);
    }

private:
    void take_list(const json::value& value) {
        const json::object* object = value.if_object();
        if (!context_.fills || object == nullptr || context_.fills->lists.size() >= kListsMax) return;
        const Fields fields(*object);
        ListRecord list{.id = fields.text({"id"}),
                        .name = fields.text({"name"}),
                        .description = fields.text({"description"}),
                        .icon = fields.text({"icon"}),
                        .parent_id = fields.text({"parent_id"}),
                        .query = fields.text({"query"}),
                        .is_smart = fields.text({"type"}) == "smart"};
        if (!list.id.empty() && !list.name.empty()) context_.fills->lists.push_back(std::move(list));
    }

    /// Names from the root down; a cycle ends it.
    [[nodiscard]] std::vector<std::string> path_of(const ListRecord& list) const {
        std::vector<std::string> path;
        for (const ListRecord* at = &list; at != nullptr && path.size() < kDepthMax;) {
            path.insert(path.begin(), at->name);
            const auto parent = lists_.find(at->parent_id);
            at = parent == lists_.end() ? nullptr : parent->second;
        }
        return path;
    }

    void hand_on(const ListRecord& list) {
        if (!list.is_smart) {
            CategoryRecord category;
            category.name = list.name;
            category.path = path_of(list);
            if (!list.description.empty()) category.description = list.description;
            if (!list.icon.empty()) category.icon = list.icon;
            collector_.add(std::move(category));
            return;
        }
        std::string text;
        base::JsonWriter writer(text);
        writer.begin_object().member("id", id_of_list(list.id)).member("name", list.name);
        writer.key("query").begin_object().member("text", list.query).end_object().end_object();
        collector_.add(PartRecord{.part = "savedSearches", .json = std::move(text)});
    }

    void take_bookmark(const json::object& object, std::int64_t line) {
        const Fields fields(object);
        Record record;
        record.line = line;
        Draft& draft = record.draft;
        draft.title = fields.maybe_text({"title"});
        const json::value* content = object.if_contains("content");
        if (content != nullptr && content->is_object()) {
            const Fields inner(content->get_object());
            draft.url = inner.text({"url", "source_url"});
            draft.content = inner.text({"text"});
        }
        if (!draft.url.empty() && !bookmarks::post_id_of_url(draft.url)) draft.links.push_back(draft.url);
        if (draft.content.empty()) draft.content = draft.title.value_or(draft.url);
        draft.note = fields.maybe_text({"note"});
        draft.is_archived = fields.flag({"archived"}).value_or(false);
        draft.tags = fields.list({"tags"}, {});
        draft.bookmarked_at = collector_.date(fields.text({"created_at"}), line);
        if (draft.bookmarked_at) draft.bookmarked_at_source = bookmarks::BookmarkedAtSource::import;
        for (const std::string& id : fields.list({"lists"}, {})) {
            const auto list = lists_.find(id);
            if (list == lists_.end() || list->second->is_smart) continue;
            if (record.category_path.empty())
                record.category_path = path_of(*list->second);
            else
                draft.tags.push_back(list->second->name);
        }
        collector_.add(std::move(record));
    }

    Collector& collector_;
    const ReadContext context_;
    std::map<std::string, const ListRecord*> lists_;
};

}  // namespace

Reading read_karakeep(Collector& collector, const ReadContext& context) {
    auto reader = std::make_shared<KarakeepReader>(collector, context);
    return {.role_of =
                [](std::string_view path) {
                    return path == ".bookmarks[]" || path == ".lists[]" ? Role::record : Role::none;
                },
            .take = [reader](std::string_view path, const json::value& value,
                             std::int64_t line) { reader->take(path, value, line); }};
}

}  // namespace transfer
