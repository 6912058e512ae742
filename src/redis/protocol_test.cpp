#include "redis/protocol.hpp"

#include <gtest/gtest.h>

namespace redis {
namespace {

TEST(RedisProtocol, ReadsEveryKind) {
    const auto parsed = parse_reply("*6\r\n+OK\r\n-ERR no\r\n:-12\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\nrest");
    ASSERT_TRUE(parsed && *parsed);
    const Reply& reply = (*parsed)->reply;
    ASSERT_EQ(reply.items.size(), 6U);
    EXPECT_EQ(reply.items[0].text, "OK");
    EXPECT_TRUE(reply.items[1].is_error());
    EXPECT_EQ(reply.items[2].integer, -12);
    EXPECT_EQ(reply.items[3].text, "a\r\nbc");
    EXPECT_EQ(reply.items[4].kind, Reply::Kind::nil);
    EXPECT_EQ(reply.items[5].kind, Reply::Kind::nil);
}

TEST(RedisProtocol, EveryCutNeedsMoreAndTheWholeIsUsed) {
    const std::string whole = "*2\r\n$3\r\nabc\r\n*1\r\n:7\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto parsed = parse_reply(std::string_view(whole).substr(0, size));
        ASSERT_TRUE(parsed) << size;
        EXPECT_FALSE(*parsed) << size;
    }
    const auto parsed = parse_reply(whole + "+next\r\n");
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_EQ((*parsed)->used, whole.size());
}

TEST(RedisProtocol, RefusesWhatIsNoReply) {
    std::string deep;
    for (int i = 0; i <= kReplyDepthMax; ++i)
        deep += "*1\r\n";
    for (const std::string& wrong :
         {std::string("HTTP/1.1 200 OK\r\n"), std::string("\r\n"), std::string(":x\r\n"),
          std::string("$-2\r\n"), std::string("$99999999999\r\n"), std::string("$1\r\nabc\r\n"),
          std::string("*9999999\r\n"), deep + ":1\r\n", std::string(70'000, '+')}) {
        EXPECT_FALSE(parse_reply(wrong)) << wrong.substr(0, 40);
    }
}

TEST(RedisProtocol, WritesCommands) {
    std::string out;
    const std::string_view words[] = {"SET", "k", std::string_view("\r\n\0", 3)};
    append_command(out, words);
    EXPECT_EQ(out, std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\r\n\0\r\n", 29));
}

}  // namespace
}  // namespace redis
