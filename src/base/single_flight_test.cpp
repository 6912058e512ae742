#include "base/single_flight.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace base {
namespace {

class SingleFlightTest : public testing::Test {
protected:
    struct Seen {
        int leads = 0;
        int followers = 0;
        int failed = 0;
    };

    /// Asks for `key`; a lead lets everybody else have a turn before its end.
    Task<void> ask(std::string key, bool fails) {
        auto joined = co_await flights_.join(std::move(key));
        if (!joined.lead) {
            ++(joined.failed ? seen_.failed : seen_.followers);
            co_return;
        }
        ++seen_.leads;
        for (int i = 0; i < 10; ++i)
            co_await asio::post(io_, asio::use_awaitable);
        if (fails) joined.lead->fail({Errc::token_revoked, "gone"});
    }
    void start(const std::string& key, bool fails = false) {
        asio::co_spawn(io_, ask(key, fails), asio::detached);
    }
    void run() {
        io_.restart();
        io_.run();
    }

    asio::io_context io_;
    SingleFlight flights_;
    Seen seen_;
};

TEST_F(SingleFlightTest, OneAsksForAllOfAKey) {
    for (int i = 0; i < 5; ++i)
        start("a");
    start("b");
    run();
    EXPECT_EQ(seen_.leads, 2);
    EXPECT_EQ(seen_.followers, 4);
    EXPECT_EQ(flights_.size(), 0U);
    start("a");
    run();
    EXPECT_EQ(seen_.leads, 3);
}

TEST_F(SingleFlightTest, AFailureIsToldToAllWhoWait) {
    for (int i = 0; i < 3; ++i)
        start("a", true);
    run();
    EXPECT_EQ(seen_.leads, 1);
    EXPECT_EQ(seen_.failed, 2);
}

}  // namespace
}  // namespace base
