#include "idempotency/keys.hpp"

#include <gtest/gtest.h>

namespace idempotency {
namespace {

TEST(IdempotencyKey, IsVisibleAsciiWithOrWithoutQuotes) {
    EXPECT_EQ(parse_key("a"), "a");
    EXPECT_EQ(parse_key("8e03978e-40d5-43dd-bc93-6894a57f9324"), "8e03978e-40d5-43dd-bc93-6894a57f9324");
    EXPECT_EQ(parse_key("\"quoted\""), "quoted");
    EXPECT_EQ(parse_key(R"("a\"b\\c")"), R"(a"b\c)");
    EXPECT_EQ(parse_key(R"(a\b)"), R"(a\b)");  // a backslash is special inside quotes only
    EXPECT_EQ(parse_key(std::string(255, 'x')), std::string(255, 'x'));
    EXPECT_EQ(parse_key('"' + std::string(255, 'x') + '"'), std::string(255, 'x'));
}

TEST(IdempotencyKey, RefusesWhatIsNoKey) {
    for (const std::string_view wrong : {"", "\"", "\"\"", "\"open", "open\"quote\" ", "a b", "\ta", "a\x7f",
                                         "\xC3\xA4", R"("a"b")", R"("a\")", R"("a\x")", "\"a b\""})
        EXPECT_EQ(parse_key(wrong), std::nullopt) << wrong;
    EXPECT_EQ(parse_key(std::string(256, 'x')), std::nullopt);
    EXPECT_EQ(parse_key('"' + std::string(256, 'x') + '"'), std::nullopt);
}

TEST(IdempotencyKey, AnswersThatAreNoResultAreNotKept) {
    for (const unsigned status : {200U, 201U, 202U, 206U, 302U, 400U, 404U, 409U, 410U, 412U, 415U, 422U})
        EXPECT_TRUE(is_kept(status)) << status;
    for (const unsigned status : {401U, 403U, 408U, 413U, 429U, 500U, 501U, 503U})
        EXPECT_FALSE(is_kept(status)) << status;
}

}  // namespace
}  // namespace idempotency
