// Captures of X's bookmark timeline (contract 6.3 `x-graphql`): responses, arrays of them, `{"tweets":[…]}`.
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using bookmarks::PostStatus;

std::optional<std::uint64_t> parse_sort_index(const json::value* value) {
    const std::string text = text_of(value);
    std::uint64_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return index;
}

/// The post id of `tweet-123`, also behind other words as in `bookmark-tweet-123`.
std::string id_of_entry(const std::string& entry_id) {
    const std::size_t at = entry_id.rfind("tweet-");
    if (at == std::string::npos) return {};
    const std::string digits = entry_id.substr(at + 6);
    return std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) ? digits : std::string();
}

class CaptureReader {
public:
    explicit CaptureReader(Collector& collector) : collector_(collector) {}

    void take(std::string_view path, const json::value& value) {
        const json::object* object = value.if_object();
        // The elements of a top-level array are captures, emptied of their entries, or posts.
        if (path == "[]" && (object == nullptr || !unwrap_is_post(value))) {
            if (object == nullptr || object->empty())
                refuse("not_an_object", "This is neither a capture nor a post.");
            return;
        }
        if (object == nullptr) return refuse("not_an_object", "This entry is not a JSON object.");
        if (path == "[]" || path.ends_with(".tweets[]")) return take_post(&value, {}, {});
        take_entry(value);
    }

private:
    static bool unwrap_is_post(const json::value& value) {
        const json::object* post = unwrap_post(&value);
        return post != nullptr && (post->contains("rest_id") || post->contains("tombstone"));
    }

    void refuse(std::string code, std::string message) {
        collector_.error(
            {.line = index_++, .field = {}, .code = std::move(code), .message = std::move(message)});
    }

    void take_entry(const json::value& entry) {
        const auto sort_index = parse_sort_index(at_path(&entry, {"sortIndex"}));
        const std::string entry_id = text_of(at_path(&entry, {"entryId"}));
        const json::value* content = at_path(&entry, {"content"});
        if (const json::value* items = at_path(content, {"items"}); items != nullptr && items->is_array()) {
            for (const json::value& item : items->get_array())
                take_item(at_path(&item, {"item", "itemContent"}), text_of(at_path(&item, {"entryId"})),
                          sort_index);
            return;
        }
        take_item(at_path(content, {"itemContent"}), entry_id, sort_index);
    }

    /// Cursors and other furniture of a timeline carry no post and are passed over.
    void take_item(const json::value* item, const std::string& entry_id,
                   std::optional<std::uint64_t> sort_index) {
        const std::string id = id_of_entry(entry_id);
        const json::value* results = at_path(item, {"tweet_results"});
        if (results == nullptr && id.empty()) return;
        take_post(at_path(results, {"result"}), id, sort_index);
    }

    void take_post(const json::value* result, const std::string& entry_post_id,
                   std::optional<std::uint64_t> sort_index) {
        const json::object* post = unwrap_post(result);
        Record record;
        record.line = index_;
        if (const auto status = missing_post_status(post)) {
            record.draft.post_status = *status;
            if (post != nullptr) record.draft.x_tweet_id = text_of(post->if_contains("rest_id"));
        } else {
            record.draft = read_x_post(*post, collector_, index_);
        }
        if (record.draft.x_tweet_id.empty()) record.draft.x_tweet_id = entry_post_id;
        if (record.draft.x_tweet_id.empty()) return refuse("missing_id", "The post has no id (rest_id).");
        record.sort_index = sort_index;
        ++index_;
        collector_.add(std::move(record));
    }

    Collector& collector_;
    std::int64_t index_ = 0;  ///< of the post in the file, whatever it is nested in
};

Role role_in_capture(std::string_view path) {
    if (path == "[]") return Role::shell;
    if (path.ends_with(".instructions[].entries[]") || path.ends_with(".instructions[].entry"))
        return Role::record;
    return path == ".tweets[]" || path == "[].tweets[]" ? Role::record : Role::none;
}

}  // namespace

Reading read_x_graphql(Collector& collector) {
    auto reader = std::make_shared<CaptureReader>(collector);
    return {.role_of = role_in_capture,
            .take = [reader](std::string_view path, const json::value& value, std::int64_t) {
                reader->take(path, value);
            }};
}

}  // namespace transfer
