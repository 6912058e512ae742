// Which bookmarks, in which order, which page of them: shared by lists and search (contract 3.3, 3.6, 1.8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "bookmarks/bookmark.hpp"
#include "text/query.hpp"

namespace bookmarks {

enum class Sort : std::uint8_t { date, author, relevance };

struct Filter {
    std::optional<text::Query> query;  ///< absent: no condition
    std::string query_text;            ///< as written; binds cursors
    std::vector<base::Uuid> category_ids;
    std::vector<std::string> tags;
    std::optional<std::string> author_username;
    std::optional<base::Time> date_from;
    std::optional<base::Time> date_to;
    std::optional<bool> has_media, has_links, uncategorized, untagged;
    std::vector<PostStatus> post_statuses;
    bool include_archived = false;
    std::optional<bool> is_archived;
    Sort sort = Sort::date;
    bool ascending = false;
    std::string zone = "UTC";
    bool facets = false;
};

struct Page {
    std::int64_t limit = 20;
    std::int64_t offset = 0;
    std::optional<std::string> cursor;  ///< wins over `offset`
};

/// Counts over all hits of a filter.
struct FacetCounts {
    std::vector<std::pair<base::Uuid, std::int64_t>> categories;
    std::vector<std::pair<std::string, std::int64_t>> tags;
    struct Author {
        std::string username;
        std::string display_name;
        std::optional<std::string> avatar_url;
        std::int64_t count;
    };
    std::vector<Author> authors;
    std::vector<std::pair<std::string, std::int64_t>> months;  ///< `YYYY-MM`, newest first
};

}  // namespace bookmarks
