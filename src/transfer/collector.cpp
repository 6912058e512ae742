#include "transfer/collector.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/utf8.hpp"
#include "transfer/dates.hpp"

namespace transfer {
namespace {

constexpr std::size_t kContentLengthMax = 100'000;
constexpr std::size_t kNoteLengthMax = 10'000;
constexpr std::size_t kTitleLengthMax = 500;
constexpr std::size_t kNameLengthMax = 255;
constexpr std::size_t kLangLengthMax = 35;  // BCP 47, section 4.4.1
constexpr std::size_t kListMax = 100;
constexpr std::size_t kIdLengthMax = 50;

constexpr std::array<std::string_view, static_cast<std::size_t>(Warning::kCount)> kWarnings{
    "Addresses that are not http or https addresses were left out",
    "Tags that are empty, too long, or hold a comma or control character were left out",
    "Dates that cannot be read were left empty",
    "Texts longer than the limit of their field were cut",
    "Lists of more than 100 entries were cut",
    "Media without a usable address were left out",
    "Likes were left out, as includeLikes says",
    "Entries that are no bookmarks were left out",
};

bool is_id(std::string_view id) {
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '-';
    };
    return !id.empty() && id.size() <= kIdLengthMax && std::ranges::all_of(id, allowed);
}

/// Removes repetitions and keeps the order.
void make_unique(std::vector<std::string>& list) {
    std::unordered_set<std::string> seen;
    std::erase_if(list, [&](const std::string& text) { return !seen.insert(text).second; });
}

}  // namespace

void Collector::add(Record&& record) {
    if (cancelled_) return;
    bookmarks::Draft& draft = record.draft;
    const auto refuse = [&](std::string field, std::string code, std::string message) {
        error({.line = record.line,
               .field = std::move(field),
               .code = std::move(code),
               .message = std::move(message)});
    };
    if (base::count_code_points(draft.content) > kContentLengthMax)
        return refuse("content", "too_big", "The text has more than 100,000 characters.");
    if (draft.note && base::count_code_points(*draft.note) > kNoteLengthMax)
        return refuse("note", "too_big", "The note has more than 10,000 characters.");
    if (!draft.x_tweet_id.empty() && !is_id(draft.x_tweet_id))
        return refuse("id", "invalid_id", "The id is not made of 1 to 50 letters, digits, - and _.");
    keep_http_urls(record);
    if (draft.x_tweet_id.empty() && draft.url.empty() && draft.content.empty())
        return refuse("", "empty_record", "The record has neither an id nor an address nor a text.");
    normalise_lists(record);
    fill_author(draft);
    use_canonical_url(draft);
    if (draft.title) cut(*draft.title, kTitleLengthMax, record.line);
    if (draft.lang && draft.lang->size() > kLangLengthMax) draft.lang.reset();
    // An own export says where its bookmarks came from.
    if (format_ != Format::x_bookmarker) draft.source = "import:" + std::string(to_string(format_));
    bookmarks::complete(draft);
    if (sink_.record) sink_.record(std::move(record));
}

void Collector::add(CategoryRecord&& category) {
    if (!cancelled_ && sink_.category) sink_.category(std::move(category));
}

void Collector::add(PartRecord&& part) {
    if (!cancelled_ && sink_.part) sink_.part(std::move(part));
}

void Collector::error(RecordError&& error) {
    if (!cancelled_ && sink_.error) sink_.error(std::move(error));
}

void Collector::warn(Warning kind, std::int64_t line) {
    Count& count = counts_[static_cast<std::size_t>(kind)];
    if (count.times++ == 0) count.first_line = line;
}

std::optional<base::Time> Collector::date(const std::string& text, std::int64_t line) {
    if (text.empty()) return {};
    const auto time = parse_lenient_date(text);
    if (!time) warn(Warning::date_unreadable, line);
    return time;
}

void Collector::finish() {
    if (cancelled_ || !sink_.warning) return;
    for (std::size_t i = 0; i < counts_.size(); ++i)
        if (counts_[i].times > 0)
            sink_.warning(std::string(kWarnings[i]) + ": " + std::to_string(counts_[i].times) +
                          ", first in record " + std::to_string(counts_[i].first_line) + ".");
}

void Collector::keep_http_urls(Record& record) {
    bookmarks::Draft& draft = record.draft;
    const auto unfit = [&](const std::string& url) {
        if (bookmarks::is_http_url(url)) return false;
        warn(Warning::url_dropped, record.line);
        return true;
    };
    std::erase_if(draft.links, unfit);
    std::erase_if(draft.media, [&](const bookmarks::Media& media) { return unfit(media.url); });
    for (bookmarks::Media& media : draft.media)
        if (media.preview_url && unfit(*media.preview_url)) media.preview_url.reset();
    if (draft.author_avatar_url && unfit(*draft.author_avatar_url)) draft.author_avatar_url.reset();
    if (!draft.url.empty() && unfit(draft.url)) draft.url.clear();
}

void Collector::normalise_lists(Record& record) {
    bookmarks::Draft& draft = record.draft;
    std::vector<std::string> tags;
    for (const std::string& text : draft.tags) {
        if (auto tag = bookmarks::normalise_tag(text)) {
            tags.push_back(*std::move(tag));
        } else {
            warn(Warning::tag_dropped, record.line);
        }
    }
    draft.tags = std::move(tags);
    for (std::vector<std::string>* list : {&draft.tags, &draft.links, &draft.hashtags, &draft.mentions}) {
        make_unique(*list);
        if (list->size() <= kListMax) continue;
        list->resize(kListMax);
        warn(Warning::list_cut, record.line);
    }
    for (std::vector<std::string>* list : {&draft.hashtags, &draft.mentions})
        for (std::string& text : *list)
            cut(text, kNameLengthMax, record.line);
    if (draft.media.size() > kListMax) {
        draft.media.resize(kListMax);
        warn(Warning::list_cut, record.line);
    }
    for (std::string* name : {&draft.author_username, &draft.author_display_name})
        cut(*name, kNameLengthMax, record.line);
}

void Collector::fill_author(bookmarks::Draft& draft) {
    // An own export may hold an empty author, and must come back as it was.
    if (format_ == Format::x_bookmarker) return;
    if (draft.author_username.empty()) {
        // The address of a post without author, before it gets a name that is none.
        bookmarks::complete(draft);
        const auto handle = bookmarks::handle_of_url(draft.url);
        draft.author_username = handle.value_or("imported");
        if (draft.author_display_name.empty()) draft.author_display_name = handle.value_or("Imported User");
    }
    if (draft.author_display_name.empty()) draft.author_display_name = draft.author_username;
}

void Collector::use_canonical_url(bookmarks::Draft& draft) const {
    if (format_ == Format::x_bookmarker || draft.x_tweet_id.empty()) return;
    if (bookmarks::post_id_of_url(draft.url) != draft.x_tweet_id) return;
    const auto handle = bookmarks::handle_of_url(draft.url);
    draft.url = "https://x.com/" + handle.value_or("i") + "/status/" + draft.x_tweet_id;
}

void Collector::cut(std::string& text, std::size_t length_max, std::int64_t line) {
    if (text.size() <= length_max || base::count_code_points(text) <= length_max) return;
    std::size_t position = 0;
    for (std::size_t i = 0; i < length_max; ++i)
        base::next_code_point(text, position);
    text.resize(position);
    warn(Warning::text_cut, line);
}

}  // namespace transfer
