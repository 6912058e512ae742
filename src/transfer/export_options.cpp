#include "transfer/export_options.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/json_writer.hpp"

namespace transfer {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<ExportFormat, std::string_view>, 6> kFormats{{
    {ExportFormat::json, "json"},
    {ExportFormat::csv, "csv"},
    {ExportFormat::ndjson, "ndjson"},
    {ExportFormat::html, "html"},
    {ExportFormat::markdown, "markdown"},
    {ExportFormat::zip, "zip"},
}};

bool flag_of(const json::object& object, std::string_view name, bool missing) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_bool() ? value->get_bool() : missing;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view name) {
    std::vector<std::string> texts;
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_array()) return texts;
    for (const json::value& element : value->get_array())
        if (const json::string* text = element.if_string()) texts.emplace_back(*text);
    return texts;
}

std::optional<std::string> text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return std::string(value->get_string());
}

std::optional<base::Time> time_of(const json::object& object, std::string_view name) {
    const auto text = text_of(object, name);
    return text ? base::parse_iso(*text) : std::nullopt;
}

void read_filter(const json::object& object, ExportFilter& filter) {
    filter.include_archived = flag_of(object, "includeArchived", true);
    if (const json::value* range = object.if_contains("dateRange"); range != nullptr && range->is_object()) {
        filter.from = time_of(range->get_object(), "from");
        filter.to = time_of(range->get_object(), "to");
    }
    for (const std::string& id : texts_of(object, "categories"))
        if (const auto uuid = base::parse_uuid(id)) filter.categories.push_back(*uuid);
    filter.tags = texts_of(object, "tags");
}

}  // namespace

std::string_view to_string(ExportFormat format) {
    return std::ranges::find(kFormats, format, &decltype(kFormats)::value_type::first)->second;
}

std::optional<ExportFormat> parse_export_format(std::string_view word) {
    const auto found = std::ranges::find(kFormats, word, &decltype(kFormats)::value_type::second);
    if (found == kFormats.end()) return {};
    return found->first;
}

std::string write_export_options(const ExportOptions& options) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("format", to_string(options.format));
    json.member("includeBookmarks", options.bookmarks).member("includeCategories", options.categories);
    json.member("includeTags", options.tags).member("includeSearchHistory", options.search_history);
    json.member("includeSettings", options.settings).member("includeSavedSearches", options.saved_searches);
    json.member("includeArchived", options.filter.include_archived);
    if (options.filter.from || options.filter.to) {
        json.key("dateRange").begin_object();
        if (options.filter.from) json.member("from", *options.filter.from);
        if (options.filter.to) json.member("to", *options.filter.to);
        json.end_object();
    }
    if (!options.filter.categories.empty()) {
        json.key("categories").begin_array();
        for (const base::Uuid& id : options.filter.categories)
            json.value(id);
        json.end_array();
    }
    if (!options.filter.tags.empty()) json.member("tags", options.filter.tags);
    json.member("compressed", options.compressed);
    if (options.format == ExportFormat::zip) {
        json.key("includeFormats").begin_array();
        for (const ExportFormat format : options.zip_formats)
            json.value(to_string(format));
        json.end_array();
    }
    if (options.format == ExportFormat::csv || options.format == ExportFormat::zip) {
        json.key("csv").begin_object().member("delimiter", std::string(1, options.csv_delimiter));
        json.member("bom", options.csv_bom).end_object();
    }
    json.end_object();
    return out;
}

ExportOptions read_export_options(std::string_view text) {
    ExportOptions options;
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    const json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) return options;
    options.format = parse_export_format(text_of(*object, "format").value_or("")).value_or(options.format);
    options.bookmarks = flag_of(*object, "includeBookmarks", options.bookmarks);
    options.categories = flag_of(*object, "includeCategories", options.categories);
    options.tags = flag_of(*object, "includeTags", options.tags);
    options.search_history = flag_of(*object, "includeSearchHistory", options.search_history);
    options.settings = flag_of(*object, "includeSettings", options.settings);
    options.saved_searches = flag_of(*object, "includeSavedSearches", options.saved_searches);
    read_filter(*object, options.filter);
    options.compressed = flag_of(*object, "compressed", false);
    if (object->if_contains("includeFormats") != nullptr) {
        options.zip_formats.clear();
        for (const std::string& word : texts_of(*object, "includeFormats"))
            if (const auto format = parse_export_format(word)) options.zip_formats.push_back(*format);
    }
    if (const json::value* csv = object->if_contains("csv"); csv != nullptr && csv->is_object()) {
        const auto delimiter = text_of(csv->get_object(), "delimiter");
        if (delimiter && delimiter->size() == 1) options.csv_delimiter = delimiter->front();
        options.csv_bom = flag_of(csv->get_object(), "bom", false);
    }
    return options;
}

std::string file_time(base::Time at) {
    std::string text = base::to_iso(at);
    for (char& c : text)
        if (c == ':' || c == '.') c = '-';
    return text;
}

std::string export_file_name(const ExportOptions& options, base::Time at) {
    if (options.format == ExportFormat::markdown) return "bookmarks-markdown-" + file_time(at) + ".zip";
    std::string name = "bookmarks-export-" + file_time(at) + "." + std::string(to_string(options.format));
    if (options.compressed && options.format != ExportFormat::zip) name += ".gz";
    return name;
}

}  // namespace transfer
