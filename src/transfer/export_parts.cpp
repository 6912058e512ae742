#include "transfer/export_parts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <utility>

#include "categories/categories_sql.hpp"
#include "search/saved_searches_sql.hpp"
#include "transfer/export_sql.hpp"

namespace transfer {
namespace {

using base::Result;
using categories::Category;
using postgres::Params;
using postgres::Rows;

Params of_user(base::UserId user) {
    return std::move(Params().uuid(user.uuid));
}

/// jsonb comes with blanks that JSON elsewhere in the file does not have.
std::string compact(std::string_view json) {
    return boost::json::serialize(boost::json::parse(json));
}

Result<void> read_tags(ExportSnapshot& snapshot, ExportParts& parts) {
    const auto rows = snapshot.read(sql::kSelectTags, of_user(parts.user));
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i)
        parts.tags.push_back({.name = std::string((*rows)[i].text(0)), .color = (*rows)[i].maybe_text(1)});
    return {};
}

Result<void> read_searches(ExportSnapshot& snapshot, ExportParts& parts) {
    const auto rows = snapshot.read(sql::kSelectSearches, of_user(parts.user));
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const postgres::Row row = (*rows)[i];
        parts.searches.push_back({.id = row.uuid(0),
                                  .query = compact(row.json(1)),
                                  .result_count = row.integer(2),
                                  .execution_ms = row.float8(3),
                                  .created_at = row.time(4)});
    }
    return {};
}

Result<void> read_saved_searches(ExportSnapshot& snapshot, ExportParts& parts) {
    const auto rows = snapshot.read(search::sql::kSelectSaved, of_user(parts.user));
    if (!rows) return std::unexpected(rows.error());
    parts.saved_searches = search::sql::read_saved(*rows).all;
    for (search::SavedSearch& saved : parts.saved_searches)
        saved.query = compact(saved.query);
    return {};
}

Result<void> read_settings(ExportSnapshot& snapshot, ExportParts& parts) {
    const auto rows = snapshot.read(sql::kSelectSettings, of_user(parts.user));
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return base::fail(base::Errc::user_not_found, "The account does not exist any more");
    parts.settings = compact((*rows)[0].json(0));
    return {};
}

Result<void> read_categories(ExportSnapshot& snapshot, ExportParts& parts) {
    const auto rows = snapshot.read(categories::sql::kSelectAll, of_user(parts.user));
    if (!rows) return std::unexpected(rows.error());
    parts.categories = in_tree_order(categories::sql::read_snapshot(*rows).all);
    for (std::size_t i = 0; i < parts.categories.size(); ++i) {
        const Category& category = parts.categories[i];
        ExportParts::Place place{.index = i, .path = {}};
        if (category.parent_id) place.path = parts.places.at(*category.parent_id).path;
        place.path.push_back(category.name);
        parts.places.emplace(category.id.uuid, std::move(place));
    }
    return {};
}

}  // namespace

std::vector<Category> in_tree_order(std::vector<Category> all) {
    std::multimap<std::optional<base::Uuid>, const Category*> children;
    for (const Category& category : all)
        children.emplace(category.parent_id, &category);
    std::vector<Category> ordered;
    ordered.reserve(all.size());
    // A stack instead of a recursion; siblings go on it backwards.
    std::vector<const Category*> waiting;
    const auto add_children = [&](const std::optional<base::Uuid>& parent) {
        const auto [first, last] = children.equal_range(parent);
        for (auto child = last; child != first;)
            waiting.push_back((--child)->second);
    };
    add_children(std::nullopt);
    while (!waiting.empty()) {
        const Category* category = waiting.back();
        waiting.pop_back();
        ordered.push_back(*category);
        add_children(category->id.uuid);
    }
    return ordered;
}

const Category* ExportParts::category_of(const bookmarks::Bookmark& bookmark) const {
    if (!bookmark.category_id) return nullptr;
    const auto found = places.find(*bookmark.category_id);
    return found == places.end() ? nullptr : &categories[found->second.index];
}

const std::vector<std::string>& ExportParts::path_of(const Category& category) const {
    return places.at(category.id.uuid).path;
}

std::int64_t ExportParts::record_count() const {
    if (options.bookmarks) return bookmarks;
    std::size_t count = 0;
    if (options.categories) count += categories.size();
    if (options.tags) count += tags.size();
    if (options.search_history) count += searches.size();
    if (options.saved_searches) count += saved_searches.size();
    return static_cast<std::int64_t>(count);
}

Result<ExportParts> read_export_parts(ExportSnapshot& snapshot, base::UserId user,
                                      const ExportOptions& options, base::Time exported_at) {
    ExportParts parts;
    parts.user = user;
    parts.exported_at = exported_at;
    parts.options = options;
    if (options.bookmarks) {
        const auto count = snapshot.count(user, options.filter);
        if (!count) return std::unexpected(count.error());
        parts.bookmarks = *count;
    }
    Result<void> read = read_categories(snapshot, parts);
    if (read) read = read_settings(snapshot, parts);
    if (read && options.tags) read = read_tags(snapshot, parts);
    if (read && options.search_history) read = read_searches(snapshot, parts);
    if (read && options.saved_searches) read = read_saved_searches(snapshot, parts);
    if (!read) return std::unexpected(read.error());
    return parts;
}

}  // namespace transfer
