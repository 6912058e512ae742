// The runner against a real PostgreSQL, with handlers that do what a test says.
#include "jobs/runner.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <set>
#include <stdexcept>

#include "jobs/database_test.hpp"
#include "jobs/jobs.hpp"

namespace jobs {
namespace {

// The check fears that a lambda ends before its coroutine, which then reads captures that are gone. The
// scripts below are kept by their handlers, which outlive every run; a test that says what a job does beside
// what is expected of it is readable, one with a dozen named functions is not.
// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines)

using base::Task;
using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

constexpr Type kType = Type::importing;
constexpr milliseconds kPatience{10'000};

class TestHandler final : public Handler {
public:
    using Script = std::function<Task<Outcome>(Run&)>;

    explicit TestHandler(Script script) : script_(std::move(script)) {}
    Task<Outcome> run(Run& run) override {
        started.push_back(run.job());
        most = std::max(most, ++busy);
        const Leave leave{busy};
        co_return co_await script_(run);
    }
    Task<void> clean_up(base::UserId /*user*/, base::JobId id) override {
        cleaned.insert(id.uuid);
        co_return;
    }

    std::vector<Claim> started;
    std::set<base::Uuid> cleaned;
    int busy = 0;
    int most = 0;

private:
    struct Leave {
        int& busy;
        ~Leave() { --busy; }
    };
    Script script_;
};

Outcome done(postgres::Commands effect = {}) {
    return Completed{.result = "{}", .progress = {.percentage = 100}, .effect = std::move(effect)};
}

/// Sleeps until it has to stop.
Task<Outcome> wait_for_stop(Run& run) {
    while (co_await run.sleep(milliseconds{60'000}))
        continue;
    co_return Stopped{};
}

class RunnerTest : public test::JobsDatabase {
protected:
    void TearDown() override {
        for (auto& runner : runners_)
            run(runner->stop(milliseconds{2'000}));
        test::JobsDatabase::TearDown();
        runners_.clear();
    }

    /// Handlers outlive the runners.
    TestHandler& handle(TestHandler::Script script) {
        return *handlers_.emplace_back(std::make_unique<TestHandler>(std::move(script)));
    }

    /// One with this place; `told`: it hears what is notified.
    Runner& start(TestHandler& handler, std::size_t at_a_time = 2, bool told = true,
                  std::string place = "here") {
        RunnerOptions options{.place = std::move(place)};
        options.handlers[static_cast<std::size_t>(kType)] = &handler;
        options.concurrency[static_cast<std::size_t>(kType)] = at_a_time;
        runners_.push_back(std::make_unique<Runner>(
            io_, *pool_,
            postgres::ConnectionOptions{.conninfo = server_->connection_string(), .named_statements = told},
            journal_, clock_, std::move(options)));
        runners_.back()->start(false);
        return *runners_.back();
    }

    base::JobId ask_for(int user = 0, int max_attempts = 2) {
        const base::Time now = clock_.now();
        const base::JobId id{base::make_uuid(now)};
        postgres::Commands commands;
        Jobs::enqueue({.user = {users_.at(static_cast<std::size_t>(user))},
                       .id = id,
                       .type = kType,
                       .max_attempts = max_attempts,
                       .now = now},
                      commands);
        EXPECT_TRUE(run(pool_->run(std::move(commands))));
        return id;
    }

    /// As `wait_until`, for conditions that ask the database.
    template <class Condition>
    bool eventually(Condition holds, milliseconds patience = kPatience) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io_.restart();
            io_.run_for(milliseconds{10});
        }
        return true;
    }

    static Strings of(base::JobId id, const std::string& what) {
        return ask("SELECT " + what + " FROM jobs WHERE id = '" + base::to_string(id.uuid) + "'");
    }
    bool becomes(base::JobId id, const std::string& state) {
        return eventually([&] { return of(id, "state") == Strings{state}; });
    }
    static Strings unfinished() { return ask("SELECT count(*) FROM jobs WHERE finished_at IS NULL"); }
    bool all_finish() {
        return eventually([] { return unfinished() == Strings{"0"}; }, std::chrono::seconds{60});
    }
    /// As if the process that has them had died: nobody can renew them.
    static void lose(const std::string& which = "true") {
        ask("UPDATE jobs SET claim_token = gen_random_uuid(), leased_until = '-infinity' WHERE state = 'running' AND " +
            which);
    }

    redis::Connection redis_{io_, {}};
    cache::Watches watches_;
    Journal journal_{redis_, "test:", watches_};
    std::vector<std::unique_ptr<TestHandler>> handlers_;
    std::vector<std::unique_ptr<Runner>> runners_;
};

TEST_F(RunnerTest, AUserWithManyJobsDoesNotKeepOthersWaiting) {
    for (int i = 0; i < 100; ++i)
        ask_for(0);
    const base::JobId late = ask_for(1);
    TestHandler& handler = handle([](jobs::Run& run) -> Task<Outcome> {
        co_await run.sleep(milliseconds{1});
        co_return done();
    });
    start(handler);
    ASSERT_TRUE(becomes(late, "completed"));
    const auto found = std::ranges::find(handler.started, late, &Claim::id);
    EXPECT_LT(found - handler.started.begin(), 2);
    ASSERT_TRUE(all_finish());
    EXPECT_EQ(handler.started.size(), 101U);
    EXPECT_EQ(handler.most, 2);
}

TEST_F(RunnerTest, AFailureIsTriedAgainAndThenFinal) {
    TestHandler& handler = handle(
        [](jobs::Run&) -> Task<Outcome> { co_return Failed{.fault = {"BROKEN", "why"}, .retry = true}; });
    start(handler);
    const base::JobId id = ask_for();
    ASSERT_TRUE(becomes(id, "failed"));
    EXPECT_EQ(of(id, "attempt"), Strings{"2"});
    EXPECT_EQ(of(id, "error->>'code'"), Strings{"BROKEN"});
    EXPECT_EQ(handler.started.size(), 2U);
    EXPECT_TRUE(wait_until([&] { return handler.cleaned.contains(id.uuid); }));
}

TEST_F(RunnerTest, AnExceptionIsAFaultOfTheServer) {
    TestHandler& handler = handle([](jobs::Run&) -> Task<Outcome> {
        throw std::runtime_error("bug");
        co_return done();
    });
    start(handler);
    const base::JobId id = ask_for(0, 1);
    ASSERT_TRUE(becomes(id, "failed"));
    EXPECT_EQ(of(id, "error->>'code'"), Strings{"INTERNAL_ERROR"});
}

TEST_F(RunnerTest, APausedJobGoesOnAtItsCheckpointWhenItsTimeHasCome) {
    TestHandler& handler = handle([this](jobs::Run& run) -> Task<Outcome> {
        if (run.job().checkpoint) co_return done();
        postgres::Commands commands;
        run.checkpoint(commands, "{\"at\":7}", {.current = 7});
        EXPECT_TRUE(co_await pool_->run(std::move(commands)));
        co_return Paused{.reason = PauseReason::rate_limit, .resume_at = clock_.now() + milliseconds{300}};
    });
    start(handler);
    const base::JobId id = ask_for();
    ASSERT_TRUE(becomes(id, "completed"));
    EXPECT_EQ(handler.started.size(), 2U);
    EXPECT_EQ(of(id, "attempt"), Strings{"1"});
    EXPECT_EQ(of(id, "checkpoint->>'at'"), Strings{"7"});
}

TEST_F(RunnerTest, ACancelledJobEndsWhetherTheRunnerIsToldOrNot) {
    for (const bool told : {true, false}) {
        TestHandler& handler = handle(wait_for_stop);
        Runner& runner = start(handler, 2, told);
        Jobs jobs(*pool_, journal_, clock_);
        const base::JobId id = ask_for();
        ASSERT_TRUE(becomes(id, "running"));
        const auto asked = run(jobs.cancel({users_.front()}, id));
        ASSERT_TRUE(asked);
        EXPECT_TRUE(asked->cancel_requested);
        EXPECT_TRUE(becomes(id, "cancelled"));
        EXPECT_TRUE(wait_until([&] { return handler.cleaned.contains(id.uuid); }));
        run(runner.stop(milliseconds{2'000}));
    }
}

TEST_F(RunnerTest, APauseDoesNotOutliveACancellation) {
    bool may_end = false;
    TestHandler& handler = handle([&may_end](jobs::Run& run) -> Task<Outcome> {
        // Does not look at `stop`: the wish comes when the handler has decided.
        while (!may_end) {
            co_await run.sleep(milliseconds{5});
            if (run.stop() != Stop::none) break;
        }
        co_return Paused{.reason = PauseReason::needs_reauth, .resume_at = {}};
    });
    start(handler);
    const base::JobId id = ask_for();
    ASSERT_TRUE(becomes(id, "running"));
    ask("UPDATE jobs SET cancel_requested = true WHERE id = '" + base::to_string(id.uuid) +
        "'");  // nobody is told
    may_end = true;
    EXPECT_TRUE(becomes(id, "cancelled"));
}

TEST_F(RunnerTest, AStopHandsOverWithoutAnAttempt) {
    TestHandler& first = handle(wait_for_stop);
    Runner& runner = start(first);
    const base::JobId id = ask_for(0, 1);
    ASSERT_TRUE(becomes(id, "running"));
    run(runner.stop(milliseconds{5'000}));
    EXPECT_EQ(of(id, "state || attempt"), Strings{"queued1"});
    TestHandler& second = handle([](jobs::Run&) -> Task<Outcome> { co_return done(); });
    start(second);
    ASSERT_TRUE(becomes(id, "completed"));
    EXPECT_EQ(of(id, "attempt"), Strings{"1"});
}

TEST_F(RunnerTest, AJobThatIsLostAgainAndAgainFails) {
    TestHandler& handler = handle(wait_for_stop);
    start(handler);
    const base::JobId id = ask_for(0, 2);
    // Once in each attempt without a word.
    for (const std::size_t times : {1U, 2U, 3U, 4U}) {
        ASSERT_TRUE(eventually(
            [&] { return handler.started.size() == times && of(id, "state") == Strings{"running"}; }));
        EXPECT_EQ(handler.started.back().attempt, times <= 2 ? 1 : 2);
        lose();
        ASSERT_TRUE(eventually(
            [&] { return of(id, "state") != Strings{"running"} || handler.started.size() > times; }));
    }
    ASSERT_TRUE(becomes(id, "failed"));
    EXPECT_EQ(of(id, "error->>'code'"), Strings{"JOB_STALLED"});
}

TEST_F(RunnerTest, ARunThatIsLostTakesNothingFromTheNextOneInTheSameProcess) {
    bool go_on = false;
    TestHandler& handler = handle([&](jobs::Run& run) -> Task<Outcome> {
        if (run.job().checkpoint) co_return co_await wait_for_stop(run);
        postgres::Commands commands;
        run.checkpoint(commands, "{}", {});
        EXPECT_TRUE(co_await pool_->run(std::move(commands)));
        while (!go_on) {
            base::asio::steady_timer timer(io_, milliseconds{5});
            co_await timer.async_wait(base::asio::use_awaitable);
        }
        co_return Stopped{};
    });
    Runner& runner = start(handler);
    const base::JobId id = ask_for();
    ASSERT_TRUE(eventually([&] { return of(id, "checkpoint") == Strings{"{}"}; }));
    lose();
    ASSERT_TRUE(eventually([&] { return handler.started.size() == 2; }));
    EXPECT_EQ(runner.running(), 2U);
    go_on = true;
    ASSERT_TRUE(eventually([&] { return handler.busy == 1; }));
    EXPECT_EQ(runner.running(), 1U);
    Jobs jobs(*pool_, journal_, clock_);
    ASSERT_TRUE(run(jobs.cancel({users_.front()}, id)));
    EXPECT_TRUE(becomes(id, "cancelled"));
}

TEST_F(RunnerTest, WhoLostAJobChangesNothing) {
    bool go_on = false;
    bool was_refused = false;
    const auto finish = [](jobs::Run& run) {
        postgres::Commands effect;
        effect.push_back({test::kEffect, std::move(postgres::Params().uuid(run.job().id.uuid).int4(1)), {}});
        return done(std::move(effect));
    };
    TestHandler& slow = handle([&](jobs::Run& run) -> Task<Outcome> {
        while (!go_on) {
            base::asio::steady_timer timer(io_, milliseconds{5});
            co_await timer.async_wait(base::asio::use_awaitable);
        }
        postgres::Commands commands;
        commands.push_back(
            {test::kEffect, std::move(postgres::Params().uuid(run.job().id.uuid).int4(0)), {}});
        run.checkpoint(commands, "{}", {});
        was_refused = !co_await pool_->run(std::move(commands));
        co_return finish(run);
    });
    Runner& first = start(slow);
    const base::JobId id = ask_for();
    ASSERT_TRUE(becomes(id, "running"));
    TestHandler& quick = handle([&](jobs::Run& run) -> Task<Outcome> { co_return finish(run); });
    ask("UPDATE jobs SET place = 'there', claim_token = gen_random_uuid(), leased_until = '-infinity'");
    start(quick, 2, true, "there");
    ASSERT_TRUE(becomes(id, "completed"));
    go_on = true;
    ASSERT_TRUE(wait_until([&] { return first.running() == 0; }, kPatience));
    EXPECT_TRUE(was_refused);
    EXPECT_EQ(ask("SELECT string_agg(step::text, ',') FROM effects"), Strings{"1"});
    EXPECT_EQ(of(id, "state"), Strings{"completed"});
}

/// Three steps, each with its checkpoint in one transaction, then the end with a fourth.
TestHandler::Script in_steps(postgres::Pool& pool) {
    return [&pool](jobs::Run& run) -> Task<Outcome> {
        const auto effect = [&run](int step) {
            postgres::Commands commands;
            commands.push_back(
                {test::kEffect, std::move(postgres::Params().uuid(run.job().id.uuid).int4(step)), {}});
            return commands;
        };
        int step = 0;
        if (const auto& checkpoint = run.job().checkpoint)
            step = std::stoi(checkpoint->substr(checkpoint->find(':') + 1));
        while (step < 3) {
            if (run.stop() != Stop::none) co_return Stopped{};
            postgres::Commands commands = effect(step);
            ++step;
            run.checkpoint(commands, "{\"step\":" + std::to_string(step) + "}", {.current = step});
            if (!co_await pool.run(std::move(commands)))
                co_return Failed{.fault = {"SERVICE_UNAVAILABLE", "away"}, .retry = true};
            co_await run.sleep(milliseconds{5});
        }
        co_return done(effect(3));
    };
}

TEST_F(RunnerTest, LeasesThatEndAtRandomDoNothingTwice) {
    constexpr int kJobs = 200;
    for (int i = 0; i < kJobs; ++i)
        ask_for(i % 3, 1000);
    TestHandler& first = handle(in_steps(*pool_));
    TestHandler& second = handle(in_steps(*pool_));
    start(first, 8, true, "here");
    start(second, 8, true, "there");
    const bool finished = eventually(
        [] {
            lose("random() < 0.1");
            return unfinished() == Strings{"0"};
        },
        std::chrono::seconds{120});
    ASSERT_TRUE(finished);
    EXPECT_EQ(ask("SELECT count(*) FROM jobs WHERE state = 'completed'"), Strings{std::to_string(kJobs)});
    EXPECT_EQ(ask("SELECT count(*) FROM effects"), Strings{std::to_string(4 * kJobs)});
    EXPECT_EQ(ask("SELECT count(DISTINCT (job, step)) FROM effects"), Strings{std::to_string(4 * kJobs)});
    EXPECT_GT(first.started.size(), 0U);
    EXPECT_GT(second.started.size(), 0U);
    EXPECT_GT(first.started.size() + second.started.size(), static_cast<std::size_t>(kJobs))
        << "none was lost";
}

TEST_F(RunnerTest, ARestartOfTheDatabaseLosesAndRepeatsNothing) {
    constexpr int kJobs = 60;
    for (int i = 0; i < kJobs; ++i)
        ask_for(i % 3, 100);
    TestHandler& handler = handle(in_steps(*pool_));
    start(handler, 4);
    ASSERT_TRUE(
        wait_until([] { return std::stoi(ask("SELECT count(*) FROM effects").front()) >= 20; }, kPatience));
    stop_server();
    eventually([] { return false; }, milliseconds{300});  // everything meets its absence
    start_server();
    ASSERT_TRUE(all_finish());
    EXPECT_EQ(ask("SELECT count(*) FROM jobs WHERE state = 'completed'"), Strings{std::to_string(kJobs)});
    EXPECT_EQ(ask("SELECT count(*) FROM effects"), Strings{std::to_string(4 * kJobs)});
    EXPECT_EQ(ask("SELECT count(DISTINCT (job, step)) FROM effects"), Strings{std::to_string(4 * kJobs)});
}

TEST_F(RunnerTest, OldJobsGoAndWhatIsLeftBehindIsCleanedUp) {
    const base::JobId old = ask_for();
    const base::JobId recent = ask_for();
    ask("UPDATE jobs SET state = 'cancelled', finished_at = now() - interval '91 days', is_clean = true WHERE id = '" +
        base::to_string(old.uuid) + "'");
    ask("UPDATE jobs SET state = 'cancelled', finished_at = now() - interval '89 days' WHERE id = '" +
        base::to_string(recent.uuid) + "'");
    TestHandler& handler = handle([](jobs::Run&) -> Task<Outcome> { co_return done(); });
    start(handler);
    EXPECT_TRUE(wait_until([&] { return of(old, "id").empty() && of(recent, "is_clean") == Strings{"t"}; },
                           kPatience));
    EXPECT_TRUE(handler.cleaned.contains(recent.uuid));
    EXPECT_TRUE(handler.started.empty());
}

TEST_F(RunnerTest, AScheduledTaskIsDoneByOneAtATime) {
    int inside = 0;
    int most = 0;
    std::array<int, 2> times{};
    std::array<std::unique_ptr<Schedule>, 2> schedules;
    for (std::size_t i = 0; i < schedules.size(); ++i) {
        schedules.at(i) = std::make_unique<Schedule>(io_, *pool_, clock_);
        schedules.at(i)->add("test.task", milliseconds{1}, [&, i]() -> Task<void> {
            most = std::max(most, ++inside);
            base::asio::steady_timer timer(io_, milliseconds{5});
            co_await timer.async_wait(base::asio::use_awaitable);
            --inside;
            ++times.at(i);
        });
        schedules.at(i)->start();
    }
    EXPECT_TRUE(wait_until([&] { return times[0] + times[1] >= 20; }, kPatience));
    EXPECT_EQ(most, 1);
    for (auto& schedule : schedules)
        schedule->stop();
    EXPECT_TRUE(wait_until([&] { return inside == 0; }));
    stop(*pool_);  // their loops end before they do
    pool_ = make_pool({.max = 1});
}

// Up to here are scripts of handlers, see the begin of this file.
// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)

}  // namespace
}  // namespace jobs
