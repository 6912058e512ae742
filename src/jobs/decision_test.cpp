#include "jobs/decision.hpp"

#include <gtest/gtest.h>

namespace jobs {
namespace {

using std::chrono::milliseconds;

const Outcome kCompleted = Completed{.result = "{}", .progress = {}};
const Outcome kForGood = Failed{.fault = {"CODE", "why"}, .retry = false};
const Outcome kForNow = Failed{.fault = {"CODE", "why"}, .retry = true};
const Outcome kPaused = Paused{.reason = PauseReason::budget, .resume_at = {}};
const Outcome kStopped = Stopped{};

TEST(EndOf, WhatWasDoneIsDoneWhateverElseWasAsked) {
    for (const Stop stop : {Stop::none, Stop::cancelled, Stop::shutting_down})
        EXPECT_EQ(end_of(kCompleted, stop, 1, 1), End::complete);
}

TEST(EndOf, ALostClaimChangesNothing) {
    for (const Outcome* outcome : {&kCompleted, &kForGood, &kForNow, &kPaused, &kStopped})
        EXPECT_EQ(end_of(*outcome, Stop::lost, 1, 3), End::none);
}

TEST(EndOf, AFailureIsTriedAgainWhileThereAreAttempts) {
    EXPECT_EQ(end_of(kForNow, Stop::none, 1, 3), End::retry);
    EXPECT_EQ(end_of(kForNow, Stop::none, 2, 3), End::retry);
    EXPECT_EQ(end_of(kForNow, Stop::none, 3, 3), End::fail);
    EXPECT_EQ(end_of(kForNow, Stop::shutting_down, 1, 3), End::retry);
    EXPECT_EQ(end_of(kForGood, Stop::none, 1, 3), End::fail);
    EXPECT_EQ(end_of(kForNow, Stop::cancelled, 1, 3), End::cancel);
}

TEST(EndOf, APauseStaysOneUnlessItIsCancelled) {
    EXPECT_EQ(end_of(kPaused, Stop::none, 3, 3), End::pause);
    EXPECT_EQ(end_of(kPaused, Stop::shutting_down, 1, 3), End::pause);
    EXPECT_EQ(end_of(kPaused, Stop::cancelled, 1, 3), End::cancel);
}

TEST(EndOf, AStopIsNoAttempt) {
    EXPECT_EQ(end_of(kStopped, Stop::shutting_down, 3, 3), End::release);
    EXPECT_EQ(end_of(kStopped, Stop::cancelled, 1, 3), End::cancel);
    // Without a reason the handler is at fault.
    EXPECT_EQ(end_of(kStopped, Stop::none, 1, 3), End::retry);
    EXPECT_EQ(end_of(kStopped, Stop::none, 3, 3), End::fail);
}

TEST(Backoff, GrowsToThirtySecondsAndJittersFully) {
    EXPECT_EQ(backoff(Type::sync, 1, 1.0), milliseconds{2'000});
    EXPECT_EQ(backoff(Type::importing, 1, 1.0), milliseconds{1'000});
    EXPECT_EQ(backoff(Type::exporting, 3, 1.0), milliseconds{4'000});
    EXPECT_EQ(backoff(Type::ai_suggest, 2, 0.5), milliseconds{2'000});
    for (int attempt = 1; attempt < 100; ++attempt) {
        EXPECT_EQ(backoff(Type::sync, attempt, 0.0), milliseconds{0});
        EXPECT_LE(backoff(Type::sync, attempt, 1.0), milliseconds{30'000});
        EXPECT_GE(backoff(Type::sync, attempt + 1, 1.0), backoff(Type::sync, attempt, 1.0));
    }
    EXPECT_EQ(backoff(Type::sync, 99, 1.0), milliseconds{30'000});
}

}  // namespace
}  // namespace jobs
