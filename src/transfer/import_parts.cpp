#include "transfer/import_parts.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/utf8.hpp"

namespace transfer {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameLengthMax = 100;  // contract 3.6
constexpr std::size_t kQueryBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kCategoryLengthMax = 100;

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::int64_t> count_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return {};
    return value->get_int64();
}

/// Nothing when it is no JSON object, or too big to have been one of ours.
std::optional<std::string> query_of(const json::object& object) {
    const json::value* query = object.if_contains("query");
    if (query == nullptr || !query->is_object()) return {};
    std::string text = json::serialize(*query);
    if (text.size() > kQueryBytesMax) return {};
    return text;
}

std::optional<search::SavedSearch> read_saved_search(const json::object& object) {
    search::SavedSearch saved;
    const auto id = base::parse_uuid(text_of(object, "id"));
    auto query = query_of(object);
    // Other programs do not say when; whoever restores it does.
    const auto created = base::parse_iso(text_of(object, "created_at")).value_or(base::Time());
    saved.name = text_of(object, "name");
    const std::int64_t order = count_of(object, "order").value_or(0);
    if (!id || !query || saved.name.empty() || order > INT32_MAX ||
        base::count_code_points(saved.name) > kNameLengthMax)
        return {};
    saved.id = *id;
    saved.query = *std::move(query);
    saved.order = order;
    const json::value* pinned = object.if_contains("pinned");
    saved.pinned = pinned != nullptr && pinned->is_bool() && pinned->get_bool();
    saved.created_at = created;
    saved.updated_at = base::parse_iso(text_of(object, "updated_at")).value_or(created);
    return saved;
}

std::optional<search::HistoryEntry> read_history_entry(const json::object& object) {
    const auto id = base::parse_uuid(text_of(object, "id"));
    auto query = query_of(object);
    const auto count = count_of(object, "result_count");
    const auto created = base::parse_iso(text_of(object, "created_at"));
    const json::value* time = object.if_contains("execution_time");
    if (!id || !query || !count || !created) return {};
    const double milliseconds = time != nullptr && time->is_number() ? time->to_number<double>() : 0;
    return search::HistoryEntry{.id = *id,
                                .query = *std::move(query),
                                .result_count = *count,
                                .milliseconds = std::max(0.0, milliseconds),
                                .created_at = *created};
}

bool is_setting(std::string_view key, const json::value& value) {
    const auto one_of = [&value](std::initializer_list<std::string_view> words) {
        return value.is_string() &&
               std::ranges::find(words, std::string_view(value.get_string())) != words.end();
    };
    if (key == "theme") return one_of({"light", "dark", "system"});
    if (key == "viewMode") return one_of({"grid", "list"});
    if (key == "defaultCategory")
        return value.is_null() ||
               (value.is_string() && base::count_code_points(value.get_string()) <= kCategoryLengthMax);
    if (key == "autoSync" || key == "aiSuggestions" || key == "backupEnabled") return value.is_bool();
    return false;
}

std::string read_settings(const json::object& object) {
    json::object kept;
    for (const auto& [key, value] : object)
        if (is_setting(key, value)) kept.emplace(key, value);
    return json::serialize(kept);
}

}  // namespace

bool ImportParts::add(const PartRecord& part) {
    const bool is_saved = part.part == "savedSearches";
    const bool is_history = part.part == "searchHistory";
    if (!is_saved && !is_history && part.part != "settings") return true;
    boost::system::error_code error;
    const json::value value = json::parse(part.json, error);
    const json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) return false;
    if (is_saved) {
        auto saved = read_saved_search(*object);
        if (!saved || saved_searches.size() >= kSavedMax) return false;
        saved_searches.push_back(*std::move(saved));
    } else if (is_history) {
        auto entry = read_history_entry(*object);
        if (!entry || history.size() >= kHistoryMax) return false;
        history.push_back(*std::move(entry));
    } else {
        settings = read_settings(*object);
    }
    return true;
}

}  // namespace transfer
