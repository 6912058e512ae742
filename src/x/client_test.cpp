#include "x/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "fetch/client.hpp"
#include "fetch/test_host.hpp"

namespace x {
namespace {

using fetch::TestHost;
using namespace std::chrono_literals;

constexpr base::Time kNow{std::chrono::microseconds(1'800'000'000'000'000)};

struct Bench {
    explicit Bench(TestHost::React react, std::optional<Dialect> dialect = {})
        : host(std::move(react)),
          client(http, {.base_url = host.url(""), .timeout = 5s, .dialect = dialect}, clock) {}

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
    Answer bookmarks(PageRequest request = {}, Dialect dialect = Dialect::tweet) {
        return run(
            client.bookmarks({.user = {}, .x_user_id = "77", .access_token = "secret", .dialect = dialect},
                             std::move(request)));
    }

    TestHost host;
    base::ManualClock clock{kNow};
    boost::asio::io_context io{1};
    fetch::Breakers breakers{{.failures = 2}};
    fetch::Client http{io, {}, breakers, clock};
    Client client;
};

TestHost::React always(int status, std::string body, std::string headers = {}) {
    return [=](const std::string&, std::size_t) {
        return TestHost::Reaction{TestHost::answer(status, body, headers)};
    };
}

std::string target(const std::string& request) {
    return request.substr(4, request.find(' ', 4) - 4);
}

TEST(XClient, AsksForAPageInTheDialectOfTheAccount) {
    Bench bench(always(
        200, R"({"data":[{"id":"1","text":"a"}],"meta":{"result_count":1,"next_token":"n1"}})",
        "x-rate-limit-limit: 180\r\nx-rate-limit-remaining: 17\r\nx-rate-limit-reset: 1800000600\r\n"));
    const Answer answer = bench.bookmarks({.max_results = 20, .pagination_token = "a/b"});
    EXPECT_EQ(answer.verdict, Verdict{Decision::ok});
    EXPECT_EQ(answer.status, 200);
    ASSERT_EQ(answer.page.posts.size(), 1U);
    EXPECT_EQ(answer.page.next_token, "n1");
    EXPECT_EQ(answer.rate_limit.limit, 180);
    EXPECT_EQ(answer.rate_limit.remaining, 17);
    EXPECT_EQ(answer.rate_limit.reset, kNow + 600s);
    const std::string request = bench.host.requests().front();
    EXPECT_EQ(target(request), "/2/users/77/bookmarks?max_results=20&pagination_token=a%2Fb&" +
                                   field_parameters(Dialect::tweet));
    EXPECT_TRUE(request.contains("Authorization: Bearer secret\r\n"));
    static_cast<void>(bench.bookmarks({}, Dialect::post));
    EXPECT_EQ(target(bench.host.requests().back()),
              "/2/users/77/bookmarks?max_results=100&" + field_parameters(Dialect::post));
}

TEST(XClient, FieldParametersOfBothDialects) {
    const std::string tweet = field_parameters(Dialect::tweet);
    const std::string post = field_parameters(Dialect::post);
    EXPECT_TRUE(tweet.starts_with("tweet.fields="));
    EXPECT_TRUE(tweet.contains("note_tweet,") && tweet.contains(",referenced_tweets,") &&
                tweet.contains(",referenced_tweets.id&"));
    EXPECT_TRUE(post.starts_with("post.fields="));
    EXPECT_TRUE(post.contains("note_post,") && post.contains(",referenced_posts,") &&
                post.contains(",referenced_posts&"));
    EXPECT_FALSE(post.contains("tweet"));
}

TEST(XClient, AFixedDialectWinsAndNeverSwitches) {
    const std::string complaint = R"({"errors":[{"parameters":{"post.fields":["x"]},"message":"no"}]})";
    Bench fixed(always(400, complaint), Dialect::post);
    EXPECT_EQ(fixed.bookmarks().verdict.decision, Decision::bad_request);
    EXPECT_TRUE(fixed.host.requests().front().contains("post.fields="));
    Bench open(always(400, complaint));
    EXPECT_EQ(open.bookmarks().verdict.decision, Decision::switch_dialect);
}

TEST(XClient, WhatCannotBeReadIsNotTheEnd) {
    for (const char* body : {"", "<html>", "[]", "{}", R"({"data":[{"id")", R"({"errors":[]})", "null"}) {
        Bench bench(always(200, body));
        const Answer answer = bench.bookmarks();
        EXPECT_EQ(answer.verdict.decision, Decision::unavailable) << body;
        EXPECT_FALSE(answer.problem.empty());
    }
    Bench empty(always(200, R"({"meta":{"result_count":0}})"));
    EXPECT_EQ(empty.bookmarks().verdict.decision, Decision::ok);
}

TEST(XClient, WaitsAreKnownWithAndWithoutReset) {
    Bench with(always(429, R"({"errors":[{"code":88,"message":"Rate limit exceeded"}]})",
                      "x-rate-limit-reset: 1800000060\r\n"));
    const Answer limited = with.bookmarks();
    EXPECT_EQ(limited.verdict, (Verdict{Decision::rate_limited, kNow + 60s}));
    EXPECT_EQ(limited.problem, "Rate limit exceeded");
    Bench after(always(429, "{}", "Retry-After: 5\r\n"));
    EXPECT_EQ(after.bookmarks().verdict, (Verdict{Decision::rate_limited, kNow + 5s}));
    Bench without(always(429, "", "x-rate-limit-reset: soon\r\n"));
    EXPECT_EQ(without.bookmarks().verdict, Verdict{Decision::rate_limited});
}

TEST(XClient, FailuresOpenTheBreaker) {
    Bench bench(always(503, ""));
    EXPECT_EQ(bench.bookmarks().verdict.decision, Decision::unavailable);
    EXPECT_EQ(bench.bookmarks().verdict.decision, Decision::unavailable);
    const Answer answer = bench.bookmarks();
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.verdict, (Verdict{Decision::breaker, kNow + 60s}));
    EXPECT_EQ(bench.host.requests().size(), 2U);
}

TEST(XClient, PostsByIdMayAllBeGone) {
    Bench bench(always(200, R"({"errors":[{"resource_type":"tweet","resource_id":"5",
        "type":"https://api.x.com/2/problems/resource-not-found"}]})"));
    const Answer answer =
        bench.run(bench.client.posts({.user = {}, .x_user_id = "77", .access_token = "t"}, {"5", "6"}));
    EXPECT_EQ(answer.verdict.decision, Decision::ok);
    ASSERT_EQ(answer.page.problems.size(), 1U);
    EXPECT_TRUE(target(bench.host.requests().front()).starts_with("/2/tweets?ids=5,6&tweet.fields="));
}

TEST(XClient, Me) {
    Bench bench([](const std::string&, std::size_t number) {
        return TestHost::Reaction{
            number == 0 ? TestHost::answer(200, R"({"data":{"id":"77","username":"ann","name":"Ann",
                                                   "profile_image_url":"https://p/x.jpg"}})")
                        : TestHost::answer(401, R"({"title":"Unauthorized","detail":"Bad token"})")};
    });
    const UserAnswer known = bench.run(bench.client.me("token"));
    EXPECT_EQ(known.verdict.decision, Decision::ok);
    EXPECT_EQ(known.user.id, "77");
    EXPECT_EQ(known.user.username, "ann");
    EXPECT_EQ(known.user.name, "Ann");
    EXPECT_EQ(known.user.profile_image_url, "https://p/x.jpg");
    const UserAnswer refused = bench.run(bench.client.me("token"));
    EXPECT_EQ(refused.verdict.decision, Decision::unauthorized);
    EXPECT_EQ(refused.problem, "Unauthorized: Bad token");
}

}  // namespace
}  // namespace x
