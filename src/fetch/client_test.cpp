#include "fetch/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "fetch/test_host.hpp"

namespace fetch {
namespace {

using Outcome = std::expected<Answer, Failure>;
using State = guard::CircuitBreaker::State;
using namespace std::chrono_literals;

/// A client with a loop of its own; `get` runs it until the answer is there.
struct Bench {
    base::SystemClock clock;
    Breakers breakers{{.failures = 3, .successes = 2, .open_time = 60s}};
    boost::asio::io_context io{1};
    Client client{io, {}, breakers, clock};

    Outcome send(Request request) {
        Outcome outcome = std::unexpected(Failure{});
        io.restart();
        boost::asio::co_spawn(io, client.send(std::move(request)),
                              [&](const std::exception_ptr& error, Outcome done) {
                                  if (error) std::rethrow_exception(error);
                                  outcome = std::move(done);
                                  io.stop();
                              });
        io.run();
        return outcome;
    }
    Outcome get(const std::string& url) { return send({.url = url, .timeout = 10s}); }
};

TEST(Fetch, SendsWhatItIsToldAndReadsTheAnswer) {
    TestHost host([](const std::string&, std::size_t) {
        return TestHost::Reaction{TestHost::answer(201, "done", "X-Thing: one two\r\n"), true};
    });
    Bench bench;
    const auto answer = bench.send({.method = "POST",
                                    .url = host.url("/a?b=c"),
                                    .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                    .body = "x=1&y=2",
                                    .login = Login{"name", "pass:word"},
                                    .trace_id = "0123456789abcdef0123456789abcdef"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "done");
    EXPECT_EQ(answer->header("x-thing"), "one two");
    EXPECT_FALSE(answer->header("x-other"));
    const std::string request = host.requests().front();
    EXPECT_TRUE(request.starts_with("POST /a?b=c HTTP/1.1\r\n")) << request;
    EXPECT_TRUE(request.ends_with("\r\n\r\nx=1&y=2")) << request;
    EXPECT_TRUE(request.contains("Authorization: Basic bmFtZTpwYXNzOndvcmQ=\r\n")) << request;
    EXPECT_TRUE(request.contains("traceparent: 00-0123456789abcdef0123456789abcdef-")) << request;
    EXPECT_FALSE(request.contains("Expect:")) << request;
}

TEST(Fetch, UsesAConnectionAgain) {
    TestHost host(
        [](const std::string&, std::size_t) { return TestHost::Reaction{TestHost::answer(200, "x"), true}; });
    Bench bench;
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(bench.get(host.url()));
    EXPECT_EQ(host.requests().size(), 3U);
    EXPECT_EQ(host.connections(), 1U);
}

TEST(Fetch, DoesNotFollowRedirects) {
    TestHost host([](const std::string&, std::size_t) {
        return TestHost::Reaction{TestHost::answer(302, "", "Location: /elsewhere\r\n")};
    });
    Bench bench;
    const auto answer = bench.get(host.url());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(host.requests().size(), 1U);
}

TEST(Fetch, BoundsTheAnswer) {
    TestHost host([](const std::string&, std::size_t) {
        return TestHost::Reaction{TestHost::answer(200, std::string(5000, 'x'))};
    });
    Bench bench;
    const auto fits = bench.send({.url = host.url(), .answer_bytes_max = 5000});
    ASSERT_TRUE(fits);
    const auto answer = bench.send({.url = host.url(), .answer_bytes_max = 4999});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Failure::Kind::too_large);
    EXPECT_EQ(bench.breakers.state(origin_of(host.url())), State::closed);
}

TEST(Fetch, GivesUpInTime) {
    TestHost host([](const std::string&, std::size_t) { return TestHost::Reaction{"", false, true}; });
    Bench bench;
    const auto answer = bench.send({.url = host.url(), .timeout = 100ms});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Failure::Kind::timed_out);
}

TEST(Fetch, TellsAConnectionThatBreaks) {
    TestHost host([](const std::string&, std::size_t number) {
        return TestHost::Reaction{number == 0 ? "" : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"};
    });
    Bench bench;
    for (int i = 0; i < 2; ++i) {
        const auto answer = bench.get(host.url());
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, Failure::Kind::broken);
    }
}

TEST(Fetch, TellsAHostThatIsNotThere) {
    std::string url;
    {
        const TestHost gone([](const std::string&, std::size_t) { return TestHost::Reaction{}; });
        url = gone.url();
    }
    Bench bench;
    for (const std::string& where :
         {url, std::string("http://nowhere.invalid/"), std::string("ftp://127.0.0.1/")}) {
        const auto answer = bench.get(where);
        ASSERT_FALSE(answer) << where;
        EXPECT_EQ(answer.error().kind, Failure::Kind::unreachable) << where;
    }
}

// A token that may be used once must not be sent twice because an idle connection died.
TEST(Fetch, SendsAPostAtMostOnce) {
    TestHost host([](const std::string& request, std::size_t) {
        if (request.starts_with("GET")) return TestHost::Reaction{TestHost::answer(200, "x"), true};
        return TestHost::Reaction{};
    });
    Bench bench;
    ASSERT_TRUE(bench.get(host.url()));
    const auto answer = bench.send({.method = "POST", .url = host.url(), .body = "token=once"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Failure::Kind::broken);
    EXPECT_EQ(host.requests().size(), 2U);
}

TEST(Fetch, LeavesAFailingHostAlone) {
    TestHost host([](const std::string&, std::size_t number) {
        return TestHost::Reaction{TestHost::answer(number < 3 ? 503 : 200, "")};
    });
    Bench bench;
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(bench.get(host.url()).value().status, 503);
    const auto refused = bench.get(host.url());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Failure::Kind::refused);
    EXPECT_GT(refused.error().retry_after, 50s);
    EXPECT_LE(refused.error().retry_after, 60s);
    EXPECT_EQ(host.requests().size(), 3U);
}

TEST(Fetch, DoesNotCountWhatTheHostMeans) {
    TestHost host(
        [](const std::string&, std::size_t) { return TestHost::Reaction{TestHost::answer(429, "")}; });
    Bench bench;
    for (int i = 0; i < 6; ++i)
        ASSERT_EQ(bench.get(host.url()).value().status, 429);
}

TEST(Fetch, LetsACallerLeave) {
    std::atomic<bool> asked = false;
    TestHost host([&](const std::string&, std::size_t) {
        asked = true;
        return TestHost::Reaction{"", false, true};
    });
    Bench bench;
    boost::asio::cancellation_signal signal;
    bool ended = false;
    boost::asio::co_spawn(
        bench.io, bench.client.send({.url = host.url(), .may_leave = true}),
        boost::asio::bind_cancellation_slot(
            signal.slot(), [&](const std::exception_ptr&, const Outcome&) { ended = true; }));
    while (!asked)
        bench.io.run_one_for(10ms);
    signal.emit(boost::asio::cancellation_type::terminal);
    bench.io.run_for(10s);
    EXPECT_TRUE(ended);
}

TEST(Fetch, EndsWhatIsOnItsWayWhenStopped) {
    std::atomic<bool> asked = false;
    TestHost host([&](const std::string&, std::size_t) {
        asked = true;
        return TestHost::Reaction{"", false, true};
    });
    Bench bench;
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(bench.io, bench.client.send({.url = host.url()}),
                          [&](const std::exception_ptr&, Outcome done) { outcome = std::move(done); });
    while (!asked)
        bench.io.run_one_for(10ms);
    bench.client.stop();
    bench.io.run_for(10s);
    ASSERT_TRUE(outcome);
    ASSERT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().kind, Failure::Kind::stopped);
    const auto after = bench.get(host.url());
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().kind, Failure::Kind::stopped);
}

TEST(Fetch, ManyAtATime) {
    constexpr int kRequests = 40;
    TestHost host([](const std::string& request, std::size_t) {
        return TestHost::Reaction{TestHost::answer(200, request.substr(0, request.find(' ', 5))), true};
    });
    Bench bench;
    int answered = 0;
    for (int i = 0; i < kRequests; ++i) {
        const std::string path = "/" + std::to_string(i);
        boost::asio::co_spawn(bench.io, bench.client.send({.url = host.url(path)}),
                              [&, path](const std::exception_ptr&, const Outcome& done) {
                                  if (done && done->body == "GET " + path) ++answered;
                                  if (answered == kRequests) bench.io.stop();
                              });
    }
    bench.io.run_for(30s);
    EXPECT_EQ(answered, kRequests);
}

TEST(Fetch, OriginOfAnAddress) {
    EXPECT_EQ(origin_of("https://API.x.com/2/users?x=1"), "https://api.x.com");
    EXPECT_EQ(origin_of("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    EXPECT_EQ(origin_of("https://x.com?y"), "https://x.com");
}

}  // namespace
}  // namespace fetch
