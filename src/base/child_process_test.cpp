#include "base/child_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "base/temporary_dir.hpp"

namespace {

using namespace std::chrono_literals;

TEST(ChildProcess, RunsWithTheGivenEnvironmentInputAndOutput) {
    const base::TemporaryDir dir;
    const auto out = dir.path() / "out";
    const auto done = base::run_child({.command = {"/bin/sh", "-c", "echo $NAME; cat; pwd; env | wc -l"},
                                       .environment = {"NAME=value"},
                                       .directory = dir.path(),
                                       .output = out,
                                       .input = "from stdin\n"},
                                      10s);
    ASSERT_TRUE(done) << done.error();
    const auto text = base::read_tail(out, 1000);
    EXPECT_TRUE(text.starts_with("value\nfrom stdin\n" + dir.path().string())) << text;
}

TEST(ChildProcess, FailureHoldsStatusAndLastOutput) {
    const base::TemporaryDir dir;
    const auto done = base::run_child(
        {.command = {"/bin/sh", "-c", "echo it went wrong; exit 3"}, .output = dir.path() / "out"}, 10s);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().find("exit status 3"), std::string::npos) << done.error();
    EXPECT_NE(done.error().find("it went wrong"), std::string::npos) << done.error();
}

TEST(ChildProcess, ProgramThatIsMissingIsAnError) {
    const auto child = base::ChildProcess::start({.command = {"/nonexistent/program"}});
    ASSERT_FALSE(child);
    EXPECT_NE(child.error().find("No such file"), std::string::npos) << child.error();
}

TEST(ChildProcess, EscalatesToTheSignalThatEndsIt) {
    const base::TemporaryDir dir;
    const auto out = dir.path() / "out";
    auto child = base::ChildProcess::start(
        {.command = {"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"},
         .environment = {"PATH=/usr/bin:/bin"},
         .output = out});
    ASSERT_TRUE(child) << child.error();
    while (base::read_tail(out, 100) != "ready")
        ASSERT_FALSE(child->wait_for(10ms));
    EXPECT_TRUE(base::stop_child(*child, {{SIGTERM, 200ms}, {SIGKILL, 5s}}));
    const auto status = child->wait_for(0ms);
    ASSERT_TRUE(status);
    EXPECT_TRUE(base::describe_status(*status).starts_with("signal 9")) << base::describe_status(*status);
}

TEST(ChildProcess, DestructorLeavesNoProcess) {
    pid_t pid = 0;
    {
        auto child = base::ChildProcess::start({.command = {"/bin/sleep", "60"}});
        ASSERT_TRUE(child) << child.error();
        pid = child->pid();
        auto moved = std::move(*child);
        EXPECT_EQ(moved.pid(), pid);
        EXPECT_EQ(kill(pid, 0), 0);
    }
    EXPECT_EQ(kill(pid, 0), -1);
}

TEST(ChildProcess, ProcessesAreFoundAndSignalledByCommandLine) {
    auto child = base::ChildProcess::start({.command = {"/bin/sleep", "61.25125"}});
    ASSERT_TRUE(child) << child.error();
    const base::ProcessMatch match = [](std::string_view line) { return line.contains("61.25125"); };
    EXPECT_EQ(base::find_processes(match, geteuid()), std::vector<pid_t>{child->pid()});
    EXPECT_TRUE(base::find_processes(match, geteuid() + 1).empty());
    EXPECT_FALSE(base::wait_for_no_process(match, geteuid(), 1ms));
    base::signal_processes(match, geteuid(), SIGTERM);
    EXPECT_TRUE(child->wait_for(5s));
    EXPECT_TRUE(base::wait_for_no_process(match, geteuid(), 5s));
}

}  // namespace
