// What a user has searched for (contract 3.6 "History", `/history`, `/analytics`). Not part of the library:
// an entry raises no version. What is recorded by itself is written in the background, many entries with one
// statement; entries that were not written when the process ends are lost.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "bookmarks/filter.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace search {

struct HistoryEntry {
    base::Uuid id;
    std::string query;  ///< JSON object: the validated query
    std::int64_t result_count = 0;
    double milliseconds = 0;
    base::Time created_at;
};

struct HistoryListed {
    std::vector<HistoryEntry> entries;
    std::int64_t total = 0;
    std::int64_t offset = 0;  ///< entries before this page
    std::string next_cursor;  ///< empty at the end
};

struct Analytics {
    std::int64_t searches = 0;
    double mean_milliseconds = 0;
    std::vector<std::pair<std::string, std::int64_t>> terms;
    std::vector<std::pair<std::string, std::int64_t>> days;  ///< `YYYY-MM-DD`, oldest first
    base::Time from;
    base::Time to;
};

/// One per worker.
class History {
public:
    static constexpr std::size_t kQueueMax = 4096;  ///< entries that wait; what comes beyond is dropped
    static constexpr std::size_t kBatchMax = 256;

    /// `max` entries of each user are kept; 0: none is recorded. All must outlive it.
    History(base::asio::io_context& io, postgres::Pool& database, std::int64_t max, const base::Clock& clock);
    ~History();

    /// An executed search. Never waits.
    void record(base::UserId user, std::string query, std::int64_t result_count, double milliseconds);
    /// Newest first. Errors: invalid_cursor.
    base::Task<base::Result<HistoryListed>> list(base::UserId user, bookmarks::Page page);
    /// Returns the id.
    base::Task<base::Result<base::Uuid>> add(base::UserId user, HistoryEntry entry,
                                             postgres::Also<base::Uuid> also);
    /// Errors: search_history_not_found.
    base::Task<base::Result<void>> remove(base::UserId user, base::Uuid id);
    /// Returns how many there were.
    base::Task<base::Result<std::int64_t>> clear(base::UserId user);
    /// Of the last `days` days of `zone`, today included.
    base::Task<base::Result<Analytics>> analyse(base::UserId user, std::int64_t days, std::string zone);
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    struct Waiting {
        base::UserId user;
        HistoryEntry entry;
    };
    /// What belongs to the queue, so that the coroutine that empties it never outlives it.
    struct Queue;
    static base::Task<void> empty_queue(std::shared_ptr<Queue> queue);
    static base::Task<base::Result<void>> write(Queue& queue, std::vector<Waiting> batch);
    /// Waits until what this worker has recorded before is written, so that its user sees it; not for ever.
    base::Task<void> settle();

    postgres::Pool& database_;
    const base::Clock& clock_;
    std::int64_t max_;
    std::shared_ptr<Queue> queue_;
    std::uint64_t dropped_ = 0;
};

}  // namespace search
