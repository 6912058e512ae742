#include "text/tokens.hpp"

#include <gtest/gtest.h>

#include <string>

#include "text/fold.hpp"

namespace text {
namespace {

/// `position:token` joined by blanks.
std::string describe(std::string_view original) {
    const std::string folded = fold(original);
    std::string out;
    for (const Token& token : split_tokens(folded)) {
        if (!out.empty()) out += ' ';
        out += std::to_string(token.position) + ':' + folded.substr(token.begin, token.end - token.begin);
    }
    return out;
}

TEST(Tokens, Table) {
    constexpr std::pair<std::string_view, std::string_view> kCases[] = {
        {"", ""},
        {" !? … 👍🏽 ", ""},
        {"Hello World", "1:hello 2:world"},
        {"node.js a..b", "1:node 2:js 3:a 4:b"},
        {"foo_bar-baz", "1:foo 2:bar 3:baz"},
        {"x2y 42", "1:x2y 2:42"},
        {"技", "1:技"},
        {"技術", "1:技術 2:術"},
        {"技術者", "1:技術 2:術者 3:者"},
        {"AI技術", "1:ai 2:技術 3:術"},
        {"重跑gen", "1:重跑 2:跑 3:gen"},
        {"料理、技術", "1:料理 2:理 3:技術 4:術"},
        {"スーパー", "1:すー 2:ーぱ 3:ぱー 4:ー"},
        {"ﾗｰﾒﾝ", "1:らー 2:ーめ 3:めん 4:ん"},
        {"佐々木〆ゝ", "1:佐々 2:々木 3:木〆 4:〆ゝ 5:ゝ"},
        {"カ・キ", "1:か 2:き"},
        {"한국어", "1:한국 2:국어 3:어"},
        {"𠮷野家", "1:𠮷野 2:野家 3:家"},
        {"2024年5月", "1:2024 2:年 3:5 4:月"},
        {"二〇二四", "1:二〇 2:〇二 3:二四 4:四"},
        {"Привет мир", "1:привет 2:мир"},
        {"שלום עולם", "1:שלום 2:עולם"},
        {"नमस्ते", "1:नमस्ते"},
        {"и\u0301x", "1:и\u0301x"},
        {"#タグ @user", "1:たぐ 2:ぐ 3:user"},
        {"わ\u3099た", "1:わ\u3099 2:\u3099た 3:た"},
        {"1\uFE0F\u20E3 key", "1:1 2:key"},
        {"ㄅㄆ", "1:ㄅㄆ"},
    };
    for (const auto& [in, out] : kCases)
        EXPECT_EQ(describe(in), out) << in;
}

TEST(Tokens, LongTextHasOneTokenPerCharacter) {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += i % 2 == 0 ? "字" : "語";
    const auto tokens = split_tokens(text);
    ASSERT_EQ(tokens.size(), 100'000U);
    EXPECT_EQ(tokens.back().position, 100'000U);
    EXPECT_EQ(tokens.back().end - tokens.back().begin, 3U);
    EXPECT_EQ(split_tokens(std::string(100'000, 'a')).size(), 1U);
}

TEST(Tokens, InvalidTextSeparates) {
    EXPECT_EQ(describe("a\xFFz"), "1:a 2:z");
    EXPECT_EQ(split_runs("a\uFFFDz").size(), 2U);
    EXPECT_EQ(script_of(0x10FFFF), Script::none);
    EXPECT_EQ(script_of(0x110000), Script::none);
}

}  // namespace
}  // namespace text
