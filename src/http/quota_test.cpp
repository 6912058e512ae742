#include "http/quota.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "http/test_call.hpp"

namespace http {
namespace {

using namespace std::chrono_literals;

const QuotaPolicy kIp{"api-ip", 1000, 900s};
const QuotaPolicy kUser{"api-user", 300, 1500ms};

constexpr std::chrono::sys_seconds at(std::chrono::seconds since_epoch) {
    return std::chrono::sys_seconds(since_epoch);
}

TEST(Quota, HeadersAreThoseOfTheInnermostAndOfAll) {
    std::string out;
    append_quotas(out, {}, at(0s));
    EXPECT_EQ(out, "");
    Quotas quotas;
    quotas.add({&kIp, 999, at(1800s)});
    quotas.add({&kUser, 7, at(1700s)});
    append_quotas(out, quotas.all(), at(1690s));
    EXPECT_EQ(out,
              "X-RateLimit-Limit: 300\r\nX-RateLimit-Window: 2\r\nX-RateLimit-Remaining: 7\r\n"
              "X-RateLimit-Reset: 1700\r\n"
              "RateLimit-Policy: \"api-ip\";q=1000;w=900, \"api-user\";q=300;w=2\r\n"
              "RateLimit: \"api-ip\";r=999;t=110, \"api-user\";r=7;t=10\r\n");
}

TEST(Quota, ARefusalNamesTheInnermost) {
    test::Asked asked(Method::get, "/api/tags", {});
    asked.call.quotas.add({&kIp, 5, at(1800s)});
    asked.call.quotas.add({&kUser, 0, at(1700s)});
    for (const auto& [now, expected] : {std::pair{at(1688s), 12}, {at(1700s), 1}, {at(1800s), 1}}) {
        const Response answer = rate_limited(asked.call, now);
        EXPECT_EQ(answer.status, 429U);
        EXPECT_EQ(test::header(answer, "Retry-After"), std::to_string(expected));
        const auto body = boost::json::parse(*answer.body).as_object();
        EXPECT_EQ(body.at("code"), "RATE_LIMIT_EXCEEDED");
        EXPECT_EQ(body.at("retryAfter"), expected);
        EXPECT_EQ(body.at("limit"), 300);
        EXPECT_EQ(body.at("windowMs"), 1500);
    }
}

}  // namespace
}  // namespace http
