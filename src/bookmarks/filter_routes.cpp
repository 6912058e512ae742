#include "bookmarks/filter_routes.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/utf8.hpp"
#include "text/local_date.hpp"

namespace bookmarks::routes {
namespace {

constexpr std::array<std::string_view, 3> kSorts{"date", "author", "relevance"};
constexpr std::array<std::string_view, 2> kOrders{"desc", "asc"};
constexpr std::array<std::string_view, 7> kStatuses{"available", "deleted",    "suspended", "protected",
                                                    "withheld",  "unhydrated", "unknown"};

constexpr std::array<std::string_view, 20> kMembers{
    "text",      "categoryIds",   "tags",     "authorUsername", "dateFrom",        "dateTo",     "hasMedia",
    "hasLinks",  "uncategorized", "untagged", "postStatus",     "includeArchived", "isArchived", "sortBy",
    "sortOrder", "limit",         "offset",   "page",           "cursor",          "tz"};

/// The position of the parameter's value in `options`, or nothing when it is absent or faulty.
template <std::size_t N>
std::optional<std::size_t> read_enum(const http::Query& query, std::string_view name,
                                     const std::array<std::string_view, N>& options, http::Faults& faults) {
    const auto value = query.get(name);
    if (!value) return {};
    for (std::size_t i = 0; i < N; ++i)
        if (options[i] == *value) return i;
    faults.invalid_enum(name, *value, options);
    return {};
}

void read_text(const http::Query& query, Filter& filter, http::Faults& faults) {
    const auto text = query.get("text");
    if (!text) return;
    filter.query_text = *text;
    auto parsed = text::parse_query(*text, filter.zone);
    if (!parsed) {
        const bool terms = parsed.error().limit == text::ParseError::Limit::terms;
        faults.too_big("text", static_cast<std::int64_t>(parsed.error().maximum), terms ? "array" : "string");
        return;
    }
    if (!parsed->empty_text) filter.query = std::move(*parsed);
}

void read_lists(const http::Query& query, Filter& filter, http::Faults& faults) {
    const std::vector<std::string> ids = query.list("categoryIds", true);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (const auto id = base::parse_uuid(ids[i])) {
            filter.category_ids.push_back(*id);
        } else {
            faults.invalid_string("categoryIds[" + std::to_string(i) + ']', "uuid");
        }
    }
    filter.tags = query.list("tags", true);
    const std::vector<std::string> statuses = query.list("postStatus", true);
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        if (const auto status = parse_post_status(statuses[i])) {
            filter.post_statuses.push_back(*status);
        } else {
            faults.invalid_enum("postStatus[" + std::to_string(i) + ']', statuses[i], kStatuses);
        }
    }
}

void write_flag(base::JsonWriter& json, std::string_view name, const std::optional<bool>& flag) {
    if (flag) json.member(name, *flag);
}

}  // namespace

std::string read_zone(const http::Query& query, http::Faults& faults) {
    const auto zone = query.get("tz");
    if (!zone || zone->empty()) return "UTC";
    if (!text::is_known_zone(*zone)) faults.custom("tz", "This time zone is not known");
    return std::string(*zone);
}

Page read_page(const http::Query& query, http::Faults& faults, http::LimitRule rule) {
    http::PageQuery page = http::read_page(query, faults, rule);
    return {.limit = page.limit, .offset = page.offset, .cursor = std::move(page.cursor)};
}

Selected read_selection(const http::Query& query, Sort default_sort, http::Faults& faults) {
    Selected selected;
    Filter& filter = selected.filter;
    const std::size_t before = faults.count();
    filter.zone = read_zone(query, faults);
    if (faults.count() > before) filter.zone = "UTC";
    read_text(query, filter, faults);
    read_lists(query, filter, faults);
    if (const auto author = query.get("authorUsername"); author && !author->empty())
        filter.author_username = *author;
    filter.date_from = http::query_date(query, "dateFrom", false, filter.zone, faults);
    filter.date_to = http::query_date(query, "dateTo", true, filter.zone, faults);
    filter.has_media = query.flag("hasMedia");
    filter.has_links = query.flag("hasLinks");
    filter.uncategorized = query.flag("uncategorized");
    filter.untagged = query.flag("untagged");
    filter.include_archived = query.flag("includeArchived").value_or(false);
    filter.is_archived = query.flag("isArchived");
    filter.sort = static_cast<Sort>(
        read_enum(query, "sortBy", kSorts, faults).value_or(static_cast<std::size_t>(default_sort)));
    filter.ascending = read_enum(query, "sortOrder", kOrders, faults).value_or(0) == 1;
    // Without terms every score is 0, and the order by date needs no look at all hits.
    if (filter.sort == Sort::relevance && (!filter.query || text::positive_texts(*filter.query).empty())) {
        filter.sort = Sort::date;
        filter.ascending = false;
    }
    selected.page = routes::read_page(query, faults);
    return selected;
}

http::Query query_of(const boost::json::object& body, http::Faults& faults) {
    http::Query query;
    const auto add = [&](const std::string& name, const std::string& path, const boost::json::value& value) {
        if (value.is_null()) return;
        if (value.is_string()) {
            query.add(name, base::clean_text(value.get_string()));
        } else if (value.is_bool() || value.is_int64() || value.is_uint64()) {
            query.add(name, boost::json::serialize(value));
        } else {
            faults.invalid_type(path, "string",
                                value.is_object()  ? "object"
                                : value.is_array() ? "array"
                                                   : "float");
        }
    };
    for (const auto& [key, value] : body) {
        const std::string name(key);
        if (!value.is_array()) {
            // Members that we do not know may have any shape.
            if (!value.is_object() || std::ranges::find(kMembers, name) != kMembers.end())
                add(name, name, value);
            continue;
        }
        std::size_t index = 0;
        for (const boost::json::value& item : value.get_array())
            add(name, name + '[' + std::to_string(index++) + ']', item);
    }
    return query;
}

bool has_condition(const Filter& filter) {
    return filter.query || !filter.category_ids.empty() || !filter.tags.empty() || filter.author_username ||
           filter.date_from || filter.date_to || filter.has_media || filter.has_links ||
           filter.uncategorized || filter.untagged || !filter.post_statuses.empty() || filter.is_archived;
}

std::string kept_members(const boost::json::object& body) {
    const auto cleaned = [](const boost::json::value& value) -> boost::json::value {
        if (!value.is_string()) return value;
        return boost::json::string(base::clean_text(value.get_string()));
    };
    boost::json::object kept;
    for (const auto& [key, value] : body) {
        const std::string_view name(key);
        const bool is_position = name == "cursor" || name == "page" || name == "offset";
        if (is_position || value.is_null() || std::ranges::find(kMembers, name) == kMembers.end()) continue;
        if (!value.is_array()) {
            kept.emplace(key, cleaned(value));
            continue;
        }
        boost::json::array items;
        for (const boost::json::value& item : value.get_array())
            if (!item.is_null()) items.push_back(cleaned(item));
        kept.emplace(key, std::move(items));
    }
    return boost::json::serialize(kept);
}

void write_query(base::JsonWriter& json, const Selected& selected, std::optional<double> milliseconds) {
    const Filter& filter = selected.filter;
    json.begin_object();
    if (!filter.query_text.empty()) json.member("text", filter.query_text);
    if (!filter.category_ids.empty()) {
        json.key("categoryIds").begin_array();
        for (const base::Uuid& id : filter.category_ids)
            json.value(id);
        json.end_array();
    }
    if (!filter.tags.empty()) json.member("tags", filter.tags);
    if (filter.author_username) json.member("authorUsername", *filter.author_username);
    if (filter.date_from) json.member("dateFrom", *filter.date_from);
    if (filter.date_to) json.member("dateTo", *filter.date_to);
    write_flag(json, "hasMedia", filter.has_media);
    write_flag(json, "hasLinks", filter.has_links);
    write_flag(json, "uncategorized", filter.uncategorized);
    write_flag(json, "untagged", filter.untagged);
    if (!filter.post_statuses.empty()) {
        json.key("postStatus").begin_array();
        for (const PostStatus status : filter.post_statuses)
            json.value(to_string(status));
        json.end_array();
    }
    json.member("includeArchived", filter.include_archived);
    write_flag(json, "isArchived", filter.is_archived);
    json.member("sortBy", kSorts[static_cast<std::size_t>(filter.sort)]);
    json.member("sortOrder", kOrders[filter.ascending ? 1 : 0]);
    if (filter.zone != "UTC") json.member("tz", filter.zone);
    json.member("limit", selected.page.limit).member("offset", selected.page.offset);
    if (milliseconds) json.member("executionTime", *milliseconds);
    json.end_object();
}

}  // namespace bookmarks::routes
