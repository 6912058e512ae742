// Child processes for the private services: start, signal, wait, and find what an earlier run left behind.
// Blocking; called by the supervisor's thread and before the workers start, never by a worker.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/system_user.hpp"

namespace base {

struct ChildOptions {
    std::vector<std::string> command = {};      ///< the program's absolute path first
    std::vector<std::string> environment = {};  ///< `NAME=value`; the whole environment, nothing is inherited
    std::filesystem::path directory = "/";
    std::filesystem::path output = {};  ///< standard output and error are appended to it; empty: /dev/null
    std::string input = {};             ///< what it reads on standard input
    /// Descriptors of ours that it gets in place of the two above; -1: none. They stay ours to close.
    int input_fd = -1;
    int output_fd = -1;
    int error_fd = -1;
    std::optional<SystemUser> user = {};  ///< whom to become; only root can
    /// The signal that the kernel sends when the *thread* that called `start` ends (PR_SET_PDEATHSIG counts
    /// threads, not processes), so that a kill -9 of this process does not leave the child alone; 0 for none.
    /// That thread must therefore live as long as the child is wanted.
    int death_signal = 0;
};

/// One running or ended child in its own session, so that a Ctrl-C on our terminal does not reach it.
class ChildProcess {
public:
    /// Returns when the program has been executed; a program that cannot be executed is an error with the
    /// reason.
    [[nodiscard]] static std::expected<ChildProcess, std::string> start(const ChildOptions& options);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    /// Kills (SIGKILL) and reaps a child that still runs.
    ~ChildProcess();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable (poll) when the child has ended.
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    /// Does nothing when it has ended.
    void signal(int number);
    /// The wait status (see `describe_status`) if it ended within `patience`, else nothing.
    [[nodiscard]] std::optional<int> wait_for(std::chrono::milliseconds patience);

private:
    ChildProcess(pid_t pid, FileDescriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
    void kill_and_reap();

    pid_t pid_ = -1;
    FileDescriptor pidfd_;
    std::optional<int> status_;
};

/// A signal and how long to wait for the end after it.
struct StopStep {
    int signal = 0;
    std::chrono::milliseconds patience{};
};

/// Sends one signal after the other until the child has ended. False if it outlived them all.
bool stop_child(ChildProcess& child, const std::vector<StopStep>& steps);

/// Runs a program to its end. The error holds the end of what it wrote to `options.output`.
[[nodiscard]] std::expected<void, std::string> run_child(const ChildOptions& options,
                                                         std::chrono::milliseconds patience);

/// `exit status 1`, `signal 9 (Killed)`.
[[nodiscard]] std::string describe_status(int wait_status);

/// At most the last `limit` bytes of a file, without trailing line ends; empty if it cannot be read.
[[nodiscard]] std::string read_tail(const std::filesystem::path& file, std::size_t limit);

/// Whether a process is meant, by its command line: arguments that each end in NUL, or the title it gave
/// itself.
using ProcessMatch = std::function<bool(std::string_view command_line)>;

/// Processes of user `uid` that match; never this process. By /proc/PID/cmdline, which can be read even where
/// /proc/PID/cwd and /proc/PID/exe cannot (root in a container without CAP_SYS_PTRACE).
[[nodiscard]] std::vector<pid_t> find_processes(const ProcessMatch& match, uid_t uid);

/// Sends a signal to every process that matches, through a pidfd, so that a reused process id is never hit.
void signal_processes(const ProcessMatch& match, uid_t uid, int signal);

/// True as soon as no process matches, false if some still do after `patience`.
[[nodiscard]] bool wait_for_no_process(const ProcessMatch& match, uid_t uid,
                                       std::chrono::milliseconds patience);

}  // namespace base
