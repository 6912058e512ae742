#include "changes/position.hpp"

#include <gtest/gtest.h>

namespace changes {
namespace {

using namespace std::chrono_literals;

const base::Time kNow = *base::parse_iso("2026-03-04T23:59:00Z");
constexpr std::int64_t kExact = std::int64_t{1} << 53U;

TEST(Position, IsOneNumber) {
    EXPECT_EQ(read_position(17, kNow), (Position{.version = 17, .walks_since = {}}));
    EXPECT_EQ(write_position({.version = 17, .walks_since = {}}), 17);
    const Position begun = read_position(0, kNow);
    EXPECT_EQ(begun, (Position{.version = 0, .walks_since = day_of(kNow)}));
    const Position later{.version = 12'345, .walks_since = begun.walks_since};
    EXPECT_EQ(read_position(write_position(later), kNow + 240h), later);
    EXPECT_GT(write_position(later), kVersionEnd);
    EXPECT_LT(
        write_position({.version = kVersionEnd - 1, .walks_since = day_of(*base::parse_iso("2068-12-31"))}),
        kExact);
}

TEST(Position, ExpiresWithTheTombstones) {
    const Bounds bounds{.oldest_version = 100, .library_version = 200, .retention_days = 90};
    const auto expired = [&](std::int64_t since) {
        return has_expired(read_position(since, kNow), bounds, kNow);
    };
    EXPECT_FALSE(expired(0));
    EXPECT_TRUE(expired(1));
    EXPECT_TRUE(expired(99));
    EXPECT_FALSE(expired(100));
    EXPECT_FALSE(expired(200));
    EXPECT_TRUE(expired(201));
    EXPECT_TRUE(expired(kExact));
    EXPECT_TRUE(expired(INT64_MAX));
}

TEST(Position, AWalkGoesOnForAsLongAsWhatWasDeletedMeanwhileIsKnown) {
    const Bounds bounds{.oldest_version = 100, .library_version = 200, .retention_days = 2};
    const Position walk{.version = 50, .walks_since = day_of(kNow)};
    EXPECT_FALSE(has_expired(walk, bounds, kNow));
    EXPECT_FALSE(has_expired(walk, bounds, kNow + 24h));
    EXPECT_TRUE(has_expired(walk, bounds, kNow + 48h));
    EXPECT_TRUE(has_expired(walk, bounds, kNow - 24h));
    EXPECT_TRUE(has_expired({.version = 201, .walks_since = day_of(kNow)}, bounds, kNow));
    // The day of the beginning counts whole: what is deleted at its end goes two days later.
    const Bounds shortest{.oldest_version = 100, .library_version = 200, .retention_days = 1};
    EXPECT_FALSE(has_expired(walk, shortest, kNow));
    EXPECT_TRUE(has_expired(walk, shortest, kNow + 2min));
}

}  // namespace
}  // namespace changes
