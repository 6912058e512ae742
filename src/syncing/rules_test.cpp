#include "syncing/rules.hpp"

#include <gtest/gtest.h>

#include "syncing/checkpoint.hpp"

namespace syncing {
namespace {

base::Time at(const char* iso) {
    return *base::parse_iso(iso);
}

TEST(Budget, NothingIsAskedThatMayCostTooMuch) {
    const base::Time now = at("2026-12-31T23:00:00Z");
    const Caps caps{.daily = kDollar, .monthly = 5 * kDollar};
    EXPECT_FALSE(wait_for_budget(caps, {.today = 0, .month = 0}, kDollar, now));
    EXPECT_EQ(wait_for_budget(caps, {.today = 1, .month = 1}, kDollar, now), at("2027-01-01T00:00:00Z"));
    EXPECT_EQ(wait_for_budget(caps, {.today = 0, .month = 5 * kDollar}, 1, at("2026-11-26T10:00:00Z")),
              at("2026-12-01T00:00:00Z"));
    EXPECT_TRUE(wait_for_budget({.daily = 0, .monthly = {}}, {}, 1, now)) << "a cap of 0 allows no request";
    EXPECT_FALSE(wait_for_budget({}, {.today = 99 * kDollar, .month = 99 * kDollar}, kDollar, now));
}

TEST(Budget, TheLowerCapCounts) {
    const Caps both = lower_of({.daily = 3, .monthly = {}}, {.daily = 5, .monthly = 7});
    EXPECT_EQ(both.daily, 3);
    EXPECT_EQ(both.monthly, 7);
}

TEST(PageSize, GrowsFromTwentyToAHundred) {
    EXPECT_EQ(page_size(false, 0), 20);
    EXPECT_EQ(page_size(false, 1), 40);
    EXPECT_EQ(page_size(false, 2), 80);
    for (const std::int64_t number : {3, 4, 70, 1'000'000})
        EXPECT_EQ(page_size(false, number), 100);
    EXPECT_EQ(page_size(true, 0), 100);
}

TEST(MayStop, OnlyBehindAPageThatIsKnownInOrderAndWhole) {
    const std::vector<Known> whole{{"3", 30}, {"2", 20}, {"1", 10}};
    EXPECT_TRUE(may_stop(whole, 3));
    EXPECT_FALSE(may_stop(whole, 4)) << "one that was between them is gone";
    EXPECT_FALSE(may_stop({}, 0));
    const std::vector<Known> fresh{{"4", {}}, {"3", 30}};
    EXPECT_FALSE(may_stop(fresh, 1));
    const std::vector<Known> moved{{"1", 10}, {"3", 30}, {"2", 20}};
    EXPECT_FALSE(may_stop(moved, 3)) << "one was bookmarked again";
}

TEST(Pacing, IsSlowerWhenFewCallsAreLeft) {
    EXPECT_EQ(pause_after({}), std::chrono::milliseconds{800});
    EXPECT_EQ(pause_after({.limit = 180, .remaining = 10, .reset = {}}), std::chrono::milliseconds{800});
    EXPECT_EQ(pause_after({.limit = 180, .remaining = 9, .reset = {}}), std::chrono::milliseconds{2'000});
}

TEST(Limits, WithoutATimeTheWaitDoublesUpToAQuarterOfAnHour) {
    EXPECT_EQ(wait_after_limit(0), std::chrono::seconds{60});
    EXPECT_EQ(wait_after_limit(1), std::chrono::seconds{120});
    EXPECT_EQ(wait_after_limit(4), std::chrono::seconds{900});
    EXPECT_EQ(wait_after_limit(50), std::chrono::seconds{900});
}

TEST(Refresh, TakesWhatXSaysAndLeavesWhatTheUserSays) {
    bookmarks::Draft known;
    known.content = "a long text that was imported";
    known.tags = {"mine"};
    known.note = "note";
    known.is_archived = true;
    known.source = "import:dewey";
    known.bookmarked_at = at("2024-01-02T03:04:05Z");
    bookmarks::Draft fresh;
    fresh.content = "short";
    fresh.author_username = "hana";
    fresh.author_display_name = "Hana";
    fresh.source = "x-api";
    EXPECT_TRUE(refresh(known, fresh));
    EXPECT_EQ(known.content, "a long text that was imported");
    EXPECT_EQ(known.author_username, "hana");
    EXPECT_EQ(known.tags, std::vector<std::string>{"mine"});
    EXPECT_EQ(known.source, "import:dewey");
    EXPECT_EQ(known.bookmarked_at, at("2024-01-02T03:04:05Z"));
    EXPECT_FALSE(refresh(known, fresh)) << "the second time nothing is new";
}

TEST(Checkpoint, ComesBackAsItWas) {
    const Checkpoint checkpoint{.cursor = "after-\"1\"",
                                .pages = 3,
                                .fetched = 300,
                                .added = 250,
                                .updated = 20,
                                .unchanged = 30,
                                .unbookmarked = 4,
                                .requests = 5,
                                .lowest_known = -7,
                                .is_complete = true,
                                .restarted = true,
                                .switched = true,
                                .known_pages = 1,
                                .limited = 2,
                                .unavailable = 6,
                                .errors = {"X did not answer."}};
    EXPECT_EQ(write_checkpoint(read_checkpoint(write_checkpoint(checkpoint))), write_checkpoint(checkpoint));
    for (const char* damaged : {"", "[]", "{\"cursor\":7,\"pages\":\"x\",\"errors\":[1]}"})
        EXPECT_EQ(write_checkpoint(read_checkpoint(damaged)), write_checkpoint({}));
}

}  // namespace
}  // namespace syncing
