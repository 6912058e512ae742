#include "x/verdict.hpp"

#include <gtest/gtest.h>

namespace x {
namespace {

using D = Decision;

struct Case {
    int status;
    const char* body;
    bool has_cursor;
    Decision decision;
};

// Contract 4.5, line by line; bodies as X's documentation shows them, and as they were reported.
const Case kCases[] = {
    {200, "", false, D::ok},
    {0, "", false, D::unavailable},
    {302, "", false, D::unavailable},
    // 400
    {400,
     R"({"errors":[{"parameters":{"tweet.fields":["note_tweet"]},"message":"The `tweet.fields` query parameter value [note_tweet] is not one of [article,note_post]"}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"https://api.x.com/2/problems/invalid-request"})",
     false, D::switch_dialect},
    {400, R"({"errors":[{"parameters":{"expansions":["referenced_tweets.id"]},"message":"no"}]})", true,
     D::switch_dialect},
    {400,
     R"({"errors":[{"message":"The query parameter [post.fields] is not one of [id,max_results,pagination_token,tweet.fields]"}],"title":"Invalid Request"})",
     true, D::switch_dialect},
    {400,
     R"({"title":"Invalid Request","parameter":"post.fields","value":"x","type":"https://api.x.com/2/problems/invalid-request"})",
     false, D::switch_dialect},
    {400,
     R"({"errors":[{"parameters":{"pagination_token":["x"]},"message":"The `pagination_token` query parameter value [x] is not valid"}],"title":"Invalid Request"})",
     true, D::bad_cursor},
    {400, R"({"title":"Invalid Request"})", true, D::bad_cursor},
    {400, "", true, D::bad_cursor},
    {400, "", false, D::bad_request},
    {400, R"({"errors":[{"parameters":{"max_results":["200"]},"message":"out of range"}]})", true,
     D::bad_request},
    // 401
    {401, R"({"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"})", false,
     D::unauthorized},
    // money
    {402, "", false, D::budget},
    {402, R"({"title":"CreditsDepleted","type":"https://api.x.com/2/problems/credits"})", false, D::budget},
    {429,
     R"({"title":"UsageCapExceeded","detail":"Usage cap exceeded: Monthly product cap","type":"https://api.twitter.com/2/problems/usage-capped"})",
     false, D::budget},
    {403, R"({"type":"https://api.x.com/2/problems/usage-capped"})", false, D::budget},
    {429, R"({"errors":[{"message":"UsageCapExceeded"}]})", false, D::budget},
    {403, R"({"detail":"Your enrolled account does not have any credits to fulfill this request."})", false,
     D::budget},
    {400, R"({"detail":"You are out of credits"})", false, D::budget},
    // 403, 404
    {403, R"({"title":"Forbidden","detail":"Forbidden","type":"about:blank"})", false, D::needs_reauth},
    {403,
     R"({"title":"Client Forbidden","reason":"client-not-enrolled","type":"https://api.x.com/2/problems/client-forbidden"})",
     false, D::not_enrolled},
    {403, R"({"errors":[{"type":"https://api.x.com/2/problems/client-forbidden"}]})", false, D::not_enrolled},
    {403, "<html>", false, D::needs_reauth},
    {404, "", false, D::user_gone},
    // 429
    {429, R"({"errors":[{"code":88,"message":"Rate limit exceeded"}]})", false, D::rate_limited},
    {429, R"({"title":"Too Many Requests","type":"https://api.x.com/2/problems/rate-limit-exceeded"})", true,
     D::rate_limited},
    {429, "", false, D::rate_limited},
    // the rest
    {408, "", false, D::unavailable},
    {500, R"({"title":"out of credits"})", false, D::unavailable},
    {503, "", true, D::unavailable},
    {418, "", false, D::bad_request},
};

TEST(XVerdict, TableOfTheContract) {
    for (const Case& c : kCases) {
        const Verdict verdict =
            judge({.status = c.status, .body = c.body, .rate_limit = {}, .has_cursor = c.has_cursor});
        EXPECT_EQ(to_string(verdict.decision), to_string(c.decision)) << c.status << ' ' << c.body;
        EXPECT_FALSE(verdict.until);
    }
}

TEST(XVerdict, AMalformedPageIsTriedAgain) {
    EXPECT_EQ(judge({.status = 200, .is_well_formed = false}).decision, D::unavailable);
}

TEST(XVerdict, AFixedDialectDoesNotSwitch) {
    const std::string_view body = R"({"errors":[{"parameters":{"expansions":["x"]}}]})";
    EXPECT_EQ(judge({.status = 400, .body = body, .may_switch = false}).decision, D::bad_request);
    EXPECT_EQ(judge({.status = 400, .body = body, .has_cursor = true, .may_switch = false}).decision,
              D::bad_request);
}

TEST(XVerdict, WaitsUntilTheReset) {
    const base::Time reset{std::chrono::seconds(1000)};
    EXPECT_EQ(judge({.status = 429, .rate_limit = {.limit = {}, .remaining = 0, .reset = reset}}),
              (Verdict{D::rate_limited, reset}));
    EXPECT_EQ(judge({.status = 503, .rate_limit = {.limit = {}, .remaining = 0, .reset = reset}}),
              Verdict{D::unavailable});
}

TEST(XVerdict, Describes) {
    EXPECT_EQ(describe(R"({"title":"Forbidden","detail":"Not yours"})"), "Forbidden: Not yours");
    EXPECT_EQ(describe(R"({"errors":[{"message":"Rate limit exceeded","code":88}],"title":"x"})"),
              "Rate limit exceeded");
    EXPECT_EQ(describe(R"({"error":"invalid_grant","error_description":"Gone.\nAgain"})"),
              "invalid_grant: Gone. Again");
    EXPECT_EQ(describe("<html>"), "");
    EXPECT_EQ(describe("[]"), "");
    const std::string long_text = describe(R"({"title":")" + std::string(299, 'x') + R"(あ"})");
    EXPECT_EQ(long_text, std::string(299, 'x'));
}

TEST(XVerdict, DescribesWithoutWhatMayBeASecret) {
    EXPECT_EQ(
        describe(
            R"({"title":"token=xbr-0123456789abcdefghij was used, Basic YXBwOnNlY3JldC1vZi0xMjM0 too"})"),
        "[…] was used, Basic […] too");
    EXPECT_EQ(describe(R"({"title":"The post 1234567890123456789012 and tweet.non_public_metrics stay"})"),
              "The post 1234567890123456789012 and tweet.non_public_metrics stay");
}

TEST(XVerdict, EveryDecisionHasAWord) {
    for (int i = 0; i <= static_cast<int>(D::breaker); ++i)
        EXPECT_FALSE(to_string(static_cast<Decision>(i)).empty());
}

}  // namespace
}  // namespace x
