#include "bookmarks/search_document.hpp"

#include <gtest/gtest.h>

namespace bookmarks {
namespace {

TEST(LexemePrefix, IsShortAndSelfDelimiting) {
    EXPECT_EQ(lexeme_prefix(1), "1:");
    EXPECT_EQ(lexeme_prefix(35), "z:");
    EXPECT_EQ(lexeme_prefix(36), "10:");
    EXPECT_EQ(lexeme_prefix(INT64_MAX), "1y2p0ij32e8e7:");
}

TEST(SearchVector, EveryFieldTakesPartWithItsWeight) {
    const std::vector<std::string> tags{"tagged"};
    const std::vector<std::string> hashtags{"hashed"};
    const SearchText searched{.content = "body",
                              .title = "headline",
                              .note = "remark",
                              .author_username = "hana",
                              .author_display_name = "Blossom",
                              .tags = tags,
                              .hashtags = hashtags};
    const text::SearchVector vector = search_vector_of(searched, "7:");
    EXPECT_FALSE(vector.overflow);
    for (const char* lexeme :
         {"7:body", "7:headline", "7:remark", "7:hana", "7:blossom", "7:tagged", "7:hashed"})
        EXPECT_NE(vector.binary.find(lexeme), std::string::npos) << lexeme;
    // One field at a time, the weight is in the two highest bits of the position behind the lexeme.
    const auto weight_of = [](const SearchText& one) {
        const std::string binary = search_vector_of(one, "7:").binary;
        return static_cast<unsigned char>(binary[binary.size() - 2]) >> 6;
    };
    const std::vector<std::string> none;
    EXPECT_EQ(weight_of({"x", {}, {}, "", "", none, none}), 3);
    EXPECT_EQ(weight_of({"", "x", {}, "", "", none, none}), 3);
    EXPECT_EQ(weight_of({"", {}, "x", "", "", none, none}), 2);
    EXPECT_EQ(weight_of({"", {}, {}, "x", "", none, none}), 2);
    EXPECT_EQ(weight_of({"", {}, {}, "", "x", none, none}), 2);
    EXPECT_EQ(weight_of({"", {}, {}, "", "", tags, none}), 1);
    EXPECT_EQ(weight_of({"", {}, {}, "", "", none, hashtags}), 0);
}

}  // namespace
}  // namespace bookmarks
