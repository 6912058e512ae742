#include "accounts/jwt.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace accounts {
namespace {

using namespace std::chrono_literals;
using base::Errc;

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
const base::Time kNow{std::chrono::seconds{1'790'000'000}};

Claims claims() {
    return {.user = {*base::parse_uuid("0190a6d2-93c4-7def-8123-456789abcdef")},
            .x_user_id = "",
            .username = "hana",
            .role = base::Role::admin,
            .session = base::SessionId{*base::parse_uuid("0190a6d2-93c4-7def-8123-456789abcd00")},
            .issued_at = kNow,
            .expires_at = kNow + 15min};
}

std::string forge(std::string_view header, std::string_view payload, std::string_view key = kKey) {
    std::string token = base::to_base64url(header) + '.' + base::to_base64url(payload);
    const base::Digest signature = base::hmac_sha256(key, token);
    return token + '.' + base::to_base64url(base::as_chars(signature));
}

Errc error_of(std::string_view token, base::Time now = kNow) {
    const auto result = verify(token, kKey, now);
    return result ? Errc::kCount : result.error().code;
}

std::string payload(std::string_view replace = "", std::string_view with = "") {
    std::string json =
        R"({"userId":"0190a6d2-93c4-7def-8123-456789abcdef","xUserId":"","username":"hana","role":"user",)"
        R"("typ":"access","iat":1790000000,"exp":1790000900,"aud":"x-bookmarker-app","iss":"x-bookmarker",)"
        R"("jti":"access_1_abc"})";
    if (!replace.empty()) json.replace(json.find(replace), replace.size(), with);
    return json;
}

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

TEST(Jwt, RoundTrip) {
    const auto read = verify(sign(claims(), kKey), kKey, kNow + 14min);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->user, claims().user);
    EXPECT_EQ(read->session, claims().session);
    EXPECT_EQ(read->username, "hana");
    EXPECT_EQ(read->role, base::Role::admin);
    EXPECT_EQ(read->expires_at, claims().expires_at);
}

TEST(Jwt, Times) {
    const std::string token = sign(claims(), kKey);
    EXPECT_EQ(error_of(token, kNow + 15min), Errc::token_expired);
    EXPECT_EQ(error_of(forge(kHeader, payload("\"iat\"", "\"nbf\":1790000100,\"iat\""))),
              Errc::token_not_active);
    EXPECT_EQ(error_of(forge(kHeader, payload("\"iat\"", "\"nbf\":\"x\",\"iat\""))), Errc::invalid_token);
}

TEST(Jwt, RefusesForgeries) {
    ASSERT_EQ(error_of(forge(kHeader, payload())), Errc::kCount);
    EXPECT_EQ(error_of(forge(kHeader, payload(), "another key of thirty-two bytes!")), Errc::invalid_token);
    EXPECT_EQ(error_of(forge(R"({"alg":"none"})", payload())), Errc::invalid_token);
    EXPECT_EQ(error_of(forge(R"({"alg":"HS512"})", payload())), Errc::invalid_token);
    EXPECT_EQ(error_of(forge(R"({"alg":"HS256","crit":["x"]})", payload())), Errc::invalid_token);
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"x-bookmarker-app", "other"},
                                                          {"\"iss\":\"x-bookmarker\"", "\"iss\":\"y\""},
                                                          {"\"access\"", "\"refresh\""},
                                                          {"1790000900", "1790000900.5"},
                                                          {"1790000900", "\"1790000900\""},
                                                          {"1790000900", "99999999999999"},
                                                          {"\"user\"", "\"root\""},
                                                          {"0190a6d2", "zzzzzzzz"},
                                                          {"\"username\":\"hana\"", "\"username\":5"},
                                                          {"\"jti\":\"access_1_abc\"", "\"jti\":null"},
                                                          {"\"iat\"", "\"sid\":\"x\",\"iat\""}})
        EXPECT_EQ(error_of(forge(kHeader, payload(from, to))), Errc::invalid_token) << from;
    std::string tampered = sign(claims(), kKey);
    tampered[tampered.find('.') + 5] ^= 1;
    EXPECT_EQ(error_of(tampered), Errc::invalid_token);
    for (const char* junk : {"", ".", "..", "a.b", "a.b.c.d", "\xff.\xff.\xff"})
        EXPECT_EQ(error_of(junk), Errc::invalid_token);
    EXPECT_EQ(error_of(std::string(100'000, 'a')), Errc::invalid_token);
}

}  // namespace
}  // namespace accounts
