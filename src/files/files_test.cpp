// Range headers (RFC 9110 section 14.1) and names of files.
#include <gtest/gtest.h>

#include "files/byte_range.hpp"
#include "files/files.hpp"

namespace files {
namespace {

std::string shown(std::optional<std::string_view> header, std::uint64_t size) {
    const RangeAnswer answer = read_range(header, size);
    if (answer.kind == RangeKind::whole) return "whole";
    if (answer.kind == RangeKind::unsatisfiable) return "unsatisfiable";
    return std::to_string(answer.range.first) + "-" + std::to_string(answer.range.last);
}

TEST(ByteRanges, OneRangeInItsThreeForms) {
    EXPECT_EQ(shown("bytes=0-0", 10), "0-0");
    EXPECT_EQ(shown("bytes=2-5", 10), "2-5");
    EXPECT_EQ(shown("bytes= 2-5 ", 10), "2-5");
    EXPECT_EQ(shown("bytes=2-", 10), "2-9");
    EXPECT_EQ(shown("bytes=2-99", 10), "2-9") << "cut at the end";
    EXPECT_EQ(shown("bytes=-3", 10), "7-9");
    EXPECT_EQ(shown("bytes=-99", 10), "0-9") << "more than there is: all";
}

TEST(ByteRanges, WhatCannotBeServedOrRead) {
    EXPECT_EQ(shown({}, 10), "whole");
    for (const char* header :
         {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2x", "lines=1-2",
          "bytes=0-1,3-4", "bytes=99999999999999999999-", "bytes=--1", "bytes=+1-2"})
        EXPECT_EQ(shown(header, 10), "whole") << header;
    for (const char* header : {"bytes=10-", "bytes=10-20", "bytes=-0"})
        EXPECT_EQ(shown(header, 10), "unsatisfiable") << header;
    EXPECT_EQ(shown("bytes=0-", 0), "unsatisfiable");
    EXPECT_EQ(shown("bytes=-5", 0), "unsatisfiable");
}

TEST(Filenames, NameOneFileOfAFolder) {
    for (const std::string_view good :
         {"a.json", "bookmarks-export-2026-01-01T00-00-00-000Z.csv.gz", "日本.zip"})
        EXPECT_TRUE(is_filename(good)) << good;
    for (const std::string_view bad : {"", ".", "..", "a..b", ".hidden", "a/b", "a\\b", "a\nb"})
        EXPECT_FALSE(is_filename(bad)) << bad;
    EXPECT_FALSE(is_filename(std::string_view("a\0b", 3)));
}

TEST(Filenames, TellTheirMediaType) {
    EXPECT_EQ(content_type_of("a.csv"), "text/csv; charset=utf-8");
    EXPECT_EQ(content_type_of("a.csv.gz"), "application/gzip");
    EXPECT_EQ(content_type_of("a.unknown"), "application/octet-stream");
}

}  // namespace
}  // namespace files
