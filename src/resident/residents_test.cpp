#include "resident/residents.hpp"

#include <gtest/gtest.h>

#include "base/id.hpp"

namespace resident {
namespace {

using namespace std::chrono_literals;

base::UserId user(std::uint8_t number) {
    base::UserId id;
    id.uuid.bytes[15] = number;
    return id;
}

LibraryPointer library(std::int64_t version, std::size_t text_bytes) {
    const auto vocabulary = std::make_shared<Vocabulary>();
    SegmentBuilder builder(*vocabulary);
    const std::string content(text_bytes, 'x');
    Document document;
    document.content = content;
    builder.add(document);
    return make_library(vocabulary, builder.finish(), {.library_version = version, .all = {}});
}

TEST(Residents, OneLoadAtATimeForEachUser) {
    Residents residents({.budget_bytes = 1 << 20, .loads_max = 2});
    const base::SteadyTime now{};
    EXPECT_TRUE(residents.begin_load(user(1), now));
    EXPECT_FALSE(residents.begin_load(user(1), now));
    EXPECT_TRUE(residents.begin_load(user(2), now));
    EXPECT_FALSE(residents.begin_load(user(3), now)) << "two are under way";
    EXPECT_EQ(residents.find(user(1)), nullptr);
    residents.end_load(user(1), library(5, 100));
    ASSERT_NE(residents.find(user(1)), nullptr);
    EXPECT_EQ(residents.find(user(1))->version, 5);
    EXPECT_FALSE(residents.begin_load(user(1), now)) << "it is there";
    EXPECT_TRUE(residents.begin_load(user(3), now));
    EXPECT_EQ(residents.counters().users, 1U);
    EXPECT_EQ(residents.counters().loads, 1U);
}

TEST(Residents, WhoFailedWaits) {
    Residents residents({.budget_bytes = 1 << 20, .pause_after_error = 10ms, .pause_too_large = 1000ms});
    const base::SteadyTime now{};
    ASSERT_TRUE(residents.begin_load(user(1), now));
    residents.end_load(user(1), Residents::Failure::too_large, now);
    EXPECT_FALSE(residents.begin_load(user(1), now + 999ms));
    EXPECT_TRUE(residents.begin_load(user(1), now + 1000ms));
    EXPECT_EQ(residents.counters().refusals, 1U);
    residents.end_load(user(1), Residents::Failure::error, now);
    EXPECT_TRUE(residents.begin_load(user(1), now + 10ms));
    EXPECT_EQ(residents.counters().failures, 1U);
}

TEST(Residents, LeastRecentlyUsedGoes) {
    const std::size_t each = library(1, 100'000)->bytes();
    Residents residents({.budget_bytes = 2 * each + each / 2});
    const base::SteadyTime now{};
    for (const std::uint8_t number : {1, 2, 3}) {
        ASSERT_TRUE(residents.begin_load(user(number), now));
        residents.end_load(user(number), library(1, 100'000));
        if (number == 2) EXPECT_NE(residents.find(user(1)), nullptr);  // used after 2
    }
    EXPECT_NE(residents.find(user(1)), nullptr);
    EXPECT_EQ(residents.find(user(2)), nullptr);
    EXPECT_NE(residents.find(user(3)), nullptr);
    EXPECT_EQ(residents.counters().evictions, 1U);
    EXPECT_EQ(residents.counters().users, 2U);
    EXPECT_EQ(residents.counters().bytes, 2 * each);
    residents.drop(user(1));
    residents.drop(user(1));
    EXPECT_EQ(residents.counters().bytes, each);
    EXPECT_EQ(residents.counters().users, 1U);
}

TEST(Residents, OnlyNewerOnesReplace) {
    Residents residents({.budget_bytes = 1 << 20});
    residents.update(user(1), library(3, 10));
    EXPECT_EQ(residents.find(user(1)), nullptr) << "it was dropped meanwhile";
    ASSERT_TRUE(residents.begin_load(user(1), {}));
    residents.end_load(user(1), library(5, 10));
    residents.update(user(1), library(4, 10));
    EXPECT_EQ(residents.find(user(1))->version, 5);
    residents.update(user(1), library(6, 10));
    EXPECT_EQ(residents.find(user(1))->version, 6);
    residents.update(user(1), library(7, 2 << 20));
    EXPECT_EQ(residents.find(user(1)), nullptr) << "larger than all that may be kept";
    EXPECT_EQ(residents.counters().bytes, 0U);
}

TEST(Residents, NothingWithoutBudget) {
    Residents residents({});
    EXPECT_FALSE(residents.enabled());
    EXPECT_FALSE(residents.begin_load(user(1), {}));
}

TEST(Names, AreNumberedOnce) {
    Names names;
    EXPECT_FALSE(names.find("a"));
    for (std::uint32_t i = 0; i < 1000; ++i)
        EXPECT_EQ(names.add("name " + std::to_string(i)), i);
    EXPECT_EQ(names.add(""), 1000U);
    const Names copy = names;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(names.add("name " + std::to_string(i)), i);
        EXPECT_EQ(copy.find("name " + std::to_string(i)), i);
    }
    EXPECT_EQ(copy[7], "name 7");
    EXPECT_EQ(copy[1000], "");
    EXPECT_FALSE(copy.find("name"));
}

}  // namespace
}  // namespace resident
