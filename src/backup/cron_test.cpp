#include "backup/cron.hpp"

#include <gtest/gtest.h>

namespace backup {
namespace {

/// The next `count` times behind `after`, as UTC.
std::vector<std::string> times(std::string_view cron, std::string_view after, std::string_view zone,
                               int count) {
    std::vector<std::string> out;
    const auto parsed = Cron::parse(cron);
    const auto where = Zone::find(zone);
    if (!parsed || !where) return {"not understood"};
    auto time = base::parse_iso(after);
    for (int i = 0; i < count && time; ++i) {
        time = parsed->next(*time, *where);
        out.push_back(time ? base::to_iso(*time).substr(0, 16) : "none");
    }
    return out;
}

using Times = std::vector<std::string>;

TEST(Cron, TakesTheNextTimeInTheZone) {
    EXPECT_EQ(times("0 2 * * *", "2026-11-27T00:00:00Z", "Asia/Tokyo", 2),
              (Times{"2026-11-27T17:00", "2026-11-28T17:00"}));
    EXPECT_EQ(times("0 3 * * 0", "2026-11-27T00:00:00Z", "UTC", 2),
              (Times{"2026-11-29T03:00", "2026-12-06T03:00"}));
    EXPECT_EQ(times("0 4 1 * *", "2026-11-27T00:00:00Z", "UTC", 2),
              (Times{"2026-12-01T04:00", "2027-01-01T04:00"}));
    EXPECT_EQ(times("0 3 * * 7", "2026-11-27T00:00:00Z", "UTC", 1), (Times{"2026-11-29T03:00"}));
    EXPECT_EQ(times("* * * * *", "2026-11-27T10:00:00Z", "UTC", 1), (Times{"2026-11-27T10:01"}));
    EXPECT_EQ(times("* * * * *", "2026-11-27T09:59:59.999Z", "UTC", 1), (Times{"2026-11-27T10:00"}));
}

TEST(Cron, UnderstandsListsRangesStepsAndNames) {
    EXPECT_EQ(times("*/20 8-9 * * MON-wed", "2026-11-27T00:00:00Z", "UTC", 3),
              (Times{"2026-11-30T08:00", "2026-11-30T08:20", "2026-11-30T08:40"}));
    EXPECT_EQ(times("5,50 0 1 jan,Jul *", "2026-11-27T00:00:00Z", "UTC", 3),
              (Times{"2027-01-01T00:05", "2027-01-01T00:50", "2027-07-01T00:05"}));
    EXPECT_EQ(times("10/25 0 * * *", "2026-11-27T00:00:00Z", "UTC", 3),
              (Times{"2026-11-27T00:10", "2026-11-27T00:35", "2026-11-28T00:10"}));
    // Two restricted days: one of them suffices. 13 November 2026 is a Friday.
    EXPECT_EQ(times("0 0 15 * fri", "2026-11-12T00:00:00Z", "UTC", 3),
              (Times{"2026-11-13T00:00", "2026-11-15T00:00", "2026-11-20T00:00"}));
    EXPECT_EQ(times("30 2 29 2 *", "2026-11-27T00:00:00Z", "UTC", 2),
              (Times{"2028-02-29T02:30", "2032-02-29T02:30"}));
    EXPECT_EQ(times("30 2 29 2 *", "2096-03-01T00:00:00Z", "UTC", 1), (Times{"2104-02-29T02:30"}));
    EXPECT_EQ(times("0 0 31 2 *", "2026-11-27T00:00:00Z", "UTC", 1), (Times{"none"}));
}

TEST(Cron, GoesThroughSummerTime) {
    // 2026-03-29 02:00 in Berlin is followed by 03:00: what is left out comes at the change.
    EXPECT_EQ(times("30 2 * * *", "2026-03-27T12:00:00Z", "Europe/Berlin", 3),
              (Times{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"}));
    EXPECT_EQ(times("15,45 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin", 2),
              (Times{"2026-03-29T01:00", "2026-03-30T00:15"}));
    // 2026-10-25 03:00 is followed by 02:00: what comes twice counts once.
    EXPECT_EQ(times("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin", 2),
              (Times{"2026-10-25T00:30", "2026-10-26T01:30"}));
    EXPECT_EQ(times("30 2 * * *", "2026-10-25T01:10:00Z", "Europe/Berlin", 1), (Times{"2026-10-26T01:30"}));
    // Midnight does not exist on 2026-09-06 in Santiago.
    EXPECT_EQ(times("0 0 * * *", "2026-09-05T12:00:00Z", "America/Santiago", 2),
              (Times{"2026-09-06T04:00", "2026-09-07T03:00"}));
    // A zone that moves by half an hour.
    EXPECT_EQ(times("15 2 * * *", "2026-10-03T00:00:00Z", "Australia/Lord_Howe", 2),
              (Times{"2026-10-03T15:30", "2026-10-04T15:15"}));
}

TEST(Cron, RefusesWhatItDoesNotUnderstand) {
    for (const std::string_view text :
         {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
          "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1- * * * *", "-1 * * * *", ", * * * *",
          "1,,2 * * * *", "1/ * * * *", "@daily", "* * * foo *"})
        EXPECT_FALSE(Cron::parse(text)) << text;
    for (const std::string_view zone : {"", "Asia", "Mars/Olympus", "Asia/Tokyo ", "日本"})
        EXPECT_FALSE(Zone::find(zone)) << zone;
}

}  // namespace
}  // namespace backup
