// What an export contains beside its bookmarks, read before they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "categories/categories.hpp"
#include "search/saved_searches.hpp"
#include "transfer/export_options.hpp"
#include "transfer/export_snapshot.hpp"

namespace transfer {

struct ExportedTag {
    std::string name;
    std::optional<std::string> color;
};

struct ExportedSearch {
    base::Uuid id;
    std::string query;  ///< JSON
    std::int64_t result_count = 0;
    double execution_ms = 0;
    base::Time created_at;
};

struct ExportParts {
    base::UserId user;
    base::Time exported_at;
    ExportOptions options;
    std::int64_t bookmarks = 0;                    ///< how many follow
    std::vector<categories::Category> categories;  ///< all, each behind its parent; asked for or not
    struct Place {
        std::size_t index = 0;          ///< in `categories`
        std::vector<std::string> path;  ///< names from the root down
    };
    std::unordered_map<base::Uuid, Place, base::UuidHash> places;  ///< of categories
    std::vector<ExportedTag> tags;
    std::vector<ExportedSearch> searches;
    std::vector<search::SavedSearch> saved_searches;
    std::string settings = "{}";  ///< JSON object

    /// Null: it has none.
    [[nodiscard]] const categories::Category* category_of(const bookmarks::Bookmark& bookmark) const;
    [[nodiscard]] const std::vector<std::string>& path_of(const categories::Category& category) const;
    /// Records of the parts that were asked for: bookmarks, or what there is instead of them.
    [[nodiscard]] std::int64_t record_count() const;
};

[[nodiscard]] base::Result<ExportParts> read_export_parts(ExportSnapshot& snapshot, base::UserId user,
                                                          const ExportOptions& options,
                                                          base::Time exported_at);

/// Categories in the order of the tree: each parent in front of its children, siblings as they were.
[[nodiscard]] std::vector<categories::Category> in_tree_order(std::vector<categories::Category> all);

}  // namespace transfer
