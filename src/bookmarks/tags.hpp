// Tags: their counts, colours, renaming and removal (contract 3.5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "bookmarks/bookmarks.hpp"
#include "postgres/pool.hpp"

namespace bookmarks {

struct Tag {
    std::string name;
    std::optional<std::string> color;
    std::int64_t count = 0;  ///< archived bookmarks included
};

struct TagsListed {
    std::vector<Tag> tags;
    std::int64_t total = 0;
    std::int64_t offset = 0;  ///< rows before this page
    std::string next_cursor;  ///< empty at the end
    std::int64_t library_version = 0;
};

struct TagChanged {
    Tag tag;
    std::int64_t affected = 0;
    bool merged = false;
};

class Tags {
public:
    Tags(postgres::Pool& database, cache::Announcer& announcer, const base::Clock& clock)
        : database_(database), announcer_(announcer), clock_(clock) {}

    /// `substring` is compared folded. By count (descending, then name) or by name. Errors: invalid_cursor.
    base::Task<base::Result<TagsListed>> list(base::UserId user, std::string substring, bool by_name,
                                              Page page);
    /// Renames (an existing name takes both) or recolours. Errors: tag_not_found.
    base::Task<base::Result<TagChanged>> change(base::UserId user, std::string name,
                                                std::optional<std::string> new_name,
                                                std::optional<std::optional<std::string>> color);
    /// Removes the tag from all bookmarks; returns how many. Errors: tag_not_found.
    base::Task<base::Result<std::int64_t>> remove(base::UserId user, std::string name);

private:
    postgres::Pool& database_;
    cache::Announcer& announcer_;
    const base::Clock& clock_;
};

}  // namespace bookmarks
