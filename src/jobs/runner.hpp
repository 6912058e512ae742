// Runs jobs: claims them, hands them to the handler of their type, keeps their leases, and writes down how
// they ended. One per process, on a thread of its own; as many processes as there are may run side by side on
// one database (docs/job_states.md).
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "jobs/handler.hpp"
#include "jobs/journal.hpp"
#include "jobs/schedule.hpp"
#include "observe/counters.hpp"
#include "postgres/listener.hpp"
#include "postgres/pool.hpp"

namespace jobs {

struct RunnerOptions {
    /// Handlers of the types that this process runs; null: it does not.
    std::array<Handler*, kTypes> handlers{};
    /// How many of each type run at a time (contract 3.11).
    std::array<std::size_t, kTypes> concurrency{5, 2, 2, 1, 1};
    /// Jobs with another place are left to others.
    std::string place;
    std::chrono::milliseconds lease{30'000};
    /// How often leases are renewed and cancellations looked for.
    std::chrono::milliseconds beat{2'000};
    /// How often somebody looks for work that nobody told of.
    std::chrono::milliseconds poll{5'000};
    std::chrono::milliseconds poll_untold{1'000};  ///< while notifications are not heard
    std::int64_t retention_days = 90;
    observe::Counters* counters = nullptr;  ///< of attempts; null: they are not counted
};

/// For the thread that runs `io` only.
class Runner {
public:
    Runner(base::asio::io_context& io, postgres::Pool& database, postgres::ConnectionOptions connection,
           Journal& journal, const base::Clock& clock, RunnerOptions options);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// `alone`: no other process has this place, so that what is claimed by it was claimed by one that died.
    void start(bool alone);
    /// Asks running jobs to hand over and returns when none runs any more and nothing is claimed, at most
    /// after `patience`; those that are left lose their lease to others.
    base::Task<void> stop(std::chrono::milliseconds patience);
    [[nodiscard]] std::size_t running() const { return running_.size(); }
    /// Tasks of which one process at a time does each.
    [[nodiscard]] Schedule& schedule() { return schedule_; }

private:
    class Work;
    using WorkPointer = std::shared_ptr<Work>;

    base::Task<void> claim_for_ever(bool alone);
    base::Task<bool> claim(Type type);
    base::Task<void> work_off(WorkPointer work);
    /// True: the job has ended, or is somebody else's.
    base::Task<bool> end(const WorkPointer& work, Outcome outcome);
    /// If the job is gone and not only somebody else's.
    base::Task<void> forget_erased(const Claim& job);
    void count_end(const Claim& job, State state, bool failed) const;
    base::Task<base::Result<std::optional<Job>>> write_end(const Work& work, const Outcome& outcome);
    base::Task<void> beat_for_ever();
    base::Task<void> renew();
    base::Task<void> rescue();
    base::Task<void> clean_up();
    base::Task<void> delete_old();
    base::Task<void> wait_for_work();
    void hear(std::string_view payload);
    void ring();
    [[nodiscard]] std::size_t room(Type type) const;

    base::asio::io_context& io_;
    postgres::Pool& database_;
    Journal& journal_;
    const base::Clock& clock_;
    RunnerOptions options_;
    Schedule schedule_;
    postgres::Listener listener_;
    /// A job may be there twice: once more as a run that lost it and has not ended.
    std::vector<WorkPointer> running_;
    base::asio::steady_timer bell_;
    base::asio::steady_timer beat_;
    base::asio::steady_timer ended_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bool rung_ = false;
    bool beat_now_ = false;
    bool stopping_ = false;
    int loops_ = 0;  ///< of `claim_for_ever` and `beat_for_ever`, that have not ended
};

}  // namespace jobs
