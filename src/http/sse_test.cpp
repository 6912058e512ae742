// Frames, places and the stream that puts events, heartbeats and leases together.
#include "http/sse.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <thread>

#include "http/test_call.hpp"

namespace http {
namespace {

using namespace std::chrono_literals;

TEST(EventFrame, HasIdKindAndData) {
    EXPECT_EQ(event_frame(7, "progress", "a\nb\r\nc"),
              "id: 7\nevent: progress\ndata: a\ndata: b\ndata: c\n\n");
    EXPECT_EQ(event_frame(8, "x\ndata: y", ""), "id: 8\nevent: xdata: y\ndata: \n\n");
    EXPECT_EQ(event_frame(9, "", "a\rb\r"), "id: 9\ndata: a\ndata: b\ndata: \n\n");
    EXPECT_EQ(event_frame((std::int64_t{1} << 53U) - 1, "change", "{}"),
              "id: 9007199254740991\nevent: change\ndata: {}\n\n");
}

TEST(LastEventId, HeaderBeforeQuery) {
    test::Asked both(Method::get, "/s", {{"Last-Event-ID", "9"}});
    both.call.query = Query("lastEventId=4");
    EXPECT_EQ(last_event_id(both.call), "9");
    test::Asked query(Method::get, "/s", {});
    query.call.query = Query("lastEventId=4");
    EXPECT_EQ(last_event_id(query.call), "4");
    test::Asked none(Method::get, "/s", {});
    none.call.query = Query("since=4");
    EXPECT_EQ(last_event_id(none.call), std::nullopt);
}

TEST(StreamCounts, TwentyForEachUser) {
    StreamCounts counts;
    const base::UserId one{base::make_uuid({})};
    const base::UserId other{base::make_uuid({})};
    std::vector<std::unique_ptr<StreamCounts::Place>> places;
    for (int i = 0; i < StreamCounts::kMaxPerUser; ++i) {
        places.push_back(counts.enter(one));
        ASSERT_TRUE(places.back());
    }
    EXPECT_FALSE(counts.enter(one));
    EXPECT_TRUE(counts.enter(other));
    EXPECT_EQ(counts.total(), 20U);
    places.pop_back();
    EXPECT_TRUE(counts.enter(one));
    places.clear();
    EXPECT_EQ(counts.total(), 0U);
}

/// What the test wants told; an empty text is an error.
struct Script {
    std::deque<std::string> pieces;
    int takes = 0;
    bool ends = false;
};

class ScriptEvents final : public Events {
public:
    explicit ScriptEvents(Script& script) : script_(script) {}
    base::Task<base::Result<std::string>> take() override {
        ++script_.takes;
        if (script_.pieces.empty()) co_return std::string();
        std::string piece = std::move(script_.pieces.front());
        script_.pieces.pop_front();
        if (piece.empty()) co_return base::fail(base::Errc::service_unavailable);
        co_return piece;
    }
    [[nodiscard]] bool ended() const override { return script_.ends && script_.pieces.empty(); }
    [[nodiscard]] std::chrono::milliseconds patience() const override { return 1h; }

private:
    Script& script_;
};

class ScriptLease final : public Lease {
public:
    explicit ScriptLease(std::optional<base::Time>& until) : until_(until) {}
    base::Task<std::optional<base::Time>> renew() override { co_return until_; }

private:
    std::optional<base::Time>& until_;
};

class StreamTest : public testing::Test {
protected:
    StreamTest() {
        Principal principal;
        principal.user = {base::make_uuid({})};
        principal.expires_at = clock_.now() + 1h;
        asked_.call.principal = principal;
        until_ = principal.expires_at;
    }

    void open() {
        Response response = streams_.open(asked_.call, std::make_unique<ScriptEvents>(script_), bell_,
                                          std::make_unique<ScriptLease>(until_));
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(response.content_type, kEventStreamType);
        EXPECT_EQ(response.caching, Caching::no_cache);
        EXPECT_EQ(test::header(response, "X-Accel-Buffering"), "no");
        source_ = response.source;
        EXPECT_EQ(next(), kEventStreamStart);
    }

    std::future<std::optional<std::string>> ask() {
        return base::asio::co_spawn(io_, source_->next(), base::asio::use_future);
    }
    std::optional<std::string> finish(std::future<std::optional<std::string>> asked) {
        io_.restart();
        while (asked.wait_for(0s) != std::future_status::ready)
            io_.run_one();
        return asked.get();
    }
    std::optional<std::string> next() { return finish(ask()); }
    /// Runs what can be run without waiting.
    void settle() {
        io_.restart();
        while (io_.poll() > 0)
            io_.restart();
    }

    base::ManualClock clock_{base::Time(std::chrono::sys_days(std::chrono::year{2026} / 5 / 1))};
    base::asio::io_context io_;
    StreamCounts counts_;
    Streams streams_{io_.get_executor(), counts_, clock_};
    std::shared_ptr<Bell> bell_ = streams_.make_bell();
    test::Asked asked_{Method::get, "/stream", {}};
    Script script_;
    std::optional<base::Time> until_;
    std::shared_ptr<BodySource> source_;
};

TEST_F(StreamTest, TellsWhatIsDueAndWaitsForTheBell) {
    script_.pieces = {"one", "two"};
    open();
    EXPECT_EQ(next(), "one");
    EXPECT_EQ(next(), "two");
    auto waiting = ask();
    settle();
    EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout);
    const int takes = script_.takes;
    script_.pieces = {"three"};
    std::thread([bell = bell_] { bell->ring(); }).join();
    EXPECT_EQ(finish(std::move(waiting)), "three");
    EXPECT_EQ(script_.takes, takes + 1);
}

TEST_F(StreamTest, ARingBeforeTheWaitCounts) {
    open();
    bell_->ring();
    script_.pieces = {"one"};
    EXPECT_EQ(next(), "one");
}

TEST_F(StreamTest, AnErrorIsPassedOver) {
    script_.pieces = {"", "one"};
    open();
    auto waiting = ask();
    settle();
    EXPECT_EQ(script_.takes, 1);
    bell_->ring();
    EXPECT_EQ(finish(std::move(waiting)), "one");
}

TEST_F(StreamTest, BeatsWhenThereIsNothingToTell) {
    open();
    auto waiting = ask();
    settle();
    clock_.advance(29s);
    bell_->ring();
    settle();
    EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout);
    clock_.advance(1s);
    bell_->ring();
    EXPECT_EQ(finish(std::move(waiting)), kEventStreamHeartbeat);
}

TEST_F(StreamTest, EndsAfterTheLastEvent) {
    script_ = {.pieces = {"last"}, .takes = 0, .ends = true};
    open();
    EXPECT_EQ(next(), "last");
    EXPECT_EQ(next(), std::nullopt);
}

TEST_F(StreamTest, EndsWithItsLeaseAndTellsNothingMore) {
    open();
    until_.reset();
    script_.pieces = {"secret"};
    EXPECT_EQ(next(), std::nullopt);
}

TEST_F(StreamTest, EndsWhenTheCredentialExpires) {
    until_ = clock_.now() + 7s;
    script_.pieces = {"one"};
    open();
    EXPECT_EQ(next(), "one");
    auto waiting = ask();
    settle();
    clock_.advance(7s);
    bell_->ring();
    EXPECT_EQ(finish(std::move(waiting)), std::nullopt);
}

TEST_F(StreamTest, EndsWhenItIsStoppedAndGivesItsPlaceBack) {
    open();
    EXPECT_EQ(counts_.total(), 1U);
    auto waiting = ask();
    settle();
    source_->stop();
    EXPECT_EQ(finish(std::move(waiting)), std::nullopt);
    source_.reset();
    EXPECT_EQ(counts_.total(), 0U);
}

TEST_F(StreamTest, TheTwentyFirstIsRefused) {
    std::vector<std::unique_ptr<StreamCounts::Place>> places;
    for (int i = 0; i < StreamCounts::kMaxPerUser; ++i)
        places.push_back(counts_.enter(asked_.call.principal->user));
    const Response refused = streams_.open(asked_.call, std::make_unique<ScriptEvents>(script_), bell_,
                                           std::make_unique<ScriptLease>(until_));
    EXPECT_EQ(refused.status, 429U);
    EXPECT_FALSE(refused.source);
    EXPECT_NE(refused.body->find("TOO_MANY_STREAMS"), std::string::npos);
}

}  // namespace
}  // namespace http
