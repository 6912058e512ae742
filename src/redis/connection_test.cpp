#include "redis/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <thread>

#include "base/temporary_dir.hpp"
#include "redis/private_server.hpp"

namespace redis {
namespace {

using namespace std::chrono_literals;
namespace asio = base::asio;

/// A real server in a temporary directory.
struct Server {
    Server() {
        auto opened = base::DataDir::open({.path = root.path() / "data"});
        if (!opened) throw std::runtime_error(opened.error());
        data.emplace(std::move(*opened));
        server.emplace(PrivateServerOptions{.data_dir = *data});
        launch();
    }
    void launch() {
        auto started = server->launch(give_up);
        if (!started) throw std::runtime_error(started.error());
        child.emplace(std::move(*started));
    }

    base::TemporaryDir root;
    std::optional<base::DataDir> data;
    std::optional<PrivateServer> server;
    std::optional<base::ChildProcess> child;
    std::atomic<bool> give_up = false;
};

base::Task<bool> wait_ready(Connection& connection, bool wanted = true) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int i = 0; i < 1000 && connection.ready() != wanted; ++i) {
        timer.expires_after(5ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return connection.ready() == wanted;
}

/// Runs `body(connection, arguments…)` to its end.
void with_connection(ConnectionOptions options, auto body, auto&... arguments) {
    asio::io_context io;
    Connection connection(io, std::move(options));
    connection.start();
    auto done = asio::co_spawn(
        io,
        [](Connection& c, auto b, auto&... as) -> base::Task<void> {
            co_await b(c, as...);
            c.stop();
        }(connection, body, arguments...),
        asio::use_future);
    io.run();
    done.get();
}

ConnectionOptions options_for(const Server& server) {
    return {.address = *parse_address(server.server->url())};
}

TEST(RedisConnection, RunsCommandsInOrder) {
    const Server server;
    with_connection(options_for(server), [](Connection& connection) -> base::Task<void> {
        EXPECT_TRUE(co_await wait_ready(connection));
        EXPECT_TRUE(co_await connection.ping());
        const auto set =
            co_await connection.run({std::string("SET"), std::string("k"), std::string("a\r\nb\0c", 6)});
        EXPECT_TRUE(set && set->text == "OK");
        const auto got = co_await connection.run({std::string("GET"), std::string("k")});
        EXPECT_TRUE(got && got->text == std::string("a\r\nb\0c", 6));
        const auto wrong = co_await connection.run({std::string("INCR"), std::string("k")});
        EXPECT_TRUE(wrong && wrong->is_error());
        const auto missing = co_await connection.run({std::string("GET"), std::string("none")});
        EXPECT_TRUE(missing && missing->kind == Reply::Kind::nil);
    });
}

TEST(RedisConnection, RunsManyTogether) {
    const Server server;
    with_connection(options_for(server), [](Connection& connection) -> base::Task<void> {
        EXPECT_TRUE(co_await wait_ready(connection));
        std::vector<std::vector<std::string>> commands;
        for (int i = 1; i <= 300; ++i)
            commands.push_back({"INCRBY", "sum", std::to_string(i)});
        const auto replies = co_await connection.run_all(commands, 1s);
        EXPECT_TRUE(replies && replies->size() == 300);
        if (!replies) co_return;
        EXPECT_EQ(replies->front().integer, 1);
        EXPECT_EQ(replies->back().integer, 45'150);
        EXPECT_TRUE((co_await connection.run_all({}, 1s))->empty());
        std::vector<std::vector<std::string>> many(10'000, {"PING"});
        EXPECT_FALSE(co_await connection.run_all(std::move(many), 1s)) << "more than may wait";
        EXPECT_TRUE(co_await connection.ping());
    });
}

TEST(RedisConnection, ComesBackAfterARestartOfTheServer) {
    Server server;
    auto options = options_for(server);
    options.retry_min = 10ms;
    with_connection(
        options,
        [](Connection& connection, Server& started) -> base::Task<void> {
            EXPECT_TRUE(co_await wait_ready(connection));
            started.server->stop(*started.child);
            EXPECT_TRUE(co_await wait_ready(connection, false));
            EXPECT_FALSE(co_await connection.ping());
            started.launch();
            EXPECT_TRUE(co_await wait_ready(connection));
            EXPECT_TRUE(co_await connection.ping());
        },
        server);
}

TEST(RedisConnection, AHungServerCostsTheTimeoutOnly) {
    Server server;
    auto options = options_for(server);
    options.command_timeout = 50ms;
    options.retry_min = 10ms;
    with_connection(
        options,
        [](Connection& connection, Server& started) -> base::Task<void> {
            EXPECT_TRUE(co_await wait_ready(connection));
            started.child->signal(SIGSTOP);
            const auto begin = std::chrono::steady_clock::now();
            EXPECT_FALSE(co_await connection.ping());
            EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
            started.child->signal(SIGCONT);
            EXPECT_TRUE(co_await wait_ready(connection));
            EXPECT_TRUE(co_await connection.ping());
        },
        server);
}

TEST(RedisConnection, FailsAtOnceWithoutAServer) {
    with_connection({.address = *parse_address("unix:///nonexistent/redis.sock"), .retry_min = 5ms},
                    [](Connection& connection) -> base::Task<void> {
                        const auto reply = co_await connection.run({std::string("PING")});
                        EXPECT_FALSE(reply);
                        EXPECT_EQ(reply.error().code, base::Errc::service_unavailable);
                    });
}

TEST(RedisAddress, ReadsUrls) {
    EXPECT_EQ(parse_address("unix:///run/r.sock")->socket, "/run/r.sock");
    const auto full = parse_address("redis://user:p%40ss@cache.example:6380/3");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->host, "cache.example");
    EXPECT_EQ(full->port, "6380");
    EXPECT_EQ(full->user, "user");
    EXPECT_EQ(full->password, "p@ss");
    EXPECT_EQ(full->database, 3);
    EXPECT_EQ(parse_address("redis://[::1]")->host, "::1");
    EXPECT_EQ(parse_address("redis://h")->port, "6379");
    for (const auto* const wrong : {"", "redis://", "rediss://h", "http://h", "unix://", "redis://h/x",
                                    "redis://h/-1", "redis://h:99999999", "redis://h/1?x=1"}) {
        EXPECT_FALSE(parse_address(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace redis
