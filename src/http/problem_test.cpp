#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "http/response.hpp"
#include "http/test_call.hpp"

namespace http {
namespace {

using base::Errc;

TEST(Problem, EveryErrorHasItsOwnFace) {
    std::set<std::string_view> codes;
    for (int i = 0; i < static_cast<int>(Errc::kCount); ++i) {
        const auto code = static_cast<Errc>(i);
        const ProblemType& type = problem_type(code);
        EXPECT_EQ(type.errc, code) << type.code;
        EXPECT_TRUE(type.status >= 400 && type.status < 600) << type.code;
        EXPECT_TRUE(codes.insert(type.code).second) << type.code;
        EXPECT_FALSE(type.title.empty());
        EXPECT_TRUE(type.description.ends_with(".")) << type.code;
        EXPECT_EQ(find_problem_type(problem_slug(type.code)), &type);
    }
    EXPECT_EQ(find_problem_type("unknown"), nullptr);
    EXPECT_EQ(find_problem_type("INVALID_JSON"), nullptr);
}

TEST(Problem, HasTheMembersOfTheContract) {
    test::Asked asked(Method::get, "/api/x\xff", {});
    base::Error error{Errc::rate_limit_exceeded, "Too \"fast\"."};
    error.retry_after = std::chrono::seconds(7);
    error.extras = "\"limit\":10";
    const Response answer = problem(asked.call, error);
    EXPECT_EQ(answer.status, 429U);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(answer.caching, Caching::no_store);
    EXPECT_EQ(test::header(answer, "Retry-After"), "7");
    const auto body = boost::json::parse(*answer.body).as_object();
    EXPECT_EQ(body.at("type"), "/problems/rate-limit-exceeded");
    EXPECT_EQ(body.at("title"), "Rate limit exceeded");
    EXPECT_EQ(body.at("status"), 429);
    EXPECT_EQ(body.at("detail"), "Too \"fast\".");
    EXPECT_EQ(body.at("error"), "Too \"fast\".");
    EXPECT_EQ(body.at("requestId"), "r");
    EXPECT_EQ(body.at("success"), false);
    EXPECT_EQ(body.at("code"), "RATE_LIMIT_EXCEEDED");
    EXPECT_EQ(body.at("limit"), 10);
    EXPECT_EQ(body.at("retryAfter"), 7);
    EXPECT_EQ(body.at("instance"), "/api/x\xEF\xBF\xBD");
    EXPECT_EQ(problem(asked.call, {Errc::category_not_found, {}}, 400).status, 400U);
    EXPECT_EQ(boost::json::parse(*problem(asked.call, {Errc::tag_not_found, {}}).body).at("detail"),
              "Tag not found");
}

TEST(Problem, HelpersNameWhatTheyAreAbout) {
    test::Asked asked(Method::get, "/nowhere", {});
    EXPECT_EQ(boost::json::parse(*endpoint_not_found(asked.call).body).at("path"), "/nowhere");
    EXPECT_EQ(test::header(method_not_allowed(asked.call, "GET, HEAD"), "Allow"), "GET, HEAD");
    EXPECT_EQ(boost::json::parse(*request_too_large(asked.call, 10 << 20).body).at("maxSize"), "10mb");
    EXPECT_EQ(size_text(1ULL << 30), "1gb");
    EXPECT_EQ(size_text(1536), "1536b");
    EXPECT_EQ(size_text(2048), "2kb");
}

}  // namespace
}  // namespace http
