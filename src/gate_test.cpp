#include "gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

namespace app {
namespace {

using namespace std::chrono_literals;
namespace asio = base::asio;

/// A visitor keeps its place until told to go.
struct Visitor {
    explicit Visitor(asio::io_context& io) : timer(io) { timer.expires_at(base::SteadyTime::max()); }
    asio::steady_timer timer;
    std::optional<bool> let_in = {};
    bool is_gone = false;
};

base::Task<void> visit(Gate& gate, Visitor& visitor) {
    auto pass = co_await gate.enter(0);
    visitor.let_in = pass.has_value();
    if (pass) co_await visitor.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    visitor.is_gone = true;
}

class Gates : public testing::Test {
protected:
    Visitor& arrive() {
        Visitor& visitor = visitors_.emplace_back(io_);
        asio::co_spawn(io_, visit(gate_, visitor), asio::detached);
        io_.poll();
        return visitor;
    }
    void go(Visitor& visitor) {
        visitor.timer.cancel();
        io_.poll();
    }
    /// Until the gate has looked at its queue once more.
    void pass_time(std::chrono::milliseconds time) {
        clock_.advance(time);
        io_.restart();
        io_.run_one();
        io_.poll();
    }

    base::ManualClock clock_{base::Time{}};
    asio::io_context io_;
    std::list<Visitor> visitors_;
    Gate gate_{io_,
               {.limit = {.min = 2, .max = 2, .initial = 2},
                .queue = {.max = 2, .interval = 100ms, .target = 5ms, .tolerated = 1, .longest = 1s}},
               1,
               clock_};
};

TEST_F(Gates, LetsInUpToTheLimitThenQueuesThenRefuses) {
    Visitor& first = arrive();
    Visitor& second = arrive();
    EXPECT_TRUE(first.let_in.value_or(false) && second.let_in.value_or(false));
    EXPECT_FALSE(gate_.is_full());
    Visitor& third = arrive();
    Visitor& fourth = arrive();
    EXPECT_FALSE(third.let_in || fourth.let_in);
    EXPECT_TRUE(gate_.is_full());
    EXPECT_EQ(arrive().let_in, false) << "at once";
    go(first);
    EXPECT_EQ(third.let_in, true) << "who came first";
    EXPECT_FALSE(fourth.let_in);
    EXPECT_EQ(gate_.in_progress(), 2U);
    for (Visitor* visitor : {&second, &third, &fourth})
        go(*visitor);
    EXPECT_EQ(fourth.let_in, true);
    EXPECT_TRUE(fourth.is_gone);
    EXPECT_EQ(gate_.in_progress(), 0U);
    EXPECT_EQ(gate_.waiting(), 0U);
}

TEST_F(Gates, WhoHasWaitedTooLongIsRefusedThoughNobodyLeaves) {
    Visitor& first = arrive();
    Visitor& second = arrive();
    Visitor& third = arrive();
    Visitor& fourth = arrive();
    pass_time(101ms);
    EXPECT_EQ(third.let_in, false) << "two are a standing queue";
    EXPECT_FALSE(fourth.let_in) << "one is tolerated";
    pass_time(1s);
    EXPECT_EQ(fourth.let_in, false);
    go(first);
    go(second);
    EXPECT_EQ(gate_.in_progress(), 0U);
}

TEST_F(Gates, StopRefusesAllWhoWaitAndCome) {
    Visitor& first = arrive();
    Visitor& second = arrive();
    Visitor& third = arrive();
    gate_.stop();
    io_.poll();
    EXPECT_EQ(third.let_in, false);
    EXPECT_EQ(arrive().let_in, false);
    go(first);
    go(second);
    EXPECT_EQ(gate_.in_progress(), 0U);
}

TEST(Gate, MayEndBeforeThoseWhoWait) {
    base::ManualClock clock{base::Time{}};
    asio::io_context io;
    std::list<Visitor> visitors;
    auto gate =
        std::make_unique<Gate>(io, GateOptions{.limit = {.min = 1, .max = 1, .initial = 1}}, 1, clock);
    for (int i = 0; i < 3; ++i) {
        asio::co_spawn(io, visit(*gate, visitors.emplace_back(io)), asio::detached);
        io.poll();
    }
    gate.reset();
    // What is left of the three goes with the context.
}

}  // namespace
}  // namespace app
