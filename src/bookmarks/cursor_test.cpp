#include "bookmarks/cursor.hpp"

#include <gtest/gtest.h>

namespace bookmarks {
namespace {

Cursor sample() {
    Cursor cursor;
    cursor.rows_before = 40;
    cursor.tenths = 12;
    cursor.bookmarked_at = base::Time{std::chrono::microseconds{-5}};
    cursor.sync_order = -7;
    cursor.id = *base::parse_uuid("0190a6d2-93c4-7def-8123-456789abcdef");
    cursor.author = "田中";
    return cursor;
}

TEST(Cursor, RoundTrip) {
    EXPECT_EQ(read_cursor(write_cursor(sample(), "user|filter"), "user|filter"), sample());
}

TEST(Cursor, BoundToItsList) {
    EXPECT_EQ(read_cursor(write_cursor(sample(), "user|a"), "user|b"), std::nullopt);
}

TEST(Cursor, DamageIsSeen) {
    const std::string good = write_cursor(sample(), "x");
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(read_cursor(bad, "x"), std::nullopt) << i;
    }
    for (const char* junk : {"", "a", "====", "!!!!", "AAAA"})
        EXPECT_EQ(read_cursor(junk, "x"), std::nullopt);
    EXPECT_EQ(read_cursor(good.substr(0, 80), "x"), std::nullopt);
    EXPECT_EQ(read_cursor(std::string(100'000, 'A'), "x"), std::nullopt);
}

TEST(Cursor, ForgedValuesThatNoRowHas) {
    Cursor cursor = sample();
    cursor.author = "\xff";
    EXPECT_EQ(read_cursor(write_cursor(cursor, "x"), "x"), std::nullopt);
    cursor.author = std::string(1, '\0');
    EXPECT_EQ(read_cursor(write_cursor(cursor, "x"), "x"), std::nullopt);
    cursor = sample();
    cursor.bookmarked_at = base::Time{std::chrono::microseconds{INT64_MIN}};
    EXPECT_EQ(read_cursor(write_cursor(cursor, "x"), "x"), std::nullopt);
    cursor = sample();
    cursor.rows_before = -1;
    EXPECT_EQ(read_cursor(write_cursor(cursor, "x"), "x"), std::nullopt);
}

TEST(Cursor, LongestFoldedName) {
    Cursor cursor = sample();
    cursor.author = std::string(8500, 'a');
    EXPECT_EQ(read_cursor(write_cursor(cursor, "x"), "x"), cursor);
}

}  // namespace
}  // namespace bookmarks
