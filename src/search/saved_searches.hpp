// Searches worth asking again, under a name (contract 3.6 `/saved`). Part of the library: writes raise its
// version, deletions leave tombstones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/precondition.hpp"
#include "base/task.hpp"
#include "cache/announcements.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace search {

struct SavedSearch {
    base::Uuid id;
    std::int64_t version = 1;
    std::string name;
    std::string query;  ///< JSON object with parameters of contract 3.3
    std::int64_t order = 0;
    bool pinned = false;
    base::Time created_at;
    base::Time updated_at;
};

/// What a caller wants changed; absent members stay.
struct SavedChanges {
    std::optional<std::string> name;
    std::optional<std::string> query;
    std::optional<std::int64_t> order;
    std::optional<bool> pinned;
    [[nodiscard]] bool empty() const { return !name && !query && !order && !pinned; }
};

class SavedSearches {
public:
    static constexpr std::size_t kMax = 1000;  ///< per user

    /// All of a user by order, name.
    struct Snapshot {
        std::int64_t library_version = 0;
        std::vector<SavedSearch> all;
        [[nodiscard]] const SavedSearch* find(const base::Uuid& id) const;
    };

    SavedSearches(postgres::Pool& database, cache::Announcer& announcer, const base::Clock& clock)
        : database_(database), announcer_(announcer), clock_(clock) {}

    base::Task<base::Result<Snapshot>> all(base::UserId user);
    /// `changes` must hold name and query. Without an order it comes last. Errors: saved_search_exists (the
    /// name), invalid_saved_search (there are kMax).
    base::Task<base::Result<SavedSearch>> create(base::UserId user, SavedChanges changes,
                                                 postgres::Also<SavedSearch> also);
    /// Errors: saved_search_not_found, saved_search_exists, precondition_failed.
    base::Task<base::Result<SavedSearch>> update(base::UserId user, base::Uuid id, SavedChanges changes,
                                                 base::Precondition expected_version);
    /// Errors: saved_search_not_found, precondition_failed.
    base::Task<base::Result<void>> remove(base::UserId user, base::Uuid id,
                                          base::Precondition expected_version);

private:
    base::Task<base::Result<Snapshot>> lock(postgres::Transaction& tx, base::UserId user);

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    const base::Clock& clock_;
};

}  // namespace search
