// What to offer while somebody types or chooses: tags, categories and authors of a library with their counts,
// archived bookmarks included (contract 3.6 `/suggestions`, 3.8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "bookmarks/filter.hpp"
#include "postgres/pool.hpp"

namespace suggest {

/// Which lists are wanted.
struct Kinds {
    bool tags = true;
    bool categories = true;
    bool authors = true;
};

struct Category {
    base::Uuid id;
    std::string name;
    std::string color;
    std::int64_t count = 0;
};

/// Each list by count (descending), then name.
struct Suggestions {
    std::vector<std::pair<std::string, std::int64_t>> tags;
    std::vector<Category> categories;
    std::vector<bookmarks::FacetCounts::Author> authors;
    std::int64_t library_version = 0;
};

/// Whether a text says enough to be completed: two characters, or one of Han, Kana or Hangul.
[[nodiscard]] bool is_long_enough(std::string_view trimmed);

class Suggest {
public:
    Suggest(postgres::Pool& database, const base::Clock& clock) : database_(database), clock_(clock) {}

    /// What contains the text, folded; at most `limit` of each kind.
    base::Task<base::Result<Suggestions>> find(base::UserId user, std::string text, Kinds kinds,
                                               std::int64_t limit);
    /// What the bookmarks of the last 30 days have most; categories without any come last.
    base::Task<base::Result<Suggestions>> popular(base::UserId user, Kinds kinds, std::int64_t limit);

private:
    postgres::Pool& database_;
    const base::Clock& clock_;
};

}  // namespace suggest
