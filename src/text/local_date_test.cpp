#include "text/local_date.hpp"

#include <gtest/gtest.h>

namespace text {
namespace {

std::string read(std::string_view text, std::string_view tz, bool end = false) {
    const auto time = parse_local_date(text, tz, end);
    if (!time) return "nothing";
    const auto rest = (*time - std::chrono::floor<std::chrono::milliseconds>(*time)).count();
    return base::to_iso(*time) + (rest == 0 ? "" : "+" + std::to_string(rest));
}

TEST(LocalDate, KnowsIanaNamesOnly) {
    for (const char* name : {"UTC", "Asia/Tokyo", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Japan",
                             "Etc/GMT-9", "GMT", "EST", "Asia/Calcutta"})
        EXPECT_TRUE(is_known_zone(name)) << name;
    for (const char* name : {"", "JST", "Asia/Nowhere", "GMT+09:00", "+09:00", "Etc/Unknown", "SystemV/PST8",
                             "Asia/Tokyo ", "../etc/passwd", "\xFF"})
        EXPECT_FALSE(is_known_zone(name)) << name;
    EXPECT_FALSE(is_known_zone(std::string(100'000, 'x')));
    EXPECT_FALSE(is_known_zone(std::string_view("UTC\0", 4)));
}

TEST(LocalDate, ReadsPeriods) {
    EXPECT_EQ(read("2024", "UTC"), "2024-01-01T00:00:00.000Z");
    EXPECT_EQ(read("2024", "UTC", true), "2024-12-31T23:59:59.999Z+999");
    EXPECT_EQ(read("2024-02", "Asia/Tokyo"), "2024-01-31T15:00:00.000Z");
    EXPECT_EQ(read("2024-02", "Asia/Tokyo", true), "2024-02-29T14:59:59.999Z+999");
    EXPECT_EQ(read("2024-02-29", "Asia/Tokyo"), "2024-02-28T15:00:00.000Z");
    EXPECT_EQ(read("2024-02-29", "Asia/Tokyo", true), "2024-02-29T14:59:59.999Z+999");
    EXPECT_EQ(read("0001-01-01", "UTC"), "0001-01-01T00:00:00.000Z");
    EXPECT_EQ(read("9999", "UTC", true), "9999-12-31T23:59:59.999Z+999");
}

TEST(LocalDate, ReadsDateTimes) {
    EXPECT_EQ(read("2024-05-06T07:08", "Asia/Tokyo"), "2024-05-05T22:08:00.000Z");
    EXPECT_EQ(read("2024-05-06 07:08:09.123456", "Asia/Tokyo"), "2024-05-05T22:08:09.123Z+456");
    EXPECT_EQ(read("2024-05-06T07:08:09Z", "Asia/Tokyo"), "2024-05-06T07:08:09.000Z");
    EXPECT_EQ(read("2024-05-06T07:08:09-05:00", "Asia/Tokyo"), "2024-05-06T12:08:09.000Z");
    EXPECT_EQ(read("2024-05-06T07:08+0900", "UTC", true), "2024-05-05T22:08:00.000Z");
}

TEST(LocalDate, DaysFollowTheClocks) {
    EXPECT_EQ(read("2024-03-31", "Europe/Berlin"), "2024-03-30T23:00:00.000Z");
    EXPECT_EQ(read("2024-03-31", "Europe/Berlin", true), "2024-03-31T21:59:59.999Z+999");
    // Midnight did not exist: the day began at 01:00.
    EXPECT_EQ(read("2018-11-04", "America/Sao_Paulo"), "2018-11-04T03:00:00.000Z");
    EXPECT_EQ(read("2018-11-03", "America/Sao_Paulo", true), "2018-11-04T02:59:59.999Z+999");
    // Midnight came twice: the first one counts.
    EXPECT_EQ(read("2024-11-03", "America/Havana"), "2024-11-03T04:00:00.000Z");
    // 02:30 came twice, and did not exist.
    EXPECT_EQ(read("2024-10-27T02:30", "Europe/Berlin"), "2024-10-27T00:30:00.000Z");
    EXPECT_EQ(read("2024-03-31T02:30", "Europe/Berlin"), "2024-03-31T01:30:00.000Z");
    // Before standard time.
    EXPECT_EQ(read("1880-01-01", "Asia/Tokyo"), "1879-12-31T14:41:01.000Z");
}

TEST(LocalMonths, AreWhatClocksShow) {
    const auto of = [](std::string_view tz, std::string_view time) {
        const LocalMonths::Month month = LocalMonths(tz).of(base::parse_iso(time).value());
        return month.name + " " + base::to_iso(month.begin);
    };
    EXPECT_EQ(of("UTC", "2024-02-29T23:59:59.999Z"), "2024-02 2024-02-01T00:00:00.000Z");
    EXPECT_EQ(of("Asia/Tokyo", "2024-02-29T14:59:59.999Z"), "2024-02 2024-01-31T15:00:00.000Z");
    EXPECT_EQ(of("Asia/Tokyo", "2024-02-29T15:00:00Z"), "2024-03 2024-02-29T15:00:00.000Z");
    EXPECT_EQ(of("America/New_York", "2024-12-01T04:30:00Z"), "2024-11 2024-11-01T04:00:00.000Z");
    EXPECT_EQ(of("UTC", "0800-12-31T00:00:00Z"), "0800-12 0800-12-01T00:00:00.000Z");
    EXPECT_EQ(of("Nowhere/Land", "2024-01-01T00:00:00Z"), "2024-01 2024-01-01T00:00:00.000Z");
}

TEST(LocalDate, RefusesEverythingElse) {
    for (const char* text :
         {"", "24", "20240101", "2024-1-1", "2024-13", "2024-00", "2023-02-29", "2024-02-30", "0000", "-2024",
          "2024-01-01T", "2024-01-01T25:00", "2024-01-01T10", "2024/01/01", "2024-01-01x", "x",
          "2024-01-01T10:00:00+99:00", "２０２４", "today"})
        EXPECT_EQ(read(text, "UTC"), "nothing") << text;
    EXPECT_EQ(read("2024", "Nowhere/Land"), "nothing");
    EXPECT_EQ(read("2024", ""), "nothing");
}

}  // namespace
}  // namespace text
