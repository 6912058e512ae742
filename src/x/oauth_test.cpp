#include "x/oauth.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "fetch/client.hpp"
#include "fetch/test_host.hpp"

namespace x {
namespace {

using fetch::TestHost;
using Outcome = std::expected<Tokens, TokenFailure>;
using Kind = TokenFailure::Kind;
using namespace std::chrono_literals;

constexpr base::Time kNow{std::chrono::seconds(1'800'000'000)};
const App kPublic{.client_id = "app id", .client_secret = "", .redirect_uri = "http://127.0.0.1:3001/cb?a=b"};
const App kConfidential{.client_id = "id", .client_secret = "secret", .redirect_uri = "http://h/cb"};

// RFC 7636 appendix B.
TEST(XOAuth, ChallengeOfTheStandard) {
    EXPECT_EQ(challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(XOAuth, VerifiersAreOfTheStandardsLengthAndDiffer) {
    const std::string verifier = make_verifier();
    EXPECT_GE(verifier.size(), 43U);
    EXPECT_LE(verifier.size(), 128U);
    EXPECT_NE(verifier, make_verifier());
}

TEST(XOAuth, ReadsTokens) {
    const auto tokens = read_tokens(
        R"({"token_type":"Bearer","expires_in":7200,"access_token":"a","scope":"tweet.read  users.read","refresh_token":"r"})");
    ASSERT_TRUE(tokens);
    EXPECT_EQ(tokens->access_token, "a");
    EXPECT_EQ(tokens->refresh_token, "r");
    EXPECT_EQ(tokens->expires_in, 7200s);
    EXPECT_EQ(tokens->scopes, (std::vector<std::string>{"tweet.read", "users.read"}));
    const auto least = read_tokens(R"({"token_type":"bearer","access_token":"a"})");
    ASSERT_TRUE(least);
    EXPECT_FALSE(least->refresh_token);
    EXPECT_EQ(least->expires_in, 7200s);
    for (const char* body : {"", "[]", "{}", R"({"token_type":"mac","access_token":"a"})",
                             R"({"token_type":"bearer","access_token":""})"})
        EXPECT_FALSE(read_tokens(body)) << body;
}

struct Bench {
    explicit Bench(TestHost::React react)
        : host(std::move(react)),
          oauth(http,
                {.authorize_url = "https://x.com/i/oauth2/authorize",
                 .token_url = host.url("/2/oauth2/token"),
                 .revoke_url = host.url("/2/oauth2/revoke"),
                 .scopes = "bookmark.read offline.access",
                 .timeout = 2s},
                clock) {}
    template <class T>
    T run(base::Task<T> task) {
        std::optional<T> out;
        io.restart();
        boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& error, T done) {
            if (error) std::rethrow_exception(error);
            out = std::move(done);
            io.stop();
        });
        io.run();
        return *std::move(out);
    }
    TestHost host;
    base::ManualClock clock{kNow};
    boost::asio::io_context io{1};
    fetch::Breakers breakers{{.failures = 2}};
    fetch::Client http{io, {}, breakers, clock};
    OAuth oauth;
};

TestHost::React always(int status, std::string body, std::string headers = {}) {
    return [=](const std::string&, std::size_t) {
        return TestHost::Reaction{TestHost::answer(status, body, headers)};
    };
}

TEST(XOAuth, AddressToAuthorize) {
    Bench bench(always(200, ""));
    EXPECT_EQ(bench.oauth.authorize_url(kPublic, "st", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "https://x.com/i/oauth2/authorize?response_type=code&client_id=app%20id&redirect_uri="
              "http%3A%2F%2F127.0.0.1%3A3001%2Fcb%3Fa%3Db&scope=bookmark.read%20offline.access&state=st"
              "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(XOAuth, APublicClientNamesItselfInTheForm) {
    Bench bench(always(200, R"({"token_type":"bearer","access_token":"a","refresh_token":"r"})"));
    EXPECT_EQ(bench.run(bench.oauth.exchange(kPublic, "c/d", "v")).value().access_token, "a");
    const std::string request = bench.host.requests().front();
    EXPECT_TRUE(request.starts_with("POST /2/oauth2/token HTTP/1.1\r\n"));
    EXPECT_TRUE(
        request.ends_with("\r\n\r\ngrant_type=authorization_code&code=c%2Fd&redirect_uri="
                          "http%3A%2F%2F127.0.0.1%3A3001%2Fcb%3Fa%3Db&code_verifier=v&client_id=app%20id"))
        << request;
    EXPECT_FALSE(request.contains("Authorization:"));
}

TEST(XOAuth, AConfidentialClientLogsIn) {
    Bench bench(always(200, R"({"token_type":"bearer","access_token":"a","refresh_token":"r2"})"));
    EXPECT_EQ(bench.run(bench.oauth.refresh(kConfidential, "r1")).value().refresh_token, "r2");
    const std::string request = bench.host.requests().front();
    EXPECT_TRUE(request.contains("Authorization: Basic aWQ6c2VjcmV0\r\n"));
    EXPECT_TRUE(request.ends_with("\r\n\r\ngrant_type=refresh_token&refresh_token=r1"));
}

TEST(XOAuth, FailuresHaveKinds) {
    struct Case {
        int status;
        const char* body;
        Kind kind;
        const char* problem;
    };
    for (const Case& c :
         {Case{400,
               R"({"error":"invalid_request","error_description":"Value passed for the token was invalid."})",
               Kind::denied, "invalid_request: Value passed for the token was invalid."},
          Case{401,
               R"({"error":"unauthorized_client","error_description":"Missing valid authorization header"})",
               Kind::denied, "unauthorized_client: Missing valid authorization header"},
          Case{403, "", Kind::denied, "X answered 403"}, Case{408, "", Kind::unavailable, "X answered 408"},
          Case{503, "<html>", Kind::unavailable, "X answered 503"},
          Case{200, "<html>", Kind::unavailable, "X answered something that cannot be read"}}) {
        Bench bench(always(c.status, c.body));
        const Outcome outcome = bench.run(bench.oauth.refresh(kPublic, "r"));
        ASSERT_FALSE(outcome) << c.status;
        EXPECT_EQ(outcome.error().kind, c.kind) << c.status;
        EXPECT_EQ(outcome.error().problem, c.problem);
    }
    Bench limited(always(429, "", "x-rate-limit-reset: 1800000030\r\n"));
    const Outcome outcome = limited.run(limited.oauth.refresh(kPublic, "r"));
    EXPECT_EQ(outcome.error().kind, Kind::rate_limited);
    EXPECT_EQ(outcome.error().until, kNow + 30s);
}

// Whether the lost answer spent the token nobody knows; to send it again would make sure that it is spent.
TEST(XOAuth, ACutConnectionIsNotTriedAgain) {
    Bench bench([](const std::string&, std::size_t) { return TestHost::Reaction{}; });
    EXPECT_EQ(bench.run(bench.oauth.refresh(kPublic, "r")).error().kind, Kind::unavailable);
    EXPECT_EQ(bench.host.requests().size(), 1U);
    EXPECT_EQ(bench.run(bench.oauth.refresh(kPublic, "r")).error().kind, Kind::unavailable);
    const Outcome refused = bench.run(bench.oauth.refresh(kPublic, "r"));
    EXPECT_EQ(refused.error().kind, Kind::breaker);
    EXPECT_EQ(refused.error().until, kNow + 60s);
}

TEST(XOAuth, Revokes) {
    Bench bench(always(200, R"({"revoked":true})"));
    EXPECT_TRUE(bench.run(bench.oauth.revoke(kPublic, "t")));
    const std::string request = bench.host.requests().front();
    EXPECT_TRUE(request.starts_with("POST /2/oauth2/revoke "));
    EXPECT_TRUE(request.ends_with("\r\n\r\ntoken=t&client_id=app%20id"));
    Bench failing(always(500, ""));
    EXPECT_FALSE(failing.run(failing.oauth.revoke(kPublic, "t")));
}

}  // namespace
}  // namespace x
