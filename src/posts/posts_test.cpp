#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "posts/json_fields.hpp"
#include "posts/post_rules.hpp"

namespace posts {
namespace {

namespace json = boost::json;

TEST(PostRules, TheBestVariantIsTheMp4WithTheHighestRate) {
    const json::value variants = json::parse(R"([
        {"content_type":"application/x-mpegURL","url":"list"},
        {"content_type":"video/mp4","bit_rate":256000,"url":"low"},
        {"content_type":"video/mp4","bitrate":"832000","url":"high"},
        {"content_type":"video/mp4","url":"unknown"}, 5])");
    EXPECT_EQ(best_variant(variants.if_array()), "high");
    EXPECT_EQ(best_variant(nullptr), "");
    const json::value list = json::parse(R"([{"content_type":"application/x-mpegURL","url":"list"}])");
    EXPECT_EQ(best_variant(list.if_array()), "");
}

TEST(PostRules, OwnMediaAreNoLinks) {
    EXPECT_TRUE(is_own_media("https://x.com/ann/status/12/photo/1", "12"));
    EXPECT_TRUE(is_own_media("https://twitter.com/ann/status/12/video/1", "12"));
    EXPECT_FALSE(is_own_media("https://x.com/ann/status/13/photo/1", "12"));
    EXPECT_FALSE(is_own_media("https://x.com/ann/status/12", "12"));
    EXPECT_FALSE(is_own_media("https://example.org/status/12/photo/1", "12"));
}

TEST(JsonFields, WhatIsMissingIsNothing) {
    const json::value value = json::parse(R"({"a":{"b":[1,2],"c":null},"n":"12","x":1.5})");
    EXPECT_EQ(array_at(&value, {"a", "b"})->size(), 2U);
    EXPECT_EQ(array_at(&value, {"a"}), nullptr);
    EXPECT_EQ(array_at(&value, {"a", "b", "c"}), nullptr);
    EXPECT_EQ(at_path(&value, {"a", "c"}), nullptr);
    EXPECT_EQ(at_path(nullptr, {"a"}), nullptr);
    EXPECT_EQ(integer_of(at_path(&value, {"n"})), 12);
    EXPECT_EQ(integer_of(at_path(&value, {"x"})), std::nullopt);
    EXPECT_EQ(first_text({at_path(&value, {"none"}), at_path(&value, {"n"})}), "12");
    EXPECT_EQ(maybe(""), std::nullopt);
    EXPECT_EQ(maybe("x"), "x");
}

}  // namespace
}  // namespace posts
