#include <gtest/gtest.h>

#include "text/query.hpp"

namespace text {
namespace {

std::string describe(const Literal& literal) {
    constexpr std::string_view kNames[] = {
        "text",        "author",           "tag",    "category", "has_media", "has_links", "is_archived",
        "is_untagged", "is_uncategorized", "before", "after",    "nothing"};
    std::string out(literal.negated ? "-" : "");
    if (literal.kind != LiteralKind::text) out += kNames[static_cast<std::size_t>(literal.kind)];
    for (const Part& part : literal.parts)
        out += "<" + part.text + (part.prefix ? "*>" : ">");
    if (!literal.value.empty()) out += "=" + literal.value;
    if (literal.time != base::Time{}) out += "=" + base::to_iso(literal.time);
    return out;
}

/// Clauses joined by ` & `, literals by ` | `.
std::string parse(std::string_view text, std::string_view tz = "UTC") {
    const auto query = parse_query(text, tz);
    if (!query) return "error";
    if (query->empty_text) return "empty";
    if (query->matches_nothing) return "nothing";
    std::string out;
    for (const Clause& clause : query->all) {
        if (!out.empty()) out += " & ";
        std::string any;
        for (const Literal& literal : clause.any)
            any += (any.empty() ? "" : " | ") + describe(literal);
        out += any;
    }
    return out;
}

TEST(ParseQuery, Table) {
    constexpr std::pair<std::string_view, std::string_view> kCases[] = {
        // Terms
        {"", "empty"},
        {" \t\n\u3000 ", "empty"},
        {"a", "<a>"},
        {"a b", "<a> & <b>"},
        {"料理\u3000技術", "<料理> & <技術>"},
        {"Ｃａｆé", "<cafe>"},
        {"AI技術", "<ai><技術>"},
        {"重跑gen", "<重跑><gen>"},
        {"node.js a..b", "<node><js> & <a><b>"},
        {"C++", "<c>"},
        {"スマホ", "<すまほ>"},
        // Negation
        {"-a", "-<a>"},
        {"a -b", "<a> & -<b>"},
        {"a-b", "<a><b>"},
        {"--a", "-<a>"},
        {"-\"a b\"", "-<a><b>"},
        {"a - b", "<a> & <b>"},
        // Phrases
        {"\"a b\"", "<a><b>"},
        {"\"a b\" c", "<a><b> & <c>"},
        {"\"a b", "<a><b>"},
        {"x \"", "<x>"},
        {"\"a\"b", "<a> & <b>"},
        {"27\" monitor", "<27> & <monitor>"},
        {"\"料理 技術\"", "<料理><技術>"},
        {"\"OR\"", "<or>"},
        // Prefixes
        {"abc*", "<abc*>"},
        {"a.bc*", "<a><bc*>"},
        {"a*bc", "<a><bc>"},
        {"技術*", "<技術>"},
        {"\"a b*\"", "<a><b*>"},
        {"*", "nothing"},
        {"*abc", "<abc>"},
        // OR
        {"a OR b", "<a> | <b>"},
        {"a OR b c", "<a> | <b> & <c>"},
        {"a b OR c", "<a> & <b> | <c>"},
        {"a OR b OR c", "<a> | <b> | <c>"},
        {"a OR -b", "<a> | -<b>"},
        {"a or b", "<a> & <or> & <b>"},
        {"OR a", "<a>"},
        {"a OR", "<a>"},
        {"a OR OR b", "<a> | <b>"},
        {"a OR !!! b", "<a> & <b>"},
        {"!!! OR a b", "<a> & <b>"},
        {"OR", "nothing"},
        {"-OR", "-<or>"},
        {"tag:x OR a", "tag=x | <a>"},
        // Filters
        {"author:@Foo", "author=foo"},
        {"author:\"Foo Bar\"", "author=foo bar"},
        {"author:＠foo", "author=foo"},
        {"author:", "author"},
        {"Tag:Ｘ", "tag=x"},
        {"tag:\"x y\" z", "tag=x y & <z>"},
        {"tag:\"x y", "tag=x y"},
        {"-tag:\"x y\"", "-tag=x y"},
        {"category:料理・レシピ", "category=料理・れしぴ"},
        {"has:media has:links", "has_media & has_links"},
        {"is:archived is:untagged is:uncategorized", "is_archived & is_untagged & is_uncategorized"},
        {"-is:archived", "-is_archived"},
        {"HAS:Media", "has_media"},
        {"has:cats", "nothing"},
        {"-is:foo", "-nothing"},
        {"is:", "nothing"},
        {"before:2024", "before=2024-01-01T00:00:00.000Z"},
        {"after:2024-02-03", "after=2024-02-03T00:00:00.000Z"},
        {"after:2024-02-03T04:05:06+09:00", "after=2024-02-02T19:05:06.000Z"},
        {"before:\"2024-02-03 04:05\"", "before=2024-02-03T04:05:00.000Z"},
        {"before:yesterday", "nothing"},
        {"before:2024-02-30", "nothing"},
        // Not filters
        {"x:y", "<x><y>"},
        {"https://x.com/a", "<https><x><com><a>"},
        {"foo:\"a b\" c", "<foo><a><b> & <c>"},
        {"\"tag:x\"", "<tag><x>"},
        {"タグ:x", "<たぐ><x>"},
        {"12:30", "<12><30>"},
        // Nothing to look for
        {"!!!", "nothing"},
        {"👍", "nothing"},
        {"\"\"", "nothing"},
        {"\"", "nothing"},
        {"-", "nothing"},
        {"!!! a", "<a>"},
        {"👍 a", "<a>"},
        {"\xFF", "nothing"},
    };
    for (const auto& [in, out] : kCases)
        EXPECT_EQ(parse(in), out) << in;
}

TEST(ParseQuery, ReadsDatesInTheZone) {
    EXPECT_EQ(parse("before:2024-05", "Asia/Tokyo"), "before=2024-04-30T15:00:00.000Z");
    EXPECT_EQ(parse("before:2024-05", "No/Where"), "nothing");
}

TEST(ParseQuery, KnowsItsLimits) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "字";
    EXPECT_TRUE(parse_query(text).has_value());
    const auto too_long = parse_query(text + "x");
    ASSERT_FALSE(too_long.has_value());
    EXPECT_EQ(too_long.error().limit, ParseError::Limit::code_points);
    EXPECT_EQ(too_long.error().maximum, 1000U);

    text.clear();
    for (int i = 0; i < 32; ++i)
        text += "a OR !!! ";
    EXPECT_TRUE(parse_query(text).has_value());
    const auto too_many = parse_query(text + " has:media");
    ASSERT_FALSE(too_many.has_value());
    EXPECT_EQ(too_many.error().limit, ParseError::Limit::terms);
    EXPECT_EQ(too_many.error().maximum, 32U);
}

TEST(ParseQuery, KnowsWhoAsksForArchivedItems) {
    EXPECT_TRUE(selects_archived(*parse_query("a is:archived")));
    EXPECT_TRUE(selects_archived(*parse_query("a OR is:archived")));
    EXPECT_FALSE(selects_archived(*parse_query("-is:archived a")));
    EXPECT_FALSE(selects_archived(*parse_query("archived")));
    EXPECT_FALSE(selects_archived(*parse_query("")));
}

TEST(ParseQuery, PositiveTextsScore) {
    const auto query = parse_query("a -b c OR -d tag:e OR f");
    std::string out;
    for (const Literal* literal : positive_texts(*query))
        out += literal->parts.front().text;
    EXPECT_EQ(out, "acf");
}

std::string tsquery(std::string_view text, std::string_view prefix = "", std::optional<Weight> only = {}) {
    return to_tsquery(parse_query(text)->all.front().any.front(), prefix, only).value_or("none");
}

TEST(Tsquery, Table) {
    constexpr std::pair<std::string_view, std::string_view> kCases[] = {
        {"word", "'word'"},
        {"-word", "'word'"},
        {"word*", "'word':*"},
        {"技", "'技':*"},
        {"技術", "'技術'"},
        {"技術者", "'技術' <-> '術者'"},
        {"AI技術", "'ai' <-> '技術'"},
        {"AI技", "'ai' <-> '技':*"},
        {"技AI", "'技' <-> 'ai'"},
        {"技術AI", "'技術' <2> 'ai'"},
        {"技術AI者", "'技術' <2> 'ai' <-> '者':*"},
        {"\"料理 技術\"", "'料理' <-> '理' <-> '技術'"},
        {"\"料 技\"", "'料' <-> '技':*"},
        {"\"a b*\"", "'a' <-> 'b':*"},
        {"tag:x", "none"},
    };
    for (const auto& [in, out] : kCases)
        EXPECT_EQ(tsquery(in), out) << in;
}

TEST(Tsquery, PrefixesWeightsAndQuotes) {
    EXPECT_EQ(tsquery("a.b*", "u1:", Weight::a), "'u1:a':A <-> 'u1:b':*A");
    EXPECT_EQ(tsquery("技", "u'\\", Weight::d), "'u''\\\\技':*D");
}

TEST(Tsquery, AWordTooLongForAVectorMatchesNone) {
    std::string word;
    for (int i = 0; i < 1000; ++i)
        word += "𐐨";
    EXPECT_EQ(tsquery(word, "u:"), "'u: '");
}

TEST(Tsquery, Clauses) {
    const auto clause = [](std::string_view text) {
        return clause_tsquery(parse_query(text)->all.front(), "u").value_or("none");
    };
    EXPECT_EQ(clause("a"), "'ua'");
    EXPECT_EQ(clause("-a"), "!('ua')");
    EXPECT_EQ(clause("a.b OR -c.d"), "('ua' <-> 'ub' | !('uc' <-> 'ud'))");
    EXPECT_EQ(clause("a OR tag:b"), "none");
}

}  // namespace
}  // namespace text
