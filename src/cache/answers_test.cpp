// What is answered from the cache while others write and load: with a real cache, a Redis that is away, and a
// library of one number and one text.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>
#include <list>
#include <utility>

#include "cache/answers.hpp"
#include "http/test_call.hpp"
#include "http/version_tag.hpp"

namespace http {

/// The library that the handler below reads.
struct Services {
    std::int64_t version = 1;
    std::string rows = "old";
    int loads = 0;
    bool is_slow = false;             ///< lets others run while it loads
    std::function<void()> meanwhile;  ///< called once, after the rows were read and before they are answered
    std::string cookie;
    bool is_gone = false;  ///< what is asked for
};

}  // namespace http

namespace cache {
namespace {

using namespace std::chrono_literals;
using http::CacheUse;

base::Task<http::Response> load(http::Services& library, http::Call& call) {
    ++library.loads;
    if (library.is_gone) co_return http::problem(call, {base::Errc::bookmark_not_found, "gone"});
    http::Response response =
        http::json(base::to_string(call.principal->user.uuid) + library.rows, http::Caching::api_max_age);
    response.library_version = library.version;
    response.etag = http::list_etag(*call.principal, library.version);
    if (!library.cookie.empty()) response.cookies.push_back(library.cookie);
    if (auto meanwhile = std::exchange(library.meanwhile, nullptr)) meanwhile();
    for (int i = 0; library.is_slow && i < 10; ++i)
        co_await boost::asio::post(co_await base::asio::this_coro::executor, base::asio::use_awaitable);
    co_return response;
}

class AnswersTest : public testing::Test {
protected:
    AnswersTest() { shared_.versions.set_listening(true); }

    /// Begins a GET by this user; `run` ends it.
    http::test::Asked& ask(std::uint8_t user, std::string_view raw_query = "",
                           std::vector<http::Header> headers = {}) {
        auto& asked = asked_.emplace_back(http::Method::get, "/list", std::move(headers));
        asked.request.raw_query = raw_query;
        asked.call.query = http::Query(raw_query);
        asked.call.route = &route_;
        base::Principal principal;
        principal.user.uuid.bytes[15] = user;
        asked.call.principal = principal;
        return asked;
    }
    void begin(http::test::Asked& asked) {
        answered_.push_back(
            base::asio::co_spawn(io_, answers_.serve(asked.call, make_), base::asio::use_future));
    }
    /// Ends what has begun; the bodies without the user's id in front.
    std::vector<std::string> run() {
        io_.restart();
        io_.run();
        std::vector<std::string> bodies;
        for (auto& answer : std::exchange(answered_, {})) {
            const auto response = answer.get();
            bodies.push_back(response.body->size() > 36 ? response.body->substr(36) : *response.body);
        }
        return bodies;
    }
    std::string get(http::test::Asked& asked) {
        begin(asked);
        return run().front();
    }
    base::UserId user(std::uint8_t number) {
        base::UserId out;
        out.uuid.bytes[15] = number;
        return out;
    }
    /// A write by a worker of this process, acknowledged now.
    void write(std::string rows) {
        library_.rows = std::move(rows);
        shared_.versions.raise(user(1), ++library_.version, clock_.steady());
    }

    base::ManualClock clock_{base::Time{1'000s}};
    base::asio::io_context io_;
    http::Route route_{http::Method::get,          "/list", "list", http::Auth::read,
                       base::Errc::internal_error, load,    0,      false,
                       http::CacheKind::list};
    http::Services library_;
    Shared shared_{1 << 20, {}};
    redis::Connection redis_{io_, {}};
    int version_reads_ = 0;
    Answers answers_{shared_,
                     redis_,
                     [this](base::UserId) -> base::Task<base::Result<std::int64_t>> {
                         ++version_reads_;
                         return read_version(library_);
                     },
                     {.ttl = {0s, 180s, 0s, 0s, 0s, 0s, 0s}, .codings = {}},
                     clock_};
    const Answers::Make make_ = [this](http::Call& call) { return load(library_, call); };
    std::list<http::test::Asked> asked_;
    std::vector<std::future<http::Response>> answered_;

private:
    static base::Task<base::Result<std::int64_t>> read_version(http::Services& library) {
        co_return library.version;
    }
};

TEST_F(AnswersTest, TheSecondReadIsAHitUntilAWrite) {
    auto& first = ask(1, "b=2&a=1");
    EXPECT_EQ(get(first), "old");
    EXPECT_EQ(first.call.cache, CacheUse::miss);
    auto& second = ask(1, "a=1&b=2");
    EXPECT_EQ(get(second), "old");
    EXPECT_EQ(second.call.cache, CacheUse::hit);
    ASSERT_TRUE(answers_.find(user(1), route_, "b=2&a=1"));
    write("new");
    EXPECT_FALSE(answers_.find(user(1), route_, "b=2&a=1"));
    auto& third = ask(1, "b=2&a=1");
    EXPECT_EQ(get(third), "new");
    EXPECT_EQ(third.call.cache, CacheUse::miss);
    EXPECT_EQ(library_.loads, 2);
    EXPECT_EQ(version_reads_, 1);
}

TEST_F(AnswersTest, ALoaderThatReadBeforeAWriteKeepsNothingUnderTheNewVersion) {
    library_.meanwhile = [this] { write("new"); };
    EXPECT_EQ(get(ask(1)), "old") << "it began before the write was acknowledged";
    EXPECT_FALSE(answers_.find(user(1), route_, ""));
    EXPECT_EQ(get(ask(1)), "new");
    EXPECT_EQ(get(ask(1)), "new");
    EXPECT_EQ(library_.loads, 2);
}

TEST_F(AnswersTest, ALoaderThatSawAnUnannouncedWriteMakesItKnown) {
    EXPECT_EQ(get(ask(1, "q=1")), "old");
    // By an instance that was not heard.
    library_.rows = "new";
    library_.version = 2;
    EXPECT_EQ(get(ask(1, "q=1")), "old");
    EXPECT_EQ(get(ask(1, "q=2")), "new");
    EXPECT_EQ(get(ask(1, "q=1")), "new") << "what was shown is not taken back";
}

TEST_F(AnswersTest, WhatWasShownToBeGoneDoesNotComeBack) {
    EXPECT_EQ(get(ask(1, "list")), "old");
    library_.is_gone = true;
    library_.rows = "without it";
    library_.version = 2;
    begin(ask(1, "one"));
    run();
    library_.is_gone = false;
    EXPECT_EQ(get(ask(1, "list")), "without it");
}

TEST_F(AnswersTest, OneLoadForAllWhoAskAtOnce) {
    library_.is_slow = true;
    for (int i = 0; i < 5; ++i)
        begin(ask(1));
    EXPECT_EQ(run(), std::vector<std::string>(5, "old"));
    EXPECT_EQ(library_.loads, 1);
}

TEST_F(AnswersTest, AlsoForBrowsersThatHoldAnOlderAnswer) {
    const std::string old_tag = http::list_etag(*ask(1).call.principal, 0);
    library_.is_slow = true;
    for (int i = 0; i < 5; ++i)
        begin(ask(1, "", {{"if-none-match", old_tag}}));
    EXPECT_EQ(run(), std::vector<std::string>(5, "old"));
    EXPECT_EQ(library_.loads, 1);
}

TEST_F(AnswersTest, UsersDoNotShare) {
    EXPECT_EQ(get(ask(1)), "old");
    auto& other = ask(2);
    EXPECT_EQ(get(other), "old");
    EXPECT_EQ(other.call.cache, CacheUse::miss);
    const auto own = answers_.find(user(1), route_, "");
    ASSERT_TRUE(own);
    EXPECT_TRUE(own->body->starts_with(base::to_string(user(1).uuid)));
}

TEST_F(AnswersTest, AnAnswerForOneCallerIsNotKept) {
    library_.cookie = "csrfToken=1";
    EXPECT_EQ(get(ask(1)), "old");
    auto& again = ask(1);
    EXPECT_EQ(get(again), "old");
    EXPECT_EQ(again.call.cache, CacheUse::bypass);
    EXPECT_EQ(library_.loads, 2);
}

TEST_F(AnswersTest, WithoutTheChannelEveryRequestAsksTheDatabase) {
    shared_.versions.set_listening(false);
    EXPECT_EQ(get(ask(1)), "old");
    EXPECT_EQ(get(ask(1)), "old");
    EXPECT_EQ(version_reads_, 2);
    EXPECT_EQ(library_.loads, 1) << "the answer is kept all the same";
    library_.rows = "new";
    library_.version = 2;
    EXPECT_EQ(get(ask(1)), "new");
}

TEST_F(AnswersTest, TrustEndsAndAnswersExpire) {
    EXPECT_EQ(get(ask(1)), "old");
    clock_.advance(4s);
    EXPECT_FALSE(answers_.find(user(1), route_, ""));
    auto& later = ask(1);
    EXPECT_EQ(get(later), "old");
    EXPECT_EQ(later.call.cache, CacheUse::hit);
    EXPECT_EQ(version_reads_, 2);
    clock_.advance(176s);
    EXPECT_EQ(get(ask(1)), "old");
    EXPECT_EQ(library_.loads, 2);
}

}  // namespace
}  // namespace cache
