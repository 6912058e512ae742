// Walks the transition table of circuit_breaker.hpp line by line.
#include "guard/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace guard {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

class Breaker : public testing::Test {
protected:
    void fail_times(int times) {
        for (int i = 0; i < times; ++i) {
            const auto pass = breaker_.try_pass(now_);
            ASSERT_TRUE(pass);
            breaker_.fail(*pass, now_);
        }
    }
    CircuitBreaker::Pass pass() {
        const auto pass = breaker_.try_pass(now_);
        EXPECT_TRUE(pass);
        return pass.value_or(CircuitBreaker::Pass{});
    }
    void to_half_open() {
        fail_times(3);
        now_ += 10s;
    }

    CircuitBreaker breaker_{{.failures = 3, .successes = 2, .open_time = 10s}};
    base::SteadyTime now_{};
};

TEST_F(Breaker, StaysClosedBelowTheNumberOfFailuresInARow) {
    fail_times(2);
    breaker_.succeed(pass());
    fail_times(2);
    EXPECT_EQ(breaker_.state(), State::closed);
    EXPECT_EQ(breaker_.retry_after(now_), 0s);
}

TEST_F(Breaker, OpensAndRefusesUntilItsTime) {
    fail_times(3);
    EXPECT_EQ(breaker_.state(), State::open);
    EXPECT_EQ(breaker_.retry_after(now_), 10s);
    now_ += 10s - 1ns;
    EXPECT_FALSE(breaker_.try_pass(now_));
    now_ += 1ns;
    EXPECT_EQ(breaker_.retry_after(now_), 0s);
    EXPECT_TRUE(breaker_.try_pass(now_));
    EXPECT_EQ(breaker_.state(), State::half_open);
}

TEST_F(Breaker, LetsOneProbeOutAtATimeAndClosesAfterEnoughOfThem) {
    to_half_open();
    const auto first = pass();
    EXPECT_FALSE(breaker_.try_pass(now_));
    breaker_.succeed(first);
    EXPECT_EQ(breaker_.state(), State::half_open);
    breaker_.succeed(pass());
    EXPECT_EQ(breaker_.state(), State::closed);
    fail_times(2);
    EXPECT_EQ(breaker_.state(), State::closed) << "failures from before do not count";
}

TEST_F(Breaker, OpensAgainWhenAProbeFails) {
    to_half_open();
    breaker_.succeed(pass());
    breaker_.fail(pass(), now_);
    EXPECT_EQ(breaker_.state(), State::open);
    EXPECT_EQ(breaker_.retry_after(now_), 10s);
    now_ += 10s;
    breaker_.succeed(pass());
    EXPECT_EQ(breaker_.state(), State::half_open) << "successes of the round before do not count";
}

TEST_F(Breaker, AProbeThatIsAbandonedOrLostMakesRoomForAnother) {
    to_half_open();
    breaker_.abandon(pass());
    const auto lost = pass();
    EXPECT_FALSE(breaker_.try_pass(now_));
    now_ += 10s;
    const auto second = pass();
    breaker_.fail(lost, now_);
    EXPECT_EQ(breaker_.state(), State::half_open) << "too late to count";
    breaker_.succeed(second);
    breaker_.succeed(pass());
    EXPECT_EQ(breaker_.state(), State::closed);
}

TEST_F(Breaker, OutcomesOfAnEarlierStateChangeNothing) {
    const auto early = pass();
    fail_times(3);
    breaker_.succeed(early);
    EXPECT_EQ(breaker_.state(), State::open);
    now_ += 10s;
    const auto probe = pass();
    breaker_.fail(early, now_);
    breaker_.abandon(early);
    EXPECT_EQ(breaker_.state(), State::half_open);
    EXPECT_FALSE(breaker_.try_pass(now_));
    breaker_.succeed(probe);
    breaker_.succeed(pass());
    breaker_.fail(probe, now_);
    EXPECT_EQ(breaker_.state(), State::closed);
}

}  // namespace
}  // namespace guard
