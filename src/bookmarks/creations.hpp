// Creations of bookmarks that come at the same time for one library go into one transaction: singly they
// would wait for each other's commit on the library's row. One per worker.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "bookmarks/bookmark.hpp"
#include "cache/announcements.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace bookmarks {

struct Found;

class Creations {
public:
    Creations(postgres::Pool& database, cache::Announcer& announcer, const base::Clock& clock)
        : database_(database), announcer_(announcer), clock_(clock) {}

    /// Returns when the bookmark is committed, or will not be. Each one succeeds or fails by itself. Errors:
    /// category_not_found, bookmark_already_exists with `existingId`. With `also` it has a transaction of its
    /// own, which may fail because of that; the version that `also` is told is not final.
    base::Task<base::Result<Found>> create(base::UserId user, Draft draft, std::optional<base::Uuid> category,
                                           postgres::Also<Found> also = {});

    static constexpr std::size_t kBatchMax = 64;
    static constexpr std::size_t kWaitingMax = 1024;  ///< of one user; more are refused

private:
    struct Creation;
    struct Line;
    using Batch = std::vector<std::shared_ptr<Creation>>;

    static Batch take_batch(Line& line);
    base::Task<void> serve(base::UserId user, std::shared_ptr<Line> line);
    base::Task<void> settle(base::UserId user, const Batch& batch);
    base::Task<base::Result<void>> write(base::UserId user, const Batch& batch);

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    const base::Clock& clock_;
    /// Users for whom a transaction is running.
    std::unordered_map<base::Uuid, std::shared_ptr<Line>, base::UuidHash> lines_;
};

}  // namespace bookmarks
