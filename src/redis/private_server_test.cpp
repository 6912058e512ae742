#include "redis/private_server.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "base/temporary_dir.hpp"

namespace {

using namespace std::chrono_literals;

std::optional<base::DataDir> open_data(const base::TemporaryDir& root) {
    auto dir = base::DataDir::open({.path = root.path() / "data"});
    EXPECT_TRUE(dir) << dir.error();
    if (!dir) return {};
    return std::move(*dir);
}

TEST(PrivateRedis, StartsOnItsSocketAloneAndStops) {
    const base::TemporaryDir root;
    const auto data = open_data(root);
    ASSERT_TRUE(data);
    redis::PrivateServer server({.data_dir = *data});
    std::atomic<bool> give_up = false;
    auto child = server.launch(give_up);
    ASSERT_TRUE(child) << child.error();
    EXPECT_TRUE(redis::answers_ping(server.socket()));
    EXPECT_EQ(server.url(), "unix://" + server.socket().string());
    server.stop(*child);
    EXPECT_EQ(child->wait_for(0ms), 0) << "not a clean exit";
    EXPECT_FALSE(redis::answers_ping(server.socket()));
    EXPECT_FALSE(std::filesystem::exists(data->services() / "redis" / "dump.rdb"));
}

TEST(PrivateRedis, IsRestartedAfterAKill) {
    const base::TemporaryDir root;
    const auto data = open_data(root);
    ASSERT_TRUE(data);
    redis::PrivateServer server({.data_dir = *data});
    const base::SystemClock clock;
    base::Supervisor supervisor({&server}, clock);
    const auto started = supervisor.start();
    ASSERT_TRUE(started) << started.error();
    const auto uid = data->service_user() ? data->service_user()->uid : geteuid();
    const auto path = server.socket().string();
    base::signal_processes([&](std::string_view line) { return line.contains(path); }, uid, SIGKILL);
    for (int i = 0; i < 1000 && supervisor.restarts() == 0; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(supervisor.restarts(), 1U);
    EXPECT_TRUE(redis::answers_ping(server.socket()));
}

TEST(PrivateRedis, ReplacesWhatAnEarlierRunLeft) {
    const base::TemporaryDir root;
    const auto data = open_data(root);
    ASSERT_TRUE(data);
    redis::PrivateServer server({.data_dir = *data, .stop_timeout = 1s});
    std::atomic<bool> give_up = false;
    auto first = server.launch(give_up);
    ASSERT_TRUE(first) << first.error();
    first->signal(SIGSTOP);  // it cannot even obey SIGTERM
    // Reaps the first; outside of this test that is init's part.
    std::thread init([&] { EXPECT_TRUE(first->wait_for(20s)); });
    auto second = server.launch(give_up);
    init.join();
    ASSERT_TRUE(second) << second.error();
    EXPECT_NE(second->pid(), first->pid());
    EXPECT_TRUE(redis::answers_ping(server.socket()));
}

TEST(PrivateRedis, MissingProgramIsAnError) {
    const base::TemporaryDir root;
    const auto data = open_data(root);
    ASSERT_TRUE(data);
    redis::PrivateServer server({.data_dir = *data, .program = "/nonexistent/redis-server"});
    std::atomic<bool> give_up = false;
    const auto child = server.launch(give_up);
    ASSERT_FALSE(child);
    EXPECT_NE(child.error().find("package redis-server"), std::string::npos) << child.error();
}

}  // namespace
