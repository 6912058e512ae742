// Limit and queue together in front of a simulated server: a fixed seed, no clock, no threads.
//
// The server has kCores; requests in progress share them, and each one beyond the cores costs all of them a
// little (caches, locks, context switches), so that unbounded concurrency makes throughput collapse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "guard/adaptive_limit.hpp"
#include "guard/wait_queue.hpp"

namespace guard {
namespace {

using namespace std::chrono_literals;
using Duration = base::SteadyTime::duration;

constexpr double kCores = 4;
constexpr double kContention = 0.02;  ///< of throughput, for every request beyond the cores

struct Kind {
    double share;
    double mean_seconds;  ///< of work, exponentially distributed
};
const std::vector<Kind> kMixture{{0.7, 0.001}, {0.25, 0.002}, {0.05, 0.01}};

struct Outcome {
    double goodput = 0;  ///< answered per second
    double p99 = 0;      ///< seconds from arrival to answer
    std::size_t refused = 0;
    double limit = 0;
};

class Simulation {
public:
    Simulation(std::vector<Kind> mixture, AdaptiveLimitOptions limit, unsigned seed)
        : mixture_(std::move(mixture)), limit_(limit, mixture_.size(), now_), random_(seed) {}

    /// Open-loop load for so long; what happened in it.
    Outcome run(double arrivals_per_second, double seconds) {
        latencies_.clear();
        Outcome out;
        const auto end = now_ + to_duration(seconds);
        std::exponential_distribution<double> gap(arrivals_per_second);
        auto arrival = now_ + to_duration(gap(random_));
        while (now_ < end) {
            const auto done = next_completion();
            const auto next = std::min({arrival, done, now_ + 5ms});
            advance(next);
            if (next == arrival) {
                arrive(out);
                arrival = now_ + to_duration(gap(random_));
            }
            complete();
            admit(out);
        }
        out.goodput = static_cast<double>(latencies_.size()) / seconds;
        std::ranges::sort(latencies_);
        if (!latencies_.empty()) out.p99 = latencies_[latencies_.size() * 99 / 100];
        out.limit = static_cast<double>(limit_.limit());
        return out;
    }

    void set_mixture(std::vector<Kind> mixture) { mixture_ = std::move(mixture); }

private:
    struct Job {
        std::size_t kind;
        base::SteadyTime arrived;
        AdaptiveLimit::Start start;
        double left = 0;  ///< seconds of work
    };

    static Duration to_duration(double seconds) {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    }
    [[nodiscard]] double speed() const {  ///< of one job
        const auto jobs = static_cast<double>(working_.size());
        const double excess = std::max(0.0, jobs - kCores);
        return std::min(1.0, kCores / jobs) / (1 + (kContention * excess));
    }
    [[nodiscard]] base::SteadyTime next_completion() const {
        double least = 1e9;
        for (const Job& job : working_)
            least = std::min(least, job.left);
        return working_.empty() ? base::SteadyTime::max() : now_ + to_duration(least / speed()) + 1ns;
    }
    void advance(base::SteadyTime to) {
        const double work = std::chrono::duration<double>(to - now_).count() * speed();
        for (Job& job : working_)
            job.left -= work;
        now_ = to;
    }
    void arrive(Outcome& out) {
        std::vector<double> shares;
        for (const Kind& kind : mixture_)
            shares.push_back(kind.share);
        const Job job{
            std::discrete_distribution<std::size_t>(shares.begin(), shares.end())(random_), now_, {}};
        if (queue_.empty() && limit_.has_room()) return begin(job);
        const auto ticket = queue_.push(now_);
        if (ticket)
            waiting_.emplace(*ticket, job);
        else
            ++out.refused;
    }
    void admit(Outcome& out) {
        while (const auto late = queue_.pop_overdue(now_)) {
            waiting_.erase(*late);
            ++out.refused;
        }
        while (limit_.has_room()) {
            const auto ticket = queue_.pop(now_);
            if (!ticket) return;
            begin(waiting_.extract(*ticket).mapped());
        }
    }
    void begin(Job job) {
        std::exponential_distribution<double> work(1 / mixture_[job.kind].mean_seconds);
        job.left = work(random_);
        job.start = limit_.begin(job.kind, now_);
        working_.push_back(job);
    }
    void complete() {
        std::erase_if(working_, [this](const Job& job) {
            if (job.left > 0) return false;
            limit_.end(job.start, true, now_);
            latencies_.push_back(std::chrono::duration<double>(now_ - job.arrived).count());
            return true;
        });
    }

    std::vector<Kind> mixture_;
    base::SteadyTime now_{};
    AdaptiveLimit limit_;
    WaitQueue queue_{WaitQueueOptions{}};
    std::mt19937_64 random_;
    std::map<WaitQueue::Ticket, Job> waiting_;
    std::vector<Job> working_;
    std::vector<double> latencies_;
};

double capacity(const std::vector<Kind>& mixture) {
    double mean = 0;
    for (const Kind& kind : mixture)
        mean += kind.share * kind.mean_seconds;
    return kCores / mean;
}

/// The largest goodput at any load up to the capacity.
double peak(const std::vector<Kind>& mixture, unsigned seed) {
    double best = 0;
    for (const double share : {0.7, 0.8, 0.9, 1.0})
        best = std::max(best, Simulation(mixture, {}, seed).run(share * capacity(mixture), 10).goodput);
    return best;
}

TEST(Overload, AtTwiceTheCapacityGoodputStaysAndLatencyIsBounded) {
    const double unloaded = Simulation(kMixture, {}, 1).run(0.2 * capacity(kMixture), 20).p99;
    const double best = peak(kMixture, 1);
    for (const unsigned seed : {1U, 2U, 3U}) {
        const Outcome outcome = Simulation(kMixture, {}, seed).run(2 * capacity(kMixture), 20);
        EXPECT_GE(outcome.goodput, 0.9 * best) << "limit " << outcome.limit;
        EXPECT_LE(outcome.p99, 5 * unloaded) << "limit " << outcome.limit;
        EXPECT_GT(outcome.refused, 0U);
    }
}

TEST(Overload, ALimitThatDoesNotAdaptLosesIt) {
    // The counter-example, which shows that the model can tell.
    const Outcome outcome =
        Simulation(kMixture, {.min = 256, .max = 256, .initial = 256}, 1).run(2 * capacity(kMixture), 20);
    EXPECT_LT(outcome.goodput, 0.5 * peak(kMixture, 1));
}

TEST(Overload, BelowTheCapacityNothingIsRefused) {
    Simulation simulation(kMixture, {}, 4);
    simulation.run(0.3 * capacity(kMixture), 10);
    const Outcome outcome = simulation.run(0.6 * capacity(kMixture), 20);
    EXPECT_LE(outcome.refused, static_cast<std::size_t>(outcome.goodput * 20 / 1000));
    EXPECT_NEAR(outcome.goodput, 0.6 * capacity(kMixture), 0.05 * capacity(kMixture));
}

TEST(Overload, TheLimitDoesNotCreepUnderLastingOverload) {
    Simulation simulation(kMixture, {}, 5);
    simulation.run(2 * capacity(kMixture), 30);
    const Outcome early = simulation.run(2 * capacity(kMixture), 20);
    simulation.run(2 * capacity(kMixture), 300);
    const Outcome late = simulation.run(2 * capacity(kMixture), 20);
    EXPECT_LE(late.p99, 1.5 * early.p99);
    EXPECT_GE(late.goodput, 0.95 * early.goodput);
}

TEST(Overload, AnotherMixtureAndADearerOneAreFollowed) {
    const std::vector<Kind> heavy{{0.1, 0.001}, {0.3, 0.002}, {0.6, 0.01}};
    const std::vector<Kind> dear{{0.7, 0.003}, {0.25, 0.006}, {0.05, 0.03}};
    Simulation simulation(kMixture, {}, 6);
    simulation.run(2 * capacity(kMixture), 30);
    for (const auto& mixture : {heavy, dear, kMixture}) {
        simulation.set_mixture(mixture);
        simulation.run(2 * capacity(mixture), 15);
        const Outcome settled = simulation.run(2 * capacity(mixture), 20);
        EXPECT_GE(settled.goodput, 0.9 * peak(mixture, 6));
    }
}

TEST(Overload, RecoversAtOnceWhenTheLoadGoes) {
    Simulation simulation(kMixture, {}, 7);
    simulation.run(4 * capacity(kMixture), 20);
    simulation.run(0.3 * capacity(kMixture), 2);
    const Outcome after = simulation.run(0.6 * capacity(kMixture), 20);
    EXPECT_LE(after.refused, static_cast<std::size_t>(after.goodput * 20 / 1000));
}

TEST(Overload, FewAndFailedRequestsDoNotMoveTheLimit) {
    AdaptiveLimit limit({}, 2, {});
    base::SteadyTime now{};
    for (int i = 0; i < 100; ++i) {
        const auto start = limit.begin(0, now);
        now += 50ms;
        limit.end(start, false, now);
    }
    EXPECT_EQ(limit.limit(), 32U);
    // One at a time uses next to nothing of the limit: it must not grow from that.
    for (int i = 0; i < 1000; ++i) {
        const auto start = limit.begin(1, now);
        now += 10ms;
        limit.end(start, true, now);
    }
    EXPECT_EQ(limit.limit(), 32U);
    EXPECT_EQ(limit.in_progress(), 0U);
}

TEST(WaitQueue, ServesInOrderAndIsBounded) {
    WaitQueue queue({.max = 3});
    base::SteadyTime now{};
    const auto a = queue.push(now);
    const auto b = queue.push(now);
    const auto c = queue.push(now);
    ASSERT_TRUE(a && b && c);
    EXPECT_FALSE(queue.push(now));
    queue.remove(*b, now);
    queue.remove(*b, now);
    EXPECT_EQ(queue.pop(now), a);
    EXPECT_EQ(queue.pop(now), c);
    EXPECT_EQ(queue.pop(now), std::nullopt);
}

TEST(WaitQueue, ABurstMayWaitAStandingQueueMayNot) {
    WaitQueue queue({.interval = 100ms, .target = 5ms});
    base::SteadyTime now{};
    const auto first = queue.push(now);
    now += 90ms;
    const auto second = queue.push(now);
    EXPECT_EQ(queue.pop_overdue(now), std::nullopt) << "a burst";
    now += 11ms;
    EXPECT_EQ(queue.patience(now), 5ms) << "not empty for 101 ms";
    EXPECT_EQ(queue.pop_overdue(now), first);
    EXPECT_EQ(queue.pop_overdue(now), second);
    EXPECT_EQ(queue.pop_overdue(now), std::nullopt);
    static_cast<void>(queue.push(now));
    EXPECT_EQ(queue.patience(now), 5ms) << "empty in between, but not for long";
    static_cast<void>(queue.pop(now));
    now += 401ms;
    static_cast<void>(queue.push(now));
    EXPECT_EQ(queue.patience(now + 50ms), 100ms) << "a burst after a calm time";
}

// Under lasting overload arrivals pause now and then. A queue that was let grow after each pause would make
// everybody wait.
TEST(WaitQueue, APauseIsNoEndOfTheOverload) {
    WaitQueue queue({.max = 100, .interval = 100ms, .target = 5ms, .tolerated = 2, .longest = 5s});
    base::SteadyTime now{};
    const auto fill = [&] {
        while (queue.push(now)) {
        }
    };
    for (int i = 0; i < 30; ++i) {
        now += 5ms;
        fill();
        static_cast<void>(queue.pop(now));
    }
    while (!queue.empty())
        static_cast<void>(queue.pop(now));
    for (int i = 0; i < 10; ++i) {
        now += 50ms;
        fill();
        EXPECT_LE(queue.size(), 2U);
        while (!queue.empty())
            static_cast<void>(queue.pop(now));
    }
}

TEST(WaitQueue, AFewMayWaitLong) {
    WaitQueue queue({.interval = 100ms, .target = 5ms, .tolerated = 2, .longest = 5s});
    base::SteadyTime now{};
    const auto first = queue.push(now);
    static_cast<void>(queue.push(now));
    static_cast<void>(queue.push(now));
    EXPECT_FALSE(queue.is_full(now)) << "a burst";
    now += 101ms;
    EXPECT_TRUE(queue.is_full(now)) << "a standing queue of three";
    EXPECT_EQ(queue.pop_overdue(now), first);
    EXPECT_EQ(queue.push(now), std::nullopt);
    EXPECT_EQ(queue.pop_overdue(now + 4s), std::nullopt);
    EXPECT_NE(queue.pop_overdue(now + 5s), std::nullopt);
}

}  // namespace
}  // namespace guard
