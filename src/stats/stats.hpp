// Numbers about a library, or about all of them (contract 3.16).
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "postgres/pool.hpp"

namespace stats {

using Counted = std::vector<std::pair<std::string, std::int64_t>>;

struct Database {
    std::int64_t users = 0;
    std::int64_t active_users = 0;  ///< with a session that was used in the last 30 days
    std::int64_t new_users = 0;     ///< of this month
    std::int64_t bookmarks = 0;
    std::int64_t new_bookmarks = 0;  ///< of this month
    std::int64_t categories = 0;
    std::int64_t tags = 0;
    std::int64_t searches = 0;
    std::int64_t new_searches = 0;  ///< of this week, which begins on Monday
    Counted top_categories;
    Counted top_tags;
};

struct Usage {
    struct Day {
        std::string date;  ///< `YYYY-MM-DD`
        std::int64_t bookmarks = 0;
        std::int64_t searches = 0;
    };
    struct Share {
        std::string category;
        std::int64_t count = 0;
        double percentage = 0;
    };
    std::vector<Day> days;  ///< every day of the period, oldest first
    std::vector<Share> categories;
};

/// Files of one user.
struct Storage {
    struct Part {
        std::int64_t count = 0;
        std::int64_t bytes = 0;
    };
    std::map<std::string, Part> parts;  ///< by top folder
};

class Stats {
public:
    /// `storage` is the directory of stored files; it is read on `files`. All must outlive it.
    Stats(postgres::Pool& database, base::asio::thread_pool& files, std::filesystem::path storage,
          const base::Clock& clock)
        : database_(database), files_(files), storage_(std::move(storage)), clock_(clock) {}

    /// Of one user, or of all. Months and weeks are those of `zone`.
    base::Task<base::Result<Database>> database(std::optional<base::UserId> user, std::string zone);
    /// Of the last `days` days of `zone`, today included.
    base::Task<base::Result<Usage>> usage(base::UserId user, std::int64_t days, std::string zone);
    base::Task<Storage> storage(base::UserId user);
    [[nodiscard]] base::Time now() const { return clock_.now(); }

private:
    postgres::Pool& database_;
    base::asio::thread_pool& files_;
    std::filesystem::path storage_;
    const base::Clock& clock_;
};

}  // namespace stats
