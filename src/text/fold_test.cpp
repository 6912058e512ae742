#include "text/fold.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/utf8.hpp"

namespace text {
namespace {

struct Case {
    std::string_view in;
    std::string_view out;
};

TEST(Fold, Table) {
    constexpr Case kCases[] = {
        {"", ""},
        {"Hello, World", "hello, world"},
        {"ＡＢＣ１２３　！", "abc123 !"},
        {"ﬁne ﬀ", "fine ff"},
        {"Straße STRASSE", "strasse strasse"},
        {"İstanbul", "istanbul"},
        {"IĞDIR ığdır", "igdir ıgdır"},
        {"Crème Brûlée", "creme brulee"},
        {"Cre\u0300me", "creme"},
        {"ǖ ậ Å \u212B", "u a a a"},
        {"Ærø Øst đ", "ærø øst đ"},
        {"a\u0301\u0302\u0303b", "ab"},
        {"カタカナ", "かたかな"},
        {"ガ", "が"},
        {"が", "が"},
        {"ｶﾞ", "が"},
        {"カ\u3099", "が"},
        {"か\u3099", "が"},
        {"ﾊﾟｰﾃｨｰ", "ぱーてぃー"},
        {"ヴァイオリン", "ゔぁいおりん"},
        {"ウ\u3099", "ゔ"},
        {"ヷヸヹヺ", "わ\u3099ゐ\u3099ゑ\u3099を\u3099"},
        {"わ\u3099", "わ\u3099"},
        {"ヵヶ", "ゕゖ"},
        {"ヽヾ ゝゞ", "ゝゞ ゝゞ"},
        {"ラーメン", "らーめん"},
        {"㍻㌔①㈱", "平成きろ1(株)"},
        {"Καλημέρα ΣΊΣΥΦΟΣ", "καλημέρα σίσυφοσ"},
        {"ЙОД Ёлка", "йод ёлка"},
        {"שָׁלוֹם", "שָׁלוֹם"},
        {"مُحَمَّد", "مُحَمَّد"},
        {"co\u00ADop \u200Bx\uFEFF", "coop x"},
        {"👨\u200D👩\u200D👧", "👨👩👧"},
        {"❤\uFE0F", "❤"},
        {"葛\U000E0100城", "葛城"},
        {"𠮷野家", "𠮷野家"},
        {"\U0002F800", "丽"},
        {"\u0301a", "a"},
        {"x \u0301y", "x y"},
        {"\uAC00 \u1100\u1161\u11A8 ㅋㅋ", "가 각 \u110F\u110F"},
        {"𝐀𝓑", "ab"},
        {"ﷺ", "صلى الله عليه وسلم"},
        {"𐐀", "𐐨"},
    };
    for (const Case& c : kCases)
        EXPECT_EQ(fold(c.in), c.out) << c.in;
}

TEST(Fold, InvalidBytesAreReplacedOneByOne) {
    EXPECT_EQ(fold("a\xFFz"), "a\uFFFDz");
    EXPECT_EQ(fold("\xE3\x81"), "\uFFFD\uFFFD");
    EXPECT_EQ(fold("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(fold("\xC0\x80"), "\uFFFD\uFFFD");
    EXPECT_EQ(fold("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(fold(std::string_view("a\0B", 3)), std::string_view("a\0b", 3));
}

/// Every code point alone, behind a Latin and behind a kana letter: a second fold changes nothing.
TEST(Fold, IsIdempotentForEveryCodePoint) {
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        if (c >= 0x30000 && c < 0xE0000) continue;  // unassigned, or Han without decompositions
        if (c >= 0xE1000) continue;                 // private use
        for (const char32_t before : {U'\0', U'e', U'カ', U'и'}) {
            std::string in;
            if (before != 0) base::append_utf8(in, before);
            base::append_utf8(in, c);
            const std::string once = fold(in);
            ASSERT_EQ(fold(once), once) << std::hex << static_cast<unsigned>(c);
        }
    }
}

std::string random_text(std::mt19937& random, std::size_t length) {
    constexpr char32_t kSample[] = {
        U'a',   U'E',    U' ',   U'é',    U'ß',    U'ﬁ',    U'İ',    0x0301, 0x0323, 0x0344, 0x3099,
        0x309A, 0xFF9E,  0xFF9F, U'カ',   U'ｶ',    U'ハ',   U'は',   U'ワ',  U'ー',  U'漢',  U'㍻',
        U'ﷺ',   U'가',   0x1100, 0x1161,  0x11A8,  0x3160,  0x200D,  0x00AD, 0xFE0F, U'И',   0x0306,
        U'א',   0x05B8,  0x064E, 0x1F468, 0x20BB7, 0x2F800, 0xE0100, 0x09C7, 0x09BE, 0x0DD9, 0x0DCF,
        0x0DCA, 0x1D15E, 0x0F73, 0x0338,  U'=',    0x00B4,  0x309B};
    std::uniform_int_distribution<std::size_t> pick(0, std::size(kSample) - 1);
    std::string out;
    for (std::size_t i = 0; i < length; ++i)
        base::append_utf8(out, kSample[pick(random)]);
    return out;
}

TEST(Fold, IsIdempotentForRandomText) {
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const std::string in = random_text(random, 1 + random() % 20);
        const std::string once = fold(in);
        ASSERT_EQ(fold(once), once) << in;
        ASSERT_TRUE(base::is_valid_utf8(once)) << in;
    }
}

TEST(Fold, OriginsPointAtTheSource) {
    // ｶ ﾞ ㍻ e ◌́ x: が from 0, 平成 from 2, e from 3, x from 5.
    const Folded folded = fold_with_origin("ｶﾞ㍻e\u0301x");
    EXPECT_EQ(folded.text, "が平成ex");
    const std::vector<std::uint32_t> expected = {0, 0, 0, 2, 2, 2, 2, 2, 2, 3, 5, 6};
    EXPECT_EQ(folded.origin, expected);
    EXPECT_EQ(fold_with_origin("").origin, std::vector<std::uint32_t>{0});
}

TEST(Fold, OriginsAscendAndEndAtTheLength) {
    std::mt19937 random(8);
    for (int i = 0; i < 5'000; ++i) {
        const std::string in = random_text(random, random() % 20);
        const Folded folded = fold_with_origin(in);
        ASSERT_EQ(folded.text, fold(in));
        ASSERT_EQ(folded.origin.size(), folded.text.size() + 1);
        ASSERT_EQ(folded.origin.back(), base::count_code_points(in));
        ASSERT_TRUE(std::ranges::is_sorted(folded.origin));
        // The last origin lies inside the text, so that a highlight always ends behind its start.
        if (!folded.text.empty()) ASSERT_LT(folded.origin[folded.text.size() - 1], folded.origin.back());
    }
}

TEST(Fold, KeepsThirtyMarksOfALetterAndAllVowels) {
    std::string marks = "и";
    std::string descending;
    for (int i = 0; i < 50'000; ++i) {
        marks += "\u0307";
        descending += i % 2 == 0 ? "\u0301" : "\u0323";  // sorting these is quadratic without the bound
    }
    EXPECT_EQ(base::count_code_points(fold(marks)), 31U);
    EXPECT_EQ(base::count_code_points(fold("и" + descending)), 31U);
    EXPECT_EQ(fold("a" + descending), "a");
    std::string vowels;
    for (int i = 0; i < 100; ++i)
        vowels += "ㅠ";
    EXPECT_EQ(base::count_code_points(fold(vowels)), 100U);
}

}  // namespace
}  // namespace text
