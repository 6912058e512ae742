// A filter evaluated on a library in memory: the same bookmarks, order, scores and counts that
// bookmarks::sql::Selection gets from PostgreSQL.
#pragma once

#include <optional>
#include <vector>

#include "bookmarks/cursor.hpp"
#include "bookmarks/filter.hpp"
#include "resident/library.hpp"

namespace resident {

/// One page of a list without its rows.
struct Selected {
    std::vector<base::Uuid> ids;       ///< of the page, in order
    std::vector<std::int64_t> tenths;  ///< relevance, parallel to `ids`
    std::int64_t total = 0;
    bool has_more = false;
    bookmarks::FacetCounts facets;  ///< when `filter.facets`; categories in no order, all of them
};

/// Pure; may take milliseconds for a large library: `cost` says.
[[nodiscard]] Selected select(const Library& library, const bookmarks::Filter& filter,
                              const bookmarks::Page& page, const std::optional<bookmarks::Cursor>& cursor);

/// An estimate of the bytes that `select` looks at.
[[nodiscard]] std::size_t cost(const Library& library, const bookmarks::Filter& filter);

}  // namespace resident
