#include "base/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

namespace base {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

// By number: glibc 2.36 declares both in a header that C++ cannot use (no `extern "C"`).
int pidfd_open(pid_t pid) {
    return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

void pidfd_send_signal(int pidfd, int signal) {
    syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

std::string reason(int error) {
    return std::system_category().message(error);
}

// Everything that the child needs between fork and exec, made before the fork: afterwards only
// async-signal-safe calls are allowed, because another thread may have held the allocator's lock.
struct Prepared {
    std::vector<char*> arguments;
    std::vector<char*> environment;
    FileDescriptor input;
    FileDescriptor output;
    FileDescriptor report_read;
    FileDescriptor report_write;
    pid_t parent = 0;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& text : strings)
        result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

FileDescriptor open_input(const std::string& text) {
    if (text.empty()) return FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
    FileDescriptor memory(memfd_create("input", MFD_CLOEXEC));
    if (!memory || write(memory.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return {};
    return lseek(memory.get(), 0, SEEK_SET) == 0 ? std::move(memory) : FileDescriptor();
}

FileDescriptor open_output(const std::filesystem::path& file) {
    if (file.empty()) return FileDescriptor(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return FileDescriptor(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
}

std::expected<Prepared, std::string> prepare(const ChildOptions& options) {
    Prepared prepared;
    prepared.arguments = pointers(options.command);
    prepared.environment = pointers(options.environment);
    prepared.input = open_input(options.input);
    if (!prepared.input) return std::unexpected("cannot prepare its standard input: " + reason(errno));
    prepared.output = open_output(options.output);
    if (!prepared.output)
        return std::unexpected("cannot open " + options.output.string() + ": " + reason(errno));
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected("cannot make a pipe: " + reason(errno));
    prepared.report_read = FileDescriptor(ends[0]);
    prepared.report_write = FileDescriptor(ends[1]);
    prepared.parent = getpid();
    return prepared;
}

bool become(const SystemUser& user) {
    return setgroups(0, nullptr) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0;
}

void reset_signals() {
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Runs in the child. Returns only when something failed; errno says what.
void execute(const ChildOptions& options, const Prepared& prepared) {
    reset_signals();
    setsid();
    // No descriptor of ours is one of the three: those are open in every process of ours.
    const auto either = [](int given, const FileDescriptor& opened) {
        return given >= 0 ? given : opened.get();
    };
    if (dup2(either(options.input_fd, prepared.input), STDIN_FILENO) < 0 ||
        dup2(either(options.output_fd, prepared.output), STDOUT_FILENO) < 0 ||
        dup2(either(options.error_fd, prepared.output), STDERR_FILENO) < 0) {
        return;
    }
    // Listening sockets and locks of ours must not live on in the child; the report pipe closes at exec as
    // well.
    close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
    if (options.user && !become(*options.user)) return;
    if (chdir(options.directory.c_str()) != 0) return;
    if (options.death_signal != 0) {
        // After the change of user, which clears it. The parent may have ended just before.
        prctl(PR_SET_PDEATHSIG, options.death_signal);
        if (getppid() != prepared.parent) _exit(1);
    }
    umask(077);
    execve(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
}

std::optional<std::string> read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return {};
    return std::string(std::istreambuf_iterator<char>(in), {});
}

bool runs_as(const std::string& proc, uid_t uid) {
    const auto status = read_file(proc + "/status");
    if (!status) return false;
    const auto at = status->find("\nUid:\t");
    return at != std::string::npos && std::strtoul(status->c_str() + at + 6, nullptr, 10) == uid;
}

bool is_meant(const ProcessMatch& match, uid_t uid, pid_t pid) {
    const auto proc = "/proc/" + std::to_string(pid);
    const auto command_line = read_file(proc + "/cmdline");
    return command_line && !command_line->empty() && match(*command_line) && runs_as(proc, uid);
}

int to_poll_timeout(std::chrono::milliseconds time) {
    return static_cast<int>(std::clamp<std::int64_t>(time.count(), 0, INT_MAX));
}

}  // namespace

std::expected<ChildProcess, std::string> ChildProcess::start(const ChildOptions& options) {
    if (options.command.empty()) return std::unexpected("no command");
    const auto failed = [&](const std::string& why) {
        return std::unexpected("cannot start " + options.command.front() + ": " + why);
    };
    auto prepared = prepare(options);
    if (!prepared) return failed(prepared.error());

    const pid_t pid = fork();
    if (pid < 0) return failed(reason(errno));
    if (pid == 0) {
        execute(options, *prepared);
        const int error = errno;
        [[maybe_unused]] const auto written = write(prepared->report_write.get(), &error, sizeof error);
        _exit(127);
    }
    prepared->report_write.reset();
    ChildProcess child(pid, FileDescriptor(pidfd_open(pid)));
    if (!child.pidfd_) return failed("the kernel has no pidfd_open (Linux 5.3): " + reason(errno));
    int error = 0;
    ssize_t got = 0;
    while ((got = read(prepared->report_read.get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (got > 0) return failed(reason(error));
    return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), status_(other.status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        kill_and_reap();
        pid_ = std::exchange(other.pid_, -1);
        pidfd_ = std::move(other.pidfd_);
        status_ = other.status_;
    }
    return *this;
}

ChildProcess::~ChildProcess() {
    kill_and_reap();
}

void ChildProcess::kill_and_reap() {
    if (pid_ < 0 || status_) return;
    kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
}

void ChildProcess::signal(int number) {
    // Not reaped yet, so the process id cannot have been given to another.
    if (pid_ > 0 && !status_) kill(pid_, number);
}

std::optional<int> ChildProcess::wait_for(std::chrono::milliseconds patience) {
    const auto end = Steady::now() + patience;
    while (!status_) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now());
        pollfd ready{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
        const int count = poll(&ready, 1, to_poll_timeout(left));
        if (count == 0) return {};
        int status = 0;
        if (count > 0 && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    }
    return status_;
}

bool stop_child(ChildProcess& child, const std::vector<StopStep>& steps) {
    for (const auto& step : steps) {
        child.signal(step.signal);
        if (child.wait_for(step.patience)) return true;
    }
    return child.wait_for(0ms).has_value();
}

std::expected<void, std::string> run_child(const ChildOptions& options, std::chrono::milliseconds patience) {
    auto child = ChildProcess::start(options);
    if (!child) return std::unexpected(child.error());
    const auto status = child->wait_for(patience);
    if (status == 0) return {};
    const auto what = status ? describe_status(*status) : std::string("no end within the time allowed");
    return std::unexpected(options.command.front() + " failed (" + what +
                           "): " + read_tail(options.output, 2000));
}

std::string describe_status(int wait_status) {
    if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
    const int number = WTERMSIG(wait_status);
    const char* name = sigdescr_np(number);
    return "signal " + std::to_string(number) + (name ? " (" + std::string(name) + ")" : "");
}

std::string read_tail(const std::filesystem::path& file, std::size_t limit) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) return {};
    const auto size = static_cast<std::size_t>(in.tellg());
    std::string tail(std::min(size, limit), '\0');
    in.seekg(static_cast<std::streamoff>(size - tail.size()));
    in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    tail.resize(static_cast<std::size_t>(in.gcount()));
    while (!tail.empty() && (tail.back() == '\n' || tail.back() == '\r'))
        tail.pop_back();
    return tail;
}

std::vector<pid_t> find_processes(const ProcessMatch& match, uid_t uid) {
    std::vector<pid_t> found;
    std::error_code ignored;
    for (std::filesystem::directory_iterator entry("/proc", ignored), end; entry != end;
         entry.increment(ignored)) {
        const auto name = entry->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto pid = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
        if (pid > 0 && pid != getpid() && is_meant(match, uid, pid)) found.push_back(pid);
    }
    return found;
}

void signal_processes(const ProcessMatch& match, uid_t uid, int signal) {
    for (const pid_t pid : find_processes(match, uid)) {
        const FileDescriptor handle(pidfd_open(pid));
        // Asked again behind the handle: the first answer may have been about a process that has ended since.
        if (handle && is_meant(match, uid, pid)) pidfd_send_signal(handle.get(), signal);
    }
}

bool wait_for_no_process(const ProcessMatch& match, uid_t uid, std::chrono::milliseconds patience) {
    constexpr auto kStep = 20ms;  // not our children: there is no event to wait for as an unprivileged user
    const auto end = Steady::now() + patience;
    while (!find_processes(match, uid).empty()) {
        if (Steady::now() >= end) return false;
        std::this_thread::sleep_for(kStep);
    }
    return true;
}

}  // namespace base
