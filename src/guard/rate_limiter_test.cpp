#include "guard/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace guard {
namespace {

using namespace std::chrono_literals;

constexpr base::Time at(std::chrono::microseconds since_epoch) {
    return base::Time(since_epoch);
}

TEST(RateLimiter, CountsPerKeyUpToTheLimit) {
    RateLimiter limiter({.max = 3, .window = 900s});
    const auto now = at(1000s);
    for (const std::int64_t left : {2, 1, 0}) {
        const auto verdict = limiter.take("a", now);
        EXPECT_TRUE(verdict.is_allowed);
        EXPECT_EQ(verdict.remaining, left);
    }
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(limiter.take("a", now).is_allowed);
    EXPECT_TRUE(limiter.take("b", now).is_allowed);
}

TEST(RateLimiter, WindowsAreAlignedToTheEpoch) {
    RateLimiter limiter({.max = 1, .window = 900s});
    const auto first = limiter.take("a", at(1799s));
    EXPECT_EQ(first.reset, at(1800s));
    EXPECT_EQ(first.window, 1);
    EXPECT_FALSE(limiter.take("a", at(1799999999us)).is_allowed);
    const auto next = limiter.take("a", at(1800s));
    EXPECT_TRUE(next.is_allowed);
    EXPECT_EQ(next.reset, at(2700s));
    EXPECT_FALSE(limiter.take("a", at(1799s)).is_allowed)
        << "a clock that was read a moment ago opens no window";
    EXPECT_TRUE(limiter.take("a", at(10s)).is_allowed) << "a clock that was set back does";
}

TEST(RateLimiter, ZeroIsOff) {
    RateLimiter limiter({.max = 0});
    EXPECT_FALSE(limiter.is_on());
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(limiter.take("a", at(0s)).is_allowed);
    EXPECT_EQ(limiter.keys(), 0U);
}

TEST(RateLimiter, WhatIsHeldCountsOnlyWhenItIsSettledSo) {
    RateLimiter limiter({.max = 2, .window = 10s});
    const auto now = at(100s);
    const auto first = limiter.hold("a", now);
    const auto second = limiter.hold("a", now);
    ASSERT_TRUE(first.is_allowed && second.is_allowed);
    EXPECT_FALSE(limiter.hold("a", now).is_allowed) << "no more at a time than may fail";
    limiter.settle("a", first.window, false, now);
    limiter.settle("a", second.window, true, now);
    const auto third = limiter.hold("a", now);
    EXPECT_TRUE(third.is_allowed);
    limiter.settle("a", third.window, true, at(111s));
    EXPECT_EQ(limiter.hold("a", at(112s)).remaining, 0) << "it counts where it is known";
}

TEST(RateLimiter, TheNumberOfKeysIsBoundedAndFloodsFreeNobody) {
    RateLimiter limiter({.max = 5, .window = 900s, .keys_max = 1600});
    const auto now = at(0s);
    for (int i = 0; i < 5; ++i)
        static_cast<void>(limiter.take("busy", now));
    for (int i = 0; i < 100'000; ++i)
        static_cast<void>(limiter.take("new" + std::to_string(i), now));
    EXPECT_LE(limiter.keys(), 1600U);
    EXPECT_FALSE(limiter.take("busy", now).is_allowed);
}

TEST(RateLimiter, ProcessesShareASum) {
    RateLimiter here({.max = 10, .window = 900s});
    RateLimiter there({.max = 10, .window = 900s});
    const auto now = at(0s);
    std::int64_t store = 0;
    const auto exchange = [&](RateLimiter& limiter) {
        for (const auto& share : limiter.collect(100, now))
            limiter.learn(share, store += share.count, now);
    };
    for (int i = 0; i < 4; ++i)
        static_cast<void>(here.take("a", now));
    exchange(here);
    for (int i = 0; i < 3; ++i)
        static_cast<void>(there.take("a", now));
    exchange(there);
    EXPECT_EQ(store, 7);
    EXPECT_EQ(there.take("a", now).remaining, 2) << "3 here, 4 there, this one";
    EXPECT_EQ(here.take("a", now).remaining, 5) << "not told yet";
    exchange(there);
    exchange(here);
    EXPECT_EQ(here.take("a", now).remaining, 0);
    EXPECT_FALSE(here.take("a", now).is_allowed);
    EXPECT_TRUE(here.collect(100, now).size() == 1 && here.collect(100, now).empty());
}

TEST(RateLimiter, AStoreThatForgetsTakesNothingBack) {
    RateLimiter limiter({.max = 10, .window = 900s});
    const auto now = at(0s);
    static_cast<void>(limiter.take("a", now));
    limiter.learn(limiter.collect(1, now).front(), 6, now);
    static_cast<void>(limiter.take("a", now));
    limiter.learn(limiter.collect(1, now).front(), 1, now);
    EXPECT_EQ(limiter.take("a", now).remaining, 2) << "3 here, 5 elsewhere";
    const RateLimiter::Share old{"a", -1, 1};
    limiter.learn(old, 1000, now);
    EXPECT_TRUE(limiter.take("a", now).is_allowed) << "of another window";
}

TEST(RateLimiter, ThreadsTogetherGetNoMoreThanTheLimit) {
    RateLimiter limiter({.max = 1000, .window = 900s});
    std::atomic<int> allowed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j)
                allowed += limiter.take("a", at(0s)).is_allowed ? 1 : 0;
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(allowed, 1000);
}

}  // namespace
}  // namespace guard
