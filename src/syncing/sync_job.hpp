// Sync jobs (contract 4.4, 4.5): from X page by page into a library, each page with its cursor and its cost
// in one transaction.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "bookmarks/bookmark.hpp"
#include "cache/announcements.hpp"
#include "jobs/handler.hpp"
#include "postgres/pool.hpp"
#include "syncing/rules.hpp"
#include "x/access.hpp"

namespace syncing {

/// What of posts that are gone from X stays (contract 4.7).
enum class ContentPolicy : std::uint8_t { keep, redact, purge };

struct Options {
    Prices prices;
    Caps caps;             ///< of the operator, for each user
    bool is_paced = true;  ///< false: no pauses between requests, for tests and measurements
    std::chrono::milliseconds interval{std::chrono::hours{1}};  ///< of scheduled runs; 0: none
    ContentPolicy policy = ContentPolicy::redact;
    std::chrono::milliseconds policy_after{std::chrono::hours{24}};
    bool audits = false;  ///< posts that no run meets are asked for by id, 100 in a run
    std::chrono::milliseconds retry_first{2'000};  ///< of requests that got no answer
};

class SyncHandler final : public jobs::Handler {
public:
    SyncHandler(postgres::Pool& database, cache::Announcer& announcer, x::Access& x, const base::Clock& clock,
                Options options)
        : database_(database), announcer_(announcer), x_(x), clock_(clock), options_(options) {}

    base::Task<jobs::Outcome> run(jobs::Run& run) override;
    base::Task<void> clean_up(base::UserId user, base::JobId id) override;

    /// Asks for the runs that are due; for the schedule.
    base::Task<void> enqueue_due();
    /// Applies the policy to posts that have been gone for long enough, and forgets what was paid for on past
    /// days; for the schedule.
    base::Task<void> apply_policy();

private:
    class Session;

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    x::Access& x_;
    const base::Clock& clock_;
    Options options_;
};

/// The options of a job as JSON, and back.
struct RunOptions {
    bool full = false;
    bool force = false;
};
[[nodiscard]] std::string write_options(RunOptions options);
[[nodiscard]] RunOptions read_options(std::string_view json);

inline constexpr int kAttemptsMax = 3;

}  // namespace syncing
