// The library: reading and writing bookmarks (contract 3.3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/precondition.hpp"
#include "base/task.hpp"
#include "bookmarks/bookmark.hpp"
#include "bookmarks/creations.hpp"
#include "bookmarks/cursor.hpp"
#include "bookmarks/filter.hpp"
#include "bookmarks/libraries.hpp"
#include "cache/announcements.hpp"
#include "categories/categories.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace bookmarks {

/// A bookmark as it is stored.
struct Bookmark {
    base::BookmarkId id;
    std::int64_t version = 1;
    Draft draft;  ///< complete; `bookmarked_at` is always set
    std::optional<base::Uuid> category_id;
    std::int64_t sync_order = 0;
    base::Time created_at;
    base::Time updated_at;
};

/// What a caller wants changed; absent members stay. The inner optionals: nothing clears.
struct Changes {
    std::optional<std::optional<base::Uuid>> category_id;
    std::optional<std::vector<std::string>> tags;  ///< replaces
    std::vector<std::string> add_tags;
    std::vector<std::string> remove_tags;
    std::optional<bool> is_archived;
    bool toggle_archived = false;
    std::optional<std::optional<std::string>> title;
    std::optional<std::optional<std::string>> note;
    [[nodiscard]] bool empty() const;
    /// Something that is searched changes.
    [[nodiscard]] bool touches_text() const {
        return tags || !add_tags.empty() || !remove_tags.empty() || title || note;
    }
};

/// A bookmark together with what its answer embeds.
struct Found {
    Bookmark bookmark;
    categories::Snapshot categories;
};

/// One page of a list. `found.size()` ≤ limit.
struct Listed {
    std::vector<Bookmark> found;
    std::vector<double> scores;  ///< parallel to `found`; 0 without text terms
    std::int64_t total = 0;      ///< exact
    std::int64_t offset = 0;     ///< rows in front of this page
    bool has_more = false;
    std::string next_cursor;  ///< empty at the end
    categories::Snapshot categories;
    FacetCounts facets;  ///< empty unless asked for
};

/// What all hits of a filter have in common. No months.
struct FacetsCounted {
    FacetCounts counts;
    categories::Snapshot categories;
};

/// A way around PostgreSQL for lists, where there is one. It stands above this folder; the composition root
/// hands it in.
class Shortcut {
public:
    virtual ~Shortcut() = default;
    /// The page without `offset` and `next_cursor`, as the library is at a moment of this call. Nothing: ask
    /// PostgreSQL. The arguments live as long as the task.
    virtual base::Task<std::optional<Listed>> list(base::UserId user, const Filter& filter, const Page& page,
                                                   const std::optional<Cursor>& cursor) = 0;
};

class Bookmarks {
public:
    /// Without a shortcut PostgreSQL answers every list.
    Bookmarks(postgres::Pool& database, cache::Announcer& announcer, const base::Clock& clock,
              Shortcut* shortcut = nullptr)
        : database_(database),
          announcer_(announcer),
          clock_(clock),
          shortcut_(shortcut),
          creations_(database, announcer, clock) {}

    /// The version of a user's library.
    base::Task<base::Result<std::int64_t>> version(base::UserId user);
    /// Errors: invalid_cursor.
    base::Task<base::Result<Listed>> list(base::UserId user, Filter filter, Page page);
    /// At most 20 categories and authors, and `tags_max` tags.
    base::Task<base::Result<FacetsCounted>> facets(base::UserId user, Filter filter, std::size_t tags_max);
    /// Errors: bookmark_not_found.
    base::Task<base::Result<Found>> get(base::UserId user, base::Uuid id);
    /// Errors: category_not_found, bookmark_already_exists with `existingId`.
    base::Task<base::Result<Found>> create(base::UserId user, Draft draft, std::optional<base::Uuid> category,
                                           postgres::Also<Found> also = {});
    /// All or nothing; answers the bookmarks as they are now. With `expected_version` (of a single one) the
    /// row must have it. Errors: invalid_bookmark_ownership (one is missing), category_not_found,
    /// precondition_failed.
    base::Task<base::Result<std::vector<Bookmark>>> update(base::UserId user, std::vector<base::Uuid> ids,
                                                           Changes changes,
                                                           base::Precondition expected_version = {},
                                                           postgres::Also<std::vector<Bookmark>> also = {});
    /// All or nothing; leaves marks so that a sync does not bring the posts back. Errors as `update`.
    base::Task<base::Result<std::vector<base::Uuid>>> remove(base::UserId user, std::vector<base::Uuid> ids,
                                                             base::Precondition expected_version = {});

private:
    /// What must be known before the rows can be asked for.
    struct Context {
        LibraryPointer library;
        std::vector<std::string> tag_names;
        std::vector<Bookmark> overflow;
    };
    struct Attempt {
        Listed listed;
        std::optional<std::int64_t> shown_version;  ///< of the rows; nothing without any
    };
    [[nodiscard]] static Attempt read_page(const postgres::Rows& rows, const Library& library,
                                           const Page& page);
    [[nodiscard]] static Attempt read_page_with_counts(const postgres::Rows& rows, const Library& library,
                                                       const Page& page);
    /// In the transaction, if there is one.
    base::Task<base::Result<postgres::Results>> run(postgres::Transaction* tx, postgres::Commands commands);
    base::Task<base::Result<Context>> read_context(postgres::Transaction* tx, base::UserId user,
                                                   const Filter& filter);
    /// What is known without asking; without a library when something that the filter needs is not.
    [[nodiscard]] Context remembered_context(base::UserId user, const Filter& filter) const;
    base::Task<base::Result<Attempt>> list_with(postgres::Transaction* tx, const Context& context,
                                                base::UserId user, const Filter& filter, const Page& page,
                                                const std::optional<Cursor>& cursor);
    base::Task<base::Result<Listed>> list_at_once(base::UserId user, const Filter& filter, const Page& page,
                                                  const std::optional<Cursor>& cursor);
    base::Task<base::Result<Listed>> list_from_database(base::UserId user, const Filter& filter,
                                                        const Page& page,
                                                        const std::optional<Cursor>& cursor);

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    const base::Clock& clock_;
    Shortcut* shortcut_;
    Libraries libraries_;
    Creations creations_;
};

/// Puts the counts of categories into order (count, then name) and keeps those that a facet shows.
void order_categories(FacetCounts& facets, const categories::Snapshot& categories);

/// Applies what was asked to one bookmark.
void apply(const Changes& changes, Bookmark& bookmark);

}  // namespace bookmarks
