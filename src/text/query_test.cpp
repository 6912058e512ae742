#include "text/query.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/utf8.hpp"
#include "text/fold.hpp"

namespace text {
namespace {

using namespace std::chrono_literals;

Query query_of(std::string_view text) {
    return parse_query(text).value();
}

bool finds(std::string_view text, std::string_view content) {
    return matches(query_of(text), DocumentView{.content = content});
}

struct Case {
    std::string_view query;
    std::string_view content;
    bool found;
};

TEST(Matches, Text) {
    constexpr Case kCases[] = {
        {"", "anything", true},
        {"!!!", "!!!", false},
        {"cat", "A Cat.", true},
        {"cat", "concatenate", false},
        {"cat*", "categories", true},
        {"cat*", "concatenate", false},
        {"術", "技術者", true},
        {"術者", "技術者", true},
        {"技者", "技術者", false},
        {"ラーメン", "ﾗｰﾒﾝ屋", true},
        {"cafe", "Cafe\u0301", true},
        {"strasse", "Straße", true},
        {"平成", "㍻30年", true},
        {"𠮷野", "𠮷野家", true},
        {"AI技術", "AI技術者", true},
        {"AI技術", "AI 技術", true},
        {"AI技術", "AI新技術", false},
        {"技術AI", "技術AI", true},
        {"技術AI", "新技術、AI", true},
        {"技術AI", "技術者AI", false},
        {"技術AI", "技術AIs", false},
        {"\"料理 技術\"", "新料理。技術者", true},
        {"\"料理 技術\"", "料理技術", false},
        {"\"料理 技術\"", "料理の 技術", false},
        {"料理技術", "料理、技術", false},
        {"\"a b\"", "x a, b y", true},
        {"\"a b\"", "a x b", false},
        {"\"a b\"", "b a", false},
        {"\"a a b\"", "a a a b", true},
        {"\"x a b a c y\"", "x a b a b a c y", false},
        {"\"a a b a c y\"", "x a a b a a b a c y", true},
        {"node.js", "Node JS", true},
        {"node.js", "node", false},
        {"a b", "b a", true},
        {"a b", "a", false},
        {"a OR b", "b", true},
        {"a OR b c", "a", false},
        {"a -b", "a", true},
        {"a -b", "a b", false},
        {"-\"a b\"", "b a", true},
        {"-is:foo", "x", true},
        {"is:foo", "x", false},
        {"x", "x\xFFy", true},
        {"שלום", "שלום עולם", true},
        {"👍 x", "x", true},
    };
    for (const Case& c : kCases)
        EXPECT_EQ(finds(c.query, c.content), c.found) << c.query << " in " << c.content;
}

class MatchesFilters : public testing::Test {
protected:
    std::vector<std::string> tags_ = {"C++ tips", "料理"};
    std::vector<std::string> hashtags_ = {"IRO"};
    DocumentView document_ = {.content = "content",
                              .title = "title",
                              .note = "note",
                              .author_username = "Jack_D",
                              .author_display_name = "ジャック",
                              .tags = tags_,
                              .hashtags = hashtags_,
                              .category = "技術・AI",
                              .has_media = true,
                              .bookmarked_at = base::Time{} + 24h};

    [[nodiscard]] bool holds(std::string_view text) const { return matches(query_of(text), document_); }
};

TEST_F(MatchesFilters, LookAtTheirFields) {
    for (const char* text :
         {"author:jack", "author:@JACK_d", "author:ｼﾞｬｯｸ", "author:k_", "author:", "tag:\"c++ TIPS\"",
          "tag:料理", "category:\"技術・AI\"", "category:技術・ai", "has:media", "-has:links", "-is:archived",
          "-is:untagged", "-is:uncategorized", "before:1970-01-03", "after:1970-01-02", "-before:1970-01-02",
          "-after:1970-01-03"})
        EXPECT_TRUE(holds(text)) << text;
    for (const char* text : {"author:jill", "tag:c++", "tag:\"c++ tips more\"", "tag:IRO", "category:技術",
                             "has:links", "is:archived", "is:untagged", "is:uncategorized",
                             "before:1970-01-02", "after:1970-01-03", "tag:", "category:"})
        EXPECT_FALSE(holds(text)) << text;
}

TEST_F(MatchesFilters, TextLooksAtEveryField) {
    for (const char* text :
         {"content", "title", "note", "jack", "\"jack d\"", "ジャック", "tips", "料理", "iro"})
        EXPECT_TRUE(holds(text)) << text;
    EXPECT_FALSE(holds("技術")) << "a category is not text";
    EXPECT_FALSE(holds("\"content title\"")) << "no phrase across fields";
    EXPECT_FALSE(holds("\"tips 料理\"")) << "no phrase across tags";
}

TEST_F(MatchesFilters, ScoreAddsUpWeights) {
    const auto score_of = [&](std::string_view text) { return score(query_of(text), document_); };
    EXPECT_DOUBLE_EQ(score_of(""), 0);
    EXPECT_DOUBLE_EQ(score_of("tag:料理"), 0);
    EXPECT_DOUBLE_EQ(score_of("content"), 1.0);
    EXPECT_DOUBLE_EQ(score_of("content title"), 2.0);
    EXPECT_DOUBLE_EQ(score_of("note"), 0.4);
    EXPECT_DOUBLE_EQ(score_of("jack"), 0.4);
    EXPECT_DOUBLE_EQ(score_of("料理"), 0.2);
    EXPECT_DOUBLE_EQ(score_of("iro"), 0.1);
    EXPECT_DOUBLE_EQ(score_of("iro OR note -content"), 0.5);
    document_.title = "content";
    EXPECT_DOUBLE_EQ(score_of("content"), 1.0) << "one weight class counts once";
    document_.note = "content";
    EXPECT_DOUBLE_EQ(score_of("content"), 1.4);
}

// ---- An independent evaluation: tokens and positions, as PostgreSQL sees them.

struct Placed {
    std::string lexeme;
    std::uint32_t position;
    bool starts_run;
    bool ends_run;
};

/// One entry per character (cjk) or word of the text, cut by hand.
std::vector<Placed> place(std::string_view content) {
    const std::string folded = fold(content);
    std::vector<Placed> placed;
    for (const Run& run : split_runs(folded)) {
        const std::size_t first = placed.size();
        if (run.script == Script::word) {
            placed.push_back({folded.substr(run.begin, run.end - run.begin), 0, true, true});
            continue;
        }
        for (std::size_t at = run.begin; at < run.end;) {
            const std::size_t from = at;
            base::next_code_point(folded, at);
            placed.push_back({folded.substr(from, at - from), 0, false, false});
        }
        placed[first].starts_run = true;
        placed.back().ends_run = true;
    }
    return placed;
}

bool naive_occurs(const Literal& literal, const std::vector<Placed>& document) {
    std::vector<Placed> wanted;
    for (std::size_t i = 0; i < literal.parts.size(); ++i) {
        auto part = place(literal.parts[i].text);
        if (part.front().starts_run) part.front().starts_run = i > 0;
        part.back().ends_run = i + 1 < literal.parts.size();
        wanted.insert(wanted.end(), part.begin(), part.end());
    }
    const bool prefix = literal.parts.back().prefix;
    for (std::size_t start = 0; start + wanted.size() <= document.size(); ++start) {
        bool equal = true;
        for (std::size_t i = 0; i < wanted.size() && equal; ++i) {
            const Placed& have = document[start + i];
            const bool last = i + 1 == wanted.size();
            equal = (last && prefix ? have.lexeme.starts_with(wanted[i].lexeme)
                                    : have.lexeme == wanted[i].lexeme) &&
                    (!wanted[i].starts_run || have.starts_run) && (!wanted[i].ends_run || have.ends_run) &&
                    (wanted[i].starts_run || i == 0 || !have.starts_run);
        }
        if (equal) return true;
    }
    return false;
}

std::string random_text(std::mt19937& random, std::size_t pieces) {
    constexpr std::string_view kPieces[] = {"技", "術", "者", "が", "ｶﾞ", "ー", "a",  "b", "ab", "é", "1",
                                            " ",  " ",  "、", ".",  "👍", "и",  "𠮷", "*", "㍻", "ﬁ"};
    std::string out;
    for (std::size_t i = 0; i < pieces; ++i)
        out += kPieces[random() % std::size(kPieces)];
    return out;
}

/// Few words, so that long phrases repeat and overlap.
TEST(Matches, LongPhrasesAgreeWithANaiveEvaluation) {
    constexpr std::string_view kWords[] = {"a ", "a ", "b ", "技 ", "技術 "};
    std::mt19937 random(13);
    const auto words = [&](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i)
            out += kWords[random() % std::size(kWords)];
        return out;
    };
    int found = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string content = words(40);
        const Query query = query_of("\"" + words(2 + random() % 6) + "\"");
        const bool expected = naive_occurs(query.all.front().any.front(), place(content));
        ASSERT_EQ(matches(query, DocumentView{.content = content}), expected) << content;
        found += expected;
    }
    EXPECT_GT(found, 1'000);
    EXPECT_LT(found, 19'000);
}

TEST(Matches, AgreesWithANaiveEvaluation) {
    std::mt19937 random(11);
    int found = 0;
    constexpr int kRounds = 60'000;
    for (int i = 0; i < kRounds; ++i) {
        const std::string content = random_text(random, 1 + random() % 12);
        const std::string text = "\"" + random_text(random, 1 + random() % 4) + "\"";
        const Query query = query_of(text);
        if (query.all.empty()) continue;
        const bool expected = naive_occurs(query.all.front().any.front(), place(content));
        ASSERT_EQ(matches(query, DocumentView{.content = content}), expected) << text << " in " << content;
        found += expected;
    }
    EXPECT_GT(found, kRounds / 20) << "the sample must have both answers";
}

// ---- Highlights

std::string show(std::string_view text, std::string_view content, std::size_t max = 50) {
    std::string out;
    for (const auto& [start, end] : highlights(query_of(text), content, max)) {
        std::string marked;
        std::size_t at = 0;
        for (std::uint32_t i = 0; i < end; ++i) {
            const std::size_t from = at;
            base::next_code_point(content, at);
            if (i >= start) marked += content.substr(from, at - from);
        }
        out += (out.empty() ? "" : " ") + std::to_string(start) + "-" + std::to_string(end) + ":" + marked;
    }
    return out;
}

TEST(Highlights, Table) {
    struct Row {
        std::string_view query, content, marks;
    };
    constexpr Row kRows[] = {
        {"", "abc", ""},
        {"cat", "Cat, a cat.", "0-3:Cat 7-10:cat"},
        {"cat", "concatenate", ""},
        {"cat*", "the Categories", "4-14:Categories"},
        {"-cat dog", "cat dog", "4-7:dog"},
        {"cat dog", "dog cat", "0-3:dog 4-7:cat"},
        {"術", "技術と芸術", "1-2:術 4-5:術"},
        {"技術 術者", "技術者", "0-3:技術者"},
        {"のの", "ののの", "0-3:ののの"},
        {"\"a b\"", "x a, b a", "2-6:a, b"},
        {"AI技術", "(AI 技術者)", "1-6:AI 技術"},
        {"平成", "x㍻y", "1-2:㍻"},
        {"成", "x㍻y", "1-2:㍻"},
        {"fine", "a ﬁne", "2-5:ﬁne"},
        {"strasse", "Straße!", "0-6:Straße"},
        {"ガ", "ｱｶﾞｲ", "1-3:ｶﾞ"},
        {"creme", "Cre\u0300me\u0301 x", "0-7:Cre\u0300me\u0301"},
        {"x", "👨\u200D👩 x", "4-5:x"},
        {"𠮷", "の𠮷野", "1-2:𠮷"},
        {"istanbul", "in İstanbul", "3-11:İstanbul"},
        {"tag:cat", "cat", ""},
    };
    for (const Row& row : kRows)
        EXPECT_EQ(show(row.query, row.content), row.marks) << row.query << " in " << row.content;
}

TEST(Highlights, AreLimited) {
    std::string content;
    for (int i = 0; i < 100'000; ++i)
        content += i % 2 == 0 ? "の" : "x";
    EXPECT_EQ(highlights(query_of("の"), content).size(), 50U);
    EXPECT_EQ(show("の", content, 2), "0-1:の 2-3:の");
    EXPECT_TRUE(highlights(query_of("の"), content, 0).empty());
}

TEST(Highlights, EveryMatchInTheContentIsMarked) {
    std::mt19937 random(12);
    for (int i = 0; i < 20'000; ++i) {
        const std::string content = random_text(random, random() % 12);
        const Query query = query_of("\"" + random_text(random, 1 + random() % 3) + "\"");
        const auto marks = highlights(query, content);
        const bool found = !query.all.empty() && matches(query, DocumentView{.content = content});
        ASSERT_EQ(!marks.empty(), found) << content;
        std::uint32_t last = 0;
        for (const auto& [start, end] : marks) {
            ASSERT_GE(start, last);
            ASSERT_GT(end, start);
            last = end;
        }
        ASSERT_LE(last, base::count_code_points(content));
    }
}

TEST(Highlights, LongTextIsBounded) {
    std::string content;
    std::string run;
    for (int i = 0; i < 100'000; ++i)
        content += "の";
    for (int i = 0; i < 900; ++i)
        run += "の";
    const std::vector<Highlight> whole = {{0, 100'000}};
    EXPECT_EQ(highlights(query_of(run), content), whole);
    EXPECT_FALSE(finds(run + "る", content));
    EXPECT_TRUE(finds("の", content));

    std::string words;
    std::string phrase = "\"";
    for (int i = 0; i < 50'000; ++i)
        words += "a ";
    for (int i = 0; i < 499; ++i)
        phrase += "a ";
    const std::vector<Highlight> all_words = {{0, 99'999}};
    EXPECT_EQ(highlights(query_of(phrase), words), all_words);
    EXPECT_FALSE(finds(phrase + "b", words));
    EXPECT_TRUE(finds(phrase + "b", words + "b"));
}

}  // namespace
}  // namespace text
