// The parts of the cache that are pure or need no server: keys, versions, memory, flights, announcements.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <random>
#include <thread>

#include "cache/announcements.hpp"
#include "cache/answer.hpp"
#include "cache/flights.hpp"
#include "cache/memory.hpp"
#include "cache/versions.hpp"

namespace cache {
namespace {

using namespace std::chrono_literals;

base::UserId user_of(std::uint8_t number) {
    base::UserId user;
    user.uuid.bytes[15] = number;
    return user;
}

AnswerPointer answer_of(std::string body, base::Time expires = base::Time::max()) {
    http::Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = "W/\"1-abc-7\"";
    return make_answer(response, expires);
}

class VersionsTest : public testing::Test {
protected:
    VersionsTest() { versions_.set_listening(true); }
    void advance(std::chrono::milliseconds by) { now_ += by; }

    Versions versions_{{.trusted_for = 4'000ms, .users_max = 64}};
    base::UserId user_ = user_of(1);
    base::SteadyTime now_{};
};

TEST_F(VersionsTest, WhatWasReadIsTrustedForAWhile) {
    EXPECT_FALSE(versions_.find(user_, now_));
    versions_.learn(user_, 7, versions_.ask(user_, now_));
    EXPECT_EQ(versions_.find(user_, now_), 7);
    advance(3'999ms);
    EXPECT_EQ(versions_.find(user_, now_), 7);
    advance(1ms);
    EXPECT_FALSE(versions_.find(user_, now_));
}

TEST_F(VersionsTest, TrustCountsFromTheQuestionNotFromTheAnswer) {
    const auto asked = versions_.ask(user_, now_);
    advance(3'000ms);
    versions_.learn(user_, 7, asked);
    advance(1'000ms);
    EXPECT_FALSE(versions_.find(user_, now_));
}

TEST_F(VersionsTest, AReadThatWasOvertakenByAWriteChangesNothing) {
    const auto asked = versions_.ask(user_, now_);
    versions_.raise(user_, 8, now_);
    versions_.learn(user_, 7, asked);
    EXPECT_EQ(versions_.find(user_, now_), 8);
    versions_.raise(user_, 6, now_);
    EXPECT_EQ(versions_.find(user_, now_), 8);
}

TEST_F(VersionsTest, AnAnnouncementRaisesAVersionButNotTheTrustInIt) {
    versions_.hear(user_, 7);
    EXPECT_FALSE(versions_.find(user_, now_)) << "a later one may have been missed";
    versions_.learn(user_, 7, versions_.ask(user_, now_));
    advance(3'000ms);
    versions_.hear(user_, 8);
    EXPECT_EQ(versions_.find(user_, now_), 8);
    versions_.hear(user_, 7);
    EXPECT_EQ(versions_.find(user_, now_), 8);
    advance(1'000ms);
    EXPECT_FALSE(versions_.find(user_, now_));
}

TEST_F(VersionsTest, AnAnnouncementOvertakesAReadInFlight) {
    const auto asked = versions_.ask(user_, now_);
    versions_.hear(user_, 8);
    versions_.learn(user_, 7, asked);
    EXPECT_FALSE(versions_.find(user_, now_));
    versions_.learn(user_, 8, asked);
    EXPECT_EQ(versions_.find(user_, now_), 8);
}

TEST_F(VersionsTest, WhatWasShownIsNotTakenBack) {
    const auto early = versions_.ask(user_, now_);
    versions_.forget(user_);
    versions_.learn(user_, 7, versions_.ask(user_, now_));
    // Its rows were sent to somebody: nobody may be answered from before them any more.
    versions_.learn(user_, 8, early);
    EXPECT_EQ(versions_.find(user_, now_), 8);
    versions_.learn(user_, 6, early);
    EXPECT_EQ(versions_.find(user_, now_), 8);
}

TEST_F(VersionsTest, NothingIsTrustedWithoutTheChannel) {
    versions_.learn(user_, 7, versions_.ask(user_, now_));
    versions_.set_listening(false);
    EXPECT_FALSE(versions_.find(user_, now_));
    versions_.learn(user_, 7, versions_.ask(user_, now_));
    versions_.raise(user_, 8, now_);
    EXPECT_FALSE(versions_.find(user_, now_));
    // What was known is gone when the channel is back: an announcement may have been missed.
    versions_.set_listening(true);
    EXPECT_FALSE(versions_.find(user_, now_));
}

TEST_F(VersionsTest, AReadThatBeganBeforeTheChannelWasLostIsRefused) {
    const auto asked = versions_.ask(user_, now_);
    versions_.set_listening(false);
    versions_.set_listening(true);
    versions_.learn(user_, 7, asked);
    EXPECT_FALSE(versions_.find(user_, now_));
}

TEST_F(VersionsTest, AnUncertainWriteIsForgottenWithTheReadsInFlight) {
    versions_.learn(user_, 7, versions_.ask(user_, now_));
    const auto asked = versions_.ask(user_, now_);
    versions_.forget(user_);
    EXPECT_FALSE(versions_.find(user_, now_));
    versions_.learn(user_, 7, asked);
    EXPECT_FALSE(versions_.find(user_, now_));
}

TEST_F(VersionsTest, IsBoundedAndForgetsSafely) {
    Versions small({.trusted_for = 4'000ms, .users_max = 128});
    small.set_listening(true);
    const auto early = small.ask(user_, now_);
    for (int i = 0; i < 100'000; ++i) {
        base::UserId user;
        user.uuid = base::make_uuid(base::Time{});
        small.raise(user, 1, now_);
    }
    EXPECT_LE(small.size(), 128U);
    // Whoever asked before could have missed what was dropped.
    small.learn(user_, 1, early);
    EXPECT_FALSE(small.find(user_, now_));
}

TEST(Announcement, IsReadAsWritten) {
    const auto user = base::UserId{base::make_uuid(base::Time{})};
    for (const std::int64_t version :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{0x1234567890}, INT64_MAX}) {
        const auto read = read_announcement(write_announcement(user, version));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->user, user);
        EXPECT_EQ(read->version, version);
    }
    EXPECT_FALSE(read_announcement(""));
    EXPECT_FALSE(read_announcement("forget"));
    EXPECT_FALSE(read_announcement(std::string(25, 'x')));
}

TEST(Memory, FindsWhatWasPutUntilItExpires) {
    Memory memory(1 << 20);
    const base::Time now{100s};
    memory.insert("a", answer_of("one", now + 10s));
    ASSERT_TRUE(memory.find("a", now));
    EXPECT_EQ(*memory.find("a", now)->body, "one");
    EXPECT_FALSE(memory.find("b", now));
    memory.insert("a", answer_of("two", now + 20s));
    EXPECT_EQ(*memory.find("a", now + 19s)->body, "two");
    EXPECT_FALSE(memory.find("a", now + 20s));
    EXPECT_EQ(memory.state().entries, 0U);
    EXPECT_EQ(memory.state().bytes, 0U);
}

TEST(Memory, StaysWithinItsBytesAndKeepsWhatIsUsed) {
    constexpr std::size_t kBudget = 1'000'000;
    Memory memory(kBudget, 4);
    const std::string body(5'000, 'x');
    for (int i = 0; i < 20; ++i)
        memory.insert("hot" + std::to_string(i), answer_of(body));
    for (int i = 0; i < 5'000; ++i) {
        memory.insert("scan" + std::to_string(i), answer_of(body));
        for (int j = 0; j < 20 && i % 10 == 0; ++j)
            static_cast<void>(memory.find("hot" + std::to_string(j), {}));
        ASSERT_LE(memory.state().bytes, kBudget);
    }
    int kept = 0;
    for (int i = 0; i < 20; ++i)
        kept += memory.find("hot" + std::to_string(i), {}) ? 1 : 0;
    EXPECT_EQ(kept, 20);
    EXPECT_GT(memory.state().evicted, 4'000U);
}

/// What the answers of `memory` under the keys 0…`keys`-1 hold, codings included.
std::size_t bytes_held(Memory& memory, int keys) {
    std::size_t sum = 0;
    for (int i = 0; i < keys; ++i) {
        if (const auto answer = memory.find(std::to_string(i), {}))
            sum += answer->body->size() + answer->variants->size_bytes();
    }
    return sum;
}

TEST(Memory, HoldsNoMoreThanItsBudgetWhateverIsCodedLater) {
    constexpr std::size_t kBudget = 1'000'000;
    Memory memory(kBudget, 1);
    std::mt19937 random(5);
    for (int i = 0; i < 400; ++i) {
        const std::size_t size = 1'000 + random() % 60'000;
        const auto answer = answer_of(std::string(size, 'x'));
        memory.insert(std::to_string(i), answer);
        // Nobody asks for it again, so nothing could be counted later.
        for (const auto coding : {http::Coding::gzip, http::Coding::br, http::Coding::zstd})
            http::Variants::keep(answer->variants, coding, std::string(size / (2 + random() % 9), 'y'));
        ASSERT_LE(memory.state().bytes, kBudget);
        ASSERT_LE(bytes_held(memory, i + 1), kBudget);
    }
    EXPECT_GT(bytes_held(memory, 400), kBudget / 2);
}

TEST(Memory, ASmallBudgetStillTakesAPageOfPosts) {
    Memory memory(1 << 20);
    memory.insert("page", answer_of(std::string(60'000, 'x')));
    EXPECT_TRUE(memory.find("page", {}));
}

TEST(Variants, ACodingWithoutRoomIsSentButNotKept) {
    const auto variants = std::make_shared<http::Variants>(10);
    EXPECT_EQ(*http::Variants::keep(variants, http::Coding::br, "12345678"), "12345678");
    EXPECT_EQ(*http::Variants::keep(variants, http::Coding::gzip, "abc"), "abc");
    EXPECT_FALSE(http::Variants::get(variants, http::Coding::gzip));
    EXPECT_EQ(*http::Variants::keep(variants, http::Coding::br, "other"), "12345678")
        << "the first one stays";
    EXPECT_EQ(*http::Variants::keep(variants, http::Coding::zstd, "zz"), "zz");
    EXPECT_EQ(variants->size_bytes(), 10U);
    EXPECT_EQ(*http::Variants::keep(nullptr, http::Coding::br, "alone"), "alone");
}

TEST(Memory, DoesNotTakeWhatIsTooLarge) {
    Memory memory(1'000'000, 1);
    memory.insert("large", answer_of(std::string(200'000, 'x')));
    EXPECT_FALSE(memory.find("large", {}));
    memory.insert("small", answer_of("x"));
    EXPECT_TRUE(memory.find("small", {}));
}

TEST(Memory, DropsWhatIsOfOneUser) {
    Memory memory(1 << 20, 4);
    for (int i = 0; i < 100; ++i)
        for (const std::uint8_t user : {1, 2})
            memory.insert(make_key(user_of(user), i, "bookmarks.list", ""), answer_of("x"));
    memory.drop(key_prefix(user_of(1)));
    EXPECT_EQ(memory.state().entries, 100U);
    EXPECT_FALSE(memory.find(make_key(user_of(1), 7, "bookmarks.list", ""), {}));
    EXPECT_TRUE(memory.find(make_key(user_of(2), 7, "bookmarks.list", ""), {}));
    memory.insert(make_key(user_of(1), 7, "bookmarks.list", ""), answer_of("again"));
    EXPECT_EQ(memory.state().entries, 101U);
    memory.drop("");
    EXPECT_EQ(memory.state().bytes, 0U);
}

TEST(Memory, ManyThreadsShareIt) {
    Memory memory(200'000, 2);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&memory, t] {
            std::mt19937 random(t);
            for (int i = 0; i < 20'000; ++i) {
                const std::string key = std::to_string(random() % 200);
                if (const auto found = memory.find(key, {})) {
                    ASSERT_TRUE(found->body->starts_with(key + ":"));
                    if (random() % 8 == 0) http::Variants::keep(found->variants, http::Coding::br, "coded");
                } else {
                    memory.insert(key, answer_of(key + ":" + std::string(random() % 3'000, 'x')));
                }
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_LE(memory.state().bytes, 200'000U);
}

TEST(Pack, IsReadBackWholeOrNotAtAll) {
    const auto answer = answer_of(std::string(3'000, 'b'), base::Time{77s});
    http::Variants::keep(answer->variants, http::Coding::br, "brotli");
    const std::string key = make_key(user_of(1), 7, "bookmarks.list", "limit=20");
    const std::string packed = pack(key, *answer);
    const auto read = unpack(key, packed);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read->body, *answer->body);
    EXPECT_EQ(read->etag, answer->etag);
    EXPECT_EQ(read->caching, answer->caching);
    EXPECT_EQ(read->expires_at, answer->expires_at);
    EXPECT_EQ(*http::Variants::get(read->variants, http::Coding::br), "brotli");
    EXPECT_FALSE(http::Variants::get(read->variants, http::Coding::gzip));
    EXPECT_FALSE(unpack(make_key(user_of(2), 7, "bookmarks.list", "limit=20"), packed));
    for (std::size_t cut = 0; cut < packed.size(); cut += 7)
        EXPECT_FALSE(unpack(key, std::string_view(packed).substr(0, cut))) << cut;
    EXPECT_FALSE(unpack(key, packed + "x"));
    for (std::size_t at = 0; at < packed.size(); at += 11) {
        std::string damaged = packed;
        damaged[at] ^= 1;
        EXPECT_FALSE(unpack(key, damaged)) << at;
    }
}

std::string random_text(std::mt19937& random) {
    static constexpr std::string_view kAlphabet = "ab=&[]0?%2\0/.+ \xe3";
    std::string out;
    for (std::size_t i = random() % 6; i > 0; --i)
        out += kAlphabet[random() % kAlphabet.size()];
    return out;
}

/// What a handler can see of a query: for every name its values in order.
std::map<std::string, std::vector<std::string>> meaning_of(const http::Query& query) {
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& [name, value] : query.all())
        out[name].push_back(value);
    return out;
}

TEST(Key, TwoRequestsThatMeanDifferentThingsNeverShareOne) {
    std::mt19937 random(20261124);
    std::map<std::string, std::map<std::string, std::vector<std::string>>> meanings;
    for (int i = 0; i < 60'000; ++i) {
        const std::string raw = random_text(random) + '&' + random_text(random) + '=' + random_text(random);
        const http::Query query(raw);
        const std::string normal = normal_form({}, query);
        // The normal form means the same and is its own normal form.
        ASSERT_EQ(meaning_of(http::Query(normal)), meaning_of(query)) << raw;
        ASSERT_EQ(normal_form({}, http::Query(normal)), normal) << raw;
        // Texts as received and normal forms share one space, so both must agree with everything seen there.
        for (const std::string& text : {raw, normal}) {
            const auto [place, is_new] = meanings.emplace(text, meaning_of(query));
            if (!is_new) ASSERT_EQ(place->second, meaning_of(query)) << raw;
        }
    }
    EXPECT_GT(meanings.size(), 10'000U);
}

TEST(Key, NamesEveryPartApart) {
    std::map<std::string, std::string> seen;
    const std::vector<std::string> routes{"a", "ab", "b", "bookmarks.list", "bookmarks.lis"};
    const std::vector<std::string> requests{"", "a", "b", "t", std::string("\0a", 2), "a=1", "a=1&b=2"};
    for (std::uint8_t user = 0; user < 3; ++user) {
        for (const std::int64_t version : {0, 1, 256, 97}) {
            for (const std::string& route : routes) {
                for (const std::string& request : requests) {
                    const std::string what =
                        std::to_string(user) + "|" + std::to_string(version) + "|" + route + "|" + request;
                    const auto [place, is_new] =
                        seen.emplace(make_key(user_of(user), version, route, request), what);
                    EXPECT_TRUE(is_new) << what << " and " << place->second;
                }
            }
        }
    }
}

TEST(Key, PathParametersAndQueryAreApart) {
    const http::Query query("a=1");
    EXPECT_NE(normal_form({"a=1"}, {}), normal_form({}, query));
    EXPECT_NE(normal_form({"x?a=1"}, {}), normal_form({"x"}, query));
    EXPECT_EQ(normal_form({"x"}, http::Query("b=2&a=1")), normal_form({"x"}, http::Query("a=1&b=2")));
    EXPECT_NE(normal_form({}, http::Query("a=2&a=1")), normal_form({}, http::Query("a=1&a=2")));
    EXPECT_EQ(normal_form({}, http::Query("a[]=1&a[1]=2")), normal_form({}, http::Query("a=1&a=2")));
    EXPECT_EQ(normal_form({}, http::Query("q=%E6%96%99")), normal_form({}, http::Query("q=\xe6\x96\x99")));
}

class FlightsTest : public testing::Test {
protected:
    void run() {
        io_.restart();
        io_.run();
    }

    Flights flights_;
    base::asio::io_context io_;
    std::vector<std::string> log_;
};

TEST(Watches, HearOfWritesUntilTheyEnd) {
    Watches watches;
    Versions versions({}, &watches);
    const base::UserId user{base::make_uuid({})};
    const base::UserId other{base::make_uuid({})};
    std::vector<std::int64_t> heard;
    const auto note = [&heard](std::int64_t version) { heard.push_back(version); };
    versions.raise(user, 1, {});
    {
        const Watches::Watch first(watches, user.uuid, note);
        const Watches::Watch second(watches, user.uuid, note);
        versions.raise(user, 2, {});
        versions.raise(other, 9, {});
        EXPECT_EQ(heard, (std::vector<std::int64_t>{2, 2}));
        heard.clear();
        versions.forget(user);
        EXPECT_EQ(heard, (std::vector<std::int64_t>{Watches::kUnknown, Watches::kUnknown}));
        heard.clear();
        versions.hear(user, 7);
        EXPECT_EQ(heard, (std::vector<std::int64_t>{7, 7}));
        heard.clear();
    }
    const Watches::Watch third(watches, other.uuid, note);
    versions.raise(user, 3, {});
    EXPECT_TRUE(heard.empty());
    versions.set_listening(true);
    EXPECT_EQ(heard, (std::vector<std::int64_t>{Watches::kUnknown}));
}

base::Task<void> lead_and_share(Flights& flights, AnswerPointer answer, int& waiting) {
    auto joined = co_await flights.join("key", 5'000ms);
    EXPECT_TRUE(joined.lead);
    base::asio::steady_timer timer(co_await base::asio::this_coro::executor);
    while (waiting < 3) {
        timer.expires_after(1ms);
        co_await timer.async_wait(base::asio::use_awaitable);
    }
    if (joined.lead && answer) joined.lead->finish(std::move(answer));
}

base::Task<void> follow(Flights& flights, std::vector<std::string>& log, int& waiting) {
    ++waiting;
    auto joined = co_await flights.join("key", 5'000ms);
    log.emplace_back(joined.lead ? "lead" : joined.answer ? *joined.answer->body : "nothing");
}

TEST_F(FlightsTest, OneMakesAllGet) {
    int waiting = 0;
    base::asio::co_spawn(io_, lead_and_share(flights_, answer_of("made"), waiting), base::asio::detached);
    for (int i = 0; i < 3; ++i)
        base::asio::co_spawn(io_, follow(flights_, log_, waiting), base::asio::detached);
    run();
    EXPECT_EQ(log_, (std::vector<std::string>{"made", "made", "made"}));
    EXPECT_EQ(flights_.size(), 0U);
}

TEST_F(FlightsTest, ALeadThatFailsLetsTheOthersGo) {
    int waiting = 0;
    base::asio::co_spawn(io_, lead_and_share(flights_, nullptr, waiting), base::asio::detached);
    for (int i = 0; i < 3; ++i)
        base::asio::co_spawn(io_, follow(flights_, log_, waiting), base::asio::detached);
    run();
    EXPECT_EQ(log_, (std::vector<std::string>{"nothing", "nothing", "nothing"}));
    EXPECT_EQ(flights_.size(), 0U);
}

base::Task<void> impatient(Flights& flights, std::vector<std::string>& log) {
    auto lead = co_await flights.join("key", 1ms);
    auto joined = co_await flights.join("key", 1ms);
    log.emplace_back(joined.lead ? "lead" : joined.answer ? "answer" : "nothing");
    auto other = co_await flights.join("other", 1ms);
    log.emplace_back(other.lead ? "lead" : "nothing");
}

TEST_F(FlightsTest, PatienceEnds) {
    base::asio::co_spawn(io_, impatient(flights_, log_), base::asio::detached);
    run();
    EXPECT_EQ(log_, (std::vector<std::string>{"nothing", "lead"}));
    EXPECT_EQ(flights_.size(), 0U);
}

base::Task<void> join_often(Flights& flights, std::atomic<int>& made, std::atomic<int>& got, int times) {
    for (int i = 0; i < times; ++i) {
        auto joined = co_await flights.join(std::to_string(i % 3), 5'000ms);
        if (joined.lead) {
            ++made;
            co_await base::asio::post(co_await base::asio::this_coro::executor, base::asio::use_awaitable);
            joined.lead->finish(answer_of("made"));
        } else if (joined.answer) {
            ++got;
        }
    }
}

TEST(Flights, WorkersOnSeveralThreadsShareThem) {
    Flights flights;
    std::atomic<int> made = 0;
    std::atomic<int> got = 0;
    constexpr int kThreads = 3;
    constexpr int kTasks = 8;
    constexpr int kTimes = 300;
    std::vector<std::unique_ptr<base::asio::io_context>> contexts;
    for (int t = 0; t < kThreads; ++t) {
        contexts.push_back(std::make_unique<base::asio::io_context>(1));
        for (int i = 0; i < kTasks; ++i)
            base::asio::co_spawn(*contexts.back(), join_often(flights, made, got, kTimes),
                                 base::asio::detached);
    }
    std::vector<base::asio::executor_work_guard<base::asio::io_context::executor_type>> guards;
    for (auto& io : contexts)
        guards.push_back(base::asio::make_work_guard(*io));
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (auto& io : contexts)
        threads.emplace_back([&io] { io->run(); });
    for (int i = 0; i < 30'000 && made + got < kThreads * kTasks * kTimes; ++i)
        std::this_thread::sleep_for(1ms);
    guards.clear();
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(made + got, kThreads * kTasks * kTimes);
    EXPECT_GT(got, 0);
    EXPECT_EQ(flights.size(), 0U);
}

}  // namespace
}  // namespace cache
