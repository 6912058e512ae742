// Bookmarks of browsers (contract 6.3): Netscape files, which nearly all of them write, and Chrome's own
// file.
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <deque>

#include "transfer/fields.hpp"
#include "transfer/formats.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::BookmarkedAtSource;
using bookmarks::Draft;

constexpr std::string_view kArchivedTag = "linkding:bookmarks.archived";
constexpr std::string_view kNotesBegin = "[linkding-notes]";
constexpr std::string_view kNotesEnd = "[/linkding-notes]";

/// False: it is no address of the web, such as a bookmarklet, and is left out.
bool set_link(std::string url, std::int64_t line, Collector& collector, Draft& draft) {
    if (!bookmarks::is_http_url(url)) {
        collector.warn(Warning::url_dropped, line);
        return false;
    }
    if (!bookmarks::post_id_of_url(url)) draft.links.push_back(url);
    draft.url = std::move(url);
    return true;
}

std::string trimmed(std::string text) {
    constexpr std::string_view kBlank = " \t\r\n";
    text.erase(0, text.find_first_not_of(kBlank));
    const std::size_t last = text.find_last_not_of(kBlank);
    text.resize(last == std::string::npos ? 0 : last + 1);
    return text;
}

void take_notes(std::string& description, Draft& draft) {
    const std::size_t begin = description.find(kNotesBegin);
    if (begin == std::string::npos) return;
    const std::size_t start = begin + kNotesBegin.size();
    const std::size_t end = std::min(description.find(kNotesEnd, start), description.size());
    draft.note = trimmed(description.substr(start, end - start));
    description.erase(begin, end == description.size() ? std::string::npos : end + kNotesEnd.size() - begin);
}

void take_link(const json::object& link, std::int64_t line, Collector& collector) {
    const Fields fields(link);
    Record record;
    record.line = line;
    Draft& draft = record.draft;
    if (!set_link(trimmed(fields.text({"href"})), line, collector, draft)) return;
    draft.title = fields.maybe_text({"title"});
    std::string description = fields.text({"description"});
    take_notes(description, draft);
    draft.content = trimmed(std::move(description));
    if (draft.content.empty()) draft.content = draft.title.value_or(draft.url);
    draft.tags = fields.list({"tags"}, {","});
    draft.is_archived = std::erase(draft.tags, kArchivedTag) > 0;
    if (fields.flag({"toread"}).value_or(false)) draft.tags.emplace_back("toread");
    draft.bookmarked_at = collector.date(fields.text({"add_date"}), line);
    if (draft.bookmarked_at) draft.bookmarked_at_source = BookmarkedAtSource::import;
    record.category_path = fields.list({"folders"}, {});
    collector.add(std::move(record));
}

/// Chrome counts microseconds from the first day of 1601, as Windows does.
std::optional<base::Time> chrome_time(const std::string& text) {
    constexpr std::int64_t kMicrosecondsTo1970 = 11'644'473'600'000'000;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    if (number <= kMicrosecondsTo1970) return {};
    return base::Time(std::chrono::microseconds(number - kMicrosecondsTo1970));
}

/// Chrome sorts the keys of its file: the children of a folder come before its name. Links wait until the
/// folders around them are known.
class ChromeReader {
public:
    explicit ChromeReader(Collector& collector) : collector_(collector) {}

    void take(std::string_view path, const json::value& value, std::int64_t line) {
        const json::object* object = value.if_object();
        if (object == nullptr) return;
        const std::size_t depth = depth_of(path);
        if (text_of(object->if_contains("type")) == "url") return take_url(*object, depth, line);
        if (depth > 0) name_folder(text_of(object->if_contains("name")), depth);
        if (depth <= 1) hand_on();
    }
    void finish() { hand_on(); }

private:
    struct Waiting {
        std::size_t depth;  ///< of the innermost folder around it that has no name yet
        Record record;
    };

    /// How many folders are around, the root (such as the bookmark bar) not counted: it has no name of the
    /// user's.
    static std::size_t depth_of(std::string_view path) {
        std::size_t depth = 0;
        for (std::size_t at = path.find(".children[]"); at != std::string_view::npos;
             at = path.find(".children[]", at + 1))
            ++depth;
        return depth;
    }

    void take_url(const json::object& node, std::size_t depth, std::int64_t line) {
        const Fields fields(node);
        Record record;
        record.line = line;
        Draft& draft = record.draft;
        if (!set_link(fields.text({"url"}), line, collector_, draft)) return;
        draft.title = fields.maybe_text({"name"});
        draft.content = fields.text({"name", "url"});
        draft.bookmarked_at = chrome_time(fields.text({"date_added"}));
        if (draft.bookmarked_at) draft.bookmarked_at_source = BookmarkedAtSource::import;
        waiting_.push_back({.depth = depth - std::min<std::size_t>(depth, 1), .record = std::move(record)});
        if (depth <= 1) hand_on();
    }

    void name_folder(const std::string& name, std::size_t depth) {
        for (auto one = waiting_.rbegin(); one != waiting_.rend() && one->depth >= depth; ++one) {
            if (!name.empty()) one->record.category_path.insert(one->record.category_path.begin(), name);
            one->depth = depth - 1;
        }
    }

    void hand_on() {
        for (Waiting& one : waiting_)
            collector_.add(std::move(one.record));
        waiting_.clear();
    }

    Collector& collector_;
    std::deque<Waiting> waiting_;
};

Role role_in_chrome(std::string_view path) {
    if (!path.starts_with(".roots.") || !path.ends_with(".children[]")) return Role::none;
    // What is inside of a shell is handed out by itself.
    return path.find(".children[]") + std::string_view(".children[]").size() == path.size() ? Role::shell
                                                                                            : Role::record;
}

}  // namespace

Reading read_netscape(Collector& collector) {
    return {.role_of = {},
            .take = [&collector](std::string_view, const json::value& value, std::int64_t line) {
                take_link(value.get_object(), line, collector);
            }};
}

Reading read_chrome(Collector& collector) {
    auto reader = std::make_shared<ChromeReader>(collector);
    return {.role_of = role_in_chrome,
            .take = [reader](std::string_view path, const json::value& value,
                             std::int64_t line) { reader->take(path, value, line); },
            .finish = [reader] { reader->finish(); }};
}

}  // namespace transfer
