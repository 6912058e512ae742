// The change feed: what of a library changed since a version, in the order of the versions (contract 3.17).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "postgres/pool.hpp"

namespace changes {

/// One item as it is now, or that it is gone.
struct Change {
    std::int64_t version = 0;
    std::string type;  ///< `bookmark`, `category`, `tag`, `savedSearch`, `settings`
    bool is_deleted = false;
    std::string id;
    base::Time at;     ///< when it was changed, as the item says
    std::string data;  ///< the item as JSON; empty when it is gone or only ids were asked for
};

/// A part of the feed.
struct Page {
    std::vector<Change> changes;
    std::int64_t next = 0;  ///< `since` of the next page
    std::int64_t library_version = 0;
    std::int64_t oldest_version = 0;
    bool has_more = false;
    bool has_expired = false;  ///< there is no such page: begin again at 0
};

struct Wanted {
    std::int64_t since = 0;  ///< a version, or `Page::next`
    std::int64_t limit = 100;
    bool with_data = true;
};

class Feed {
public:
    /// `retention_days`: how long tombstones are kept.
    Feed(postgres::Pool& database, const base::Clock& clock, std::int64_t retention_days)
        : database_(database), clock_(clock), retention_days_(retention_days) {}

    /// The version of a library. Errors: user_not_found.
    base::Task<base::Result<std::int64_t>> version(base::UserId user);
    /// One round trip. Errors: user_not_found.
    base::Task<base::Result<Page>> read(base::UserId user, Wanted wanted);
    /// Removes the tombstones that are too old, in small batches, each in a transaction of its own. Returns
    /// how many went.
    base::Task<base::Result<std::int64_t>> sweep();

private:
    base::Task<base::Result<std::int64_t>> sweep(base::Uuid user, base::Time before);

    postgres::Pool& database_;
    const base::Clock& clock_;
    std::int64_t retention_days_;
};

}  // namespace changes
