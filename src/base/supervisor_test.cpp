#include "base/supervisor.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "base/temporary_dir.hpp"

namespace {

using namespace std::chrono_literals;

// A real child process that can be told to fail at its start.
class Sleeper final : public base::Supervised {
public:
    explicit Sleeper(std::filesystem::path log) : log_(std::move(log)) {}
    std::string_view name() const override { return "sleeper"; }
    std::filesystem::path log_file() const override { return log_; }
    std::expected<base::ChildProcess, std::string> launch(const std::atomic<bool>&) override {
        ++launches;
        if (failing) return std::unexpected("told to fail");
        auto child = base::ChildProcess::start({.command = {"/bin/sleep", "600"}, .output = log_});
        if (child) pid = child->pid();
        return child;
    }
    void stop(base::ChildProcess& child) override {
        ++stops;
        base::stop_child(child, {{SIGTERM, 5s}});
    }
    std::atomic<int> launches = 0;
    std::atomic<int> stops = 0;
    std::atomic<pid_t> pid = 0;
    std::atomic<bool> failing = false;

private:
    std::filesystem::path log_;
};

template <class Condition>
bool eventually(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

TEST(RestartDelay, DoublesToABoundAndForgetsAfterAGoodRun) {
    EXPECT_EQ(base::restart_delay(0ms, 0s), 100ms);
    EXPECT_EQ(base::restart_delay(100ms, 0s), 200ms);
    EXPECT_EQ(base::restart_delay(6400ms, 0s), 10s);
    EXPECT_EQ(base::restart_delay(10s, 59s), 10s);
    EXPECT_EQ(base::restart_delay(10s, 60s), 100ms);
}

TEST(Supervisor, RestartsWhatDiesAndStopsItAtTheEnd) {
    const base::TemporaryDir dir;
    const base::SystemClock clock;
    Sleeper sleeper(dir.path() / "log");
    base::Supervisor supervisor({&sleeper}, clock);
    ASSERT_TRUE(supervisor.start());
    const pid_t first = sleeper.pid;
    kill(first, SIGKILL);
    ASSERT_TRUE(eventually([&] { return supervisor.restarts() == 1; }));
    EXPECT_NE(sleeper.pid, first);
    supervisor.stop();
    supervisor.stop();
    EXPECT_EQ(sleeper.stops, 1);
    EXPECT_EQ(kill(sleeper.pid, 0), -1);
}

TEST(Supervisor, TriesAgainWhileAServiceDoesNotStart) {
    const base::TemporaryDir dir;
    const base::SystemClock clock;
    Sleeper sleeper(dir.path() / "log");
    base::Supervisor supervisor({&sleeper}, clock);
    ASSERT_TRUE(supervisor.start());
    sleeper.failing = true;
    kill(sleeper.pid, SIGKILL);
    ASSERT_TRUE(eventually([&] { return sleeper.launches >= 3; }));
    EXPECT_EQ(supervisor.restarts(), 0U);
    sleeper.failing = false;
    EXPECT_TRUE(eventually([&] { return supervisor.restarts() == 1; }));
}

TEST(Supervisor, FirstStartThatFailsStopsTheOthers) {
    const base::TemporaryDir dir;
    const base::SystemClock clock;
    Sleeper good(dir.path() / "log");
    Sleeper bad(dir.path() / "log");
    bad.failing = true;
    base::Supervisor supervisor({&good, &bad}, clock);
    const auto started = supervisor.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error(), "told to fail");
    supervisor.stop();
    EXPECT_EQ(good.stops, 1);
    EXPECT_EQ(kill(good.pid, 0), -1);
}

TEST(BoundLog, KeepsOneOlderCopy) {
    const base::TemporaryDir dir;
    const auto file = dir.path() / "log";
    std::ofstream(file) << "0123456789";
    base::bound_log(file, 10);
    EXPECT_EQ(std::filesystem::file_size(file), 10U);
    base::bound_log(file, 9);
    EXPECT_EQ(std::filesystem::file_size(file), 0U);
    EXPECT_EQ(base::read_tail(dir.path() / "log.1", 100), "0123456789");
    base::bound_log(dir.path() / "missing", 1);
}

}  // namespace
