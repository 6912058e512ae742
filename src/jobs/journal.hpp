// What is told of jobs as they change: a bounded stream of events in Redis for those who come back to a
// stream (contract 1.13, 5.5), and a word to everybody in this process who watches. The state itself lies in
// PostgreSQL; without Redis only the events between are missed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "cache/watches.hpp"
#include "jobs/job.hpp"
#include "redis/connection.hpp"

namespace jobs {

/// One per worker, for its thread only.
class Journal {
public:
    static constexpr std::int64_t kEventsMax = 1000;

    /// `prefix` is REDIS_PREFIX. `watches` of jobs, by id, are shared by the process.
    Journal(redis::Connection& redis, std::string prefix, cache::Watches& watches)
        : redis_(redis), prefix_(std::move(prefix)), watches_(watches) {}

    /// A change that was committed.
    base::Task<void> tell(const Job& job);
    /// The events behind `version`, oldest first; empty when there are none or Redis is away.
    base::Task<std::vector<Job>> read(base::JobId id, std::int64_t version);
    /// Removes the events of these jobs. Without Redis they end by themselves, within a day.
    base::Task<void> forget(std::vector<base::JobId> ids);
    [[nodiscard]] cache::Watches& watches() { return watches_; }

private:
    [[nodiscard]] std::string key_of(base::JobId id) const;

    redis::Connection& redis_;
    std::string prefix_;
    cache::Watches& watches_;
};

/// A notification of the database, on any thread of the process.
void hear(cache::Watches& watches, std::string_view payload);

}  // namespace jobs
