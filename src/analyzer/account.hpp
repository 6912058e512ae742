// What of an account stands for all of it when a query is tried: its largest and smallest parts.
#pragma once

#include <string>
#include <vector>

#include "base/id.hpp"
#include "bookmarks/bookmarks.hpp"
#include "categories/categories.hpp"

namespace analyzer {

/// Of an account that does not exist, or has no bookmarks, everything is empty, and queries find nothing.
struct Account {
    base::UserId user;
    std::string username;
    std::string email;
    std::string x_user_id;
    std::int64_t version = 0;
    std::int64_t search_code = 0;
    base::Uuid job;
    categories::Snapshot categories;
    std::vector<std::string> tag_names;
    std::vector<bookmarks::Bookmark> overflow;
    base::Uuid category;  ///< the one with the fewest bookmarks, where a missing index shows
    std::string tag;      ///< likewise
    std::vector<base::Uuid> bookmark_ids;  ///< the newest ones
    std::vector<std::string> post_ids;     ///< of the same
    std::string author;                    ///< the most frequent of them
    std::string word;                      ///< the most frequent of their texts
};

}  // namespace analyzer
