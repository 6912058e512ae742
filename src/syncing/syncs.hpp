// Syncs as the routes of one worker see them: asked for, looked at, counted, and what they may cost
// (contract 3.9).
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "jobs/jobs.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"
#include "syncing/rules.hpp"
#include "syncing/sync_job.hpp"
#include "x/account.hpp"

namespace syncing {

struct Counts {
    std::int64_t waiting = 0;
    std::int64_t active = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t failed_lately = 0;  ///< in the last hour
    std::int64_t total = 0;
};

struct DayOfSyncs {
    std::string date;
    std::int64_t total = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t items = 0;
};

struct ErrorOfSyncs {
    std::string message;
    std::int64_t count = 0;
    base::Time last{};
};

struct Analytics {
    std::int64_t total = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::optional<double> items_average;
    std::optional<std::int64_t> items_max;
    std::optional<base::Time> first;
    std::optional<base::Time> last;
    std::vector<DayOfSyncs> days;
    std::vector<ErrorOfSyncs> errors;
    base::Time from{};
    base::Time to{};
};

struct SpendOfDay {
    std::string day;
    std::string endpoint;
    std::int64_t requests = 0;
    std::int64_t resources = 0;
    Money amount = 0;
};

struct Spend {
    Spent spent;
    Caps caps;  ///< that count: the lower of the operator's and the user's own
    std::optional<base::Time> paused_until;
    Prices prices;
    std::vector<SpendOfDay> entries;
};

struct Forecast {
    std::int64_t requests_max = 0;
    std::int64_t resources_max = 0;
    Money amount_max = 0;
    std::optional<Money> remaining_today;
    std::optional<Money> remaining_month;
    bool would_pause = false;
};

class Syncs {
public:
    /// `io` is that of `database`.
    Syncs(base::asio::io_context& io, postgres::Pool& database, jobs::Jobs& jobs, x::Accounts& accounts,
          const base::Clock& clock, Options options)
        : io_(io), database_(database), jobs_(jobs), accounts_(accounts), clock_(clock), options_(options) {}

    /// The new job. Errors: authentication_required (no usable connection), sync_job_active with `jobId`.
    base::Task<base::Result<base::JobId>> start(base::UserId user, RunOptions options,
                                                postgres::Also<base::JobId> also = {});
    /// Of a user, or of everybody.
    base::Task<base::Result<Counts>> count(std::optional<base::UserId> user);
    base::Task<base::Result<Analytics>> analyse(base::UserId user, std::int64_t days);
    /// Finished syncs of more than so many days ago.
    base::Task<base::Result<std::int64_t>> clean_up(base::UserId user, std::int64_t days);
    base::Task<base::Result<Spend>> spend(base::UserId user, std::int64_t days);
    /// Nothing: the operator's cap. Error: invalid_budget (above it).
    base::Task<base::Result<Caps>> set_budget(base::UserId user, Caps own);
    base::Task<base::Result<Forecast>> forecast(base::UserId user, bool full);
    [[nodiscard]] jobs::Jobs& jobs() { return jobs_; }
    [[nodiscard]] base::Time now() const { return clock_.now(); }

private:
    base::Task<base::Result<void>> make_room(base::UserId user, bool force);
    base::Task<base::Result<std::pair<Spent, Caps>>> read_spent(base::UserId user);

    base::asio::io_context& io_;
    postgres::Pool& database_;
    jobs::Jobs& jobs_;
    x::Accounts& accounts_;
    const base::Clock& clock_;
    Options options_;
};

}  // namespace syncing
