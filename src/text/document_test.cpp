#include "text/document.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace text {
namespace {

/// Reads the binary form as tsvectorrecv does, with its checks, and writes it as PostgreSQL shows it.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::string describe() {
        constexpr char kLabels[] = {'D', 'C', 'B', 'A'};
        std::string out;
        std::string before;
        const std::uint32_t lexemes = number(4);
        for (std::uint32_t i = 0; i < lexemes; ++i) {
            const std::string lexeme(bytes_.substr(at_, bytes_.find('\0', at_) - at_));
            at_ += lexeme.size() + 1;
            EXPECT_TRUE(i == 0 || before < lexeme) << before << " " << lexeme;
            before = lexeme;
            out += (i == 0 ? "" : " ") + lexeme + ":";
            const std::uint32_t positions = number(2);
            EXPECT_GE(positions, 1U);
            EXPECT_LE(positions, 255U);
            std::uint32_t last = 0;
            for (std::uint32_t j = 0; j < positions; ++j) {
                const std::uint32_t entry = number(2);
                const std::uint32_t position = entry & 0x3FFF;
                EXPECT_GT(position, last);
                last = position;
                out += (j == 0 ? "" : ",") + std::to_string(position) + kLabels[entry >> 14];
            }
        }
        EXPECT_EQ(at_, bytes_.size());
        return out;
    }

private:
    std::uint32_t number(int bytes) {
        std::uint32_t value = 0;
        for (int i = 0; i < bytes; ++i)
            value = value << 8 | static_cast<unsigned char>(bytes_.at(at_++));
        return value;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

std::string describe(const std::vector<Field>& fields, std::string_view prefix = "") {
    const SearchVector vector = make_search_vector(fields, prefix);
    EXPECT_FALSE(vector.overflow);
    return Reader(vector.binary).describe();
}

bool overflows(const std::vector<Field>& fields, std::string_view prefix = "") {
    const SearchVector vector = make_search_vector(fields, prefix);
    if (vector.overflow) EXPECT_EQ(vector.binary, std::string(4, '\0'));
    return vector.overflow;
}

TEST(SearchVector, IsSortedWithPositionsAndWeights) {
    EXPECT_EQ(describe({}), "");
    EXPECT_EQ(describe({{"!!", Weight::a}}), "");
    EXPECT_EQ(describe({{"b a B aa", Weight::a}}), "a:2A aa:4A b:1A,3A");
    EXPECT_EQ(describe({{"技術者AI", Weight::b}}), "ai:4B 技術:1B 者:3B 術者:2B");
}

TEST(SearchVector, LeavesAGapBetweenFieldsWithTokens) {
    EXPECT_EQ(describe({{"x y", Weight::a}, {"", Weight::b}, {"x", Weight::c}, {"x", Weight::d}}),
              "x:1A,4C,6D y:2A");
}

TEST(SearchVector, PutsThePrefixInFrontOfEveryLexeme) {
    EXPECT_EQ(describe({{"b a", Weight::a}}, "u1:"), "u1:a:2A u1:b:1A");
}

TEST(SearchVector, OverflowsWherePostgresqlWouldLose) {
    std::string words;
    for (int i = 0; i < 16'383; ++i)
        words += "w" + std::to_string(i) + " ";
    EXPECT_FALSE(overflows({{words, Weight::a}}));
    EXPECT_TRUE(overflows({{words + "x", Weight::a}}));

    std::string repeated;
    for (int i = 0; i < 255; ++i)
        repeated += "same ";
    EXPECT_FALSE(overflows({{repeated, Weight::a}}));
    EXPECT_TRUE(overflows({{repeated + "same", Weight::a}}));

    EXPECT_FALSE(overflows({{std::string(2044, 'x'), Weight::a}}, "u:"));
    EXPECT_TRUE(overflows({{std::string(2045, 'x'), Weight::a}}, "u:"));

    std::string large;
    for (int i = 0; i < 600; ++i)
        large += std::string(1'990, 'y') + std::to_string(i) + " ";
    EXPECT_TRUE(overflows({{large, Weight::a}}));
    EXPECT_FALSE(overflows({{large.substr(0, 900'000), Weight::a}}));
}

TEST(SearchVector, WeightsAddUpInTenths) {
    EXPECT_EQ(tenths_of(Weight::a), 10);
    EXPECT_EQ(tenths_of(Weight::b), 4);
    EXPECT_EQ(tenths_of(Weight::c), 2);
    EXPECT_EQ(tenths_of(Weight::d), 1);
}

}  // namespace
}  // namespace text
