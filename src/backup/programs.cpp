#include "backup/programs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/child_process.hpp"
#include "base/log.hpp"

namespace backup {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kPollMs = 200;
constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr std::size_t kComplaintBytes = 4096;
constexpr std::size_t kSentenceBytes = 300;
constexpr auto kVersionPatience = 10s;

int to_number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? number : 0;
}

bool has_programs(const fs::path& directory) {
    return access((directory / "pg_dump").c_str(), X_OK) == 0 &&
           access((directory / "pg_restore").c_str(), X_OK) == 0;
}

std::string reason(int error) {
    return std::strerror(error);
}

/// A program at work, with its standard error in memory.
class Running {
public:
    static std::expected<Running, std::string> start(const Program& program, int input, int output) {
        Running running;
        running.name_ = fs::path(program.command.front()).filename();
        running.complaints_ = base::FileDescriptor(memfd_create("errors", MFD_CLOEXEC));
        if (!running.complaints_) return std::unexpected("cannot make a file in memory: " + reason(errno));
        auto child = base::ChildProcess::start({.command = program.command,
                                                .environment = program.environment,
                                                .input_fd = input,
                                                .output_fd = output,
                                                .error_fd = running.complaints_.get(),
                                                .death_signal = SIGTERM});
        if (!child) return std::unexpected(child.error());
        running.child_.emplace(*std::move(child));
        return running;
    }

    void stop() { base::stop_child(*child_, {{SIGTERM, 2s}, {SIGKILL, 5s}}); }

    /// Waits for its end.
    Outcome end(const Stopped& stopped) {
        std::optional<int> status;
        while (!(status = child_->wait_for(std::chrono::milliseconds(kPollMs)))) {
            if (!stopped || !stopped()) continue;
            stop();
            return std::unexpected("stopped");
        }
        if (*status == 0) return {};
        const std::string all = complaints();
        base::log::error("a program failed",
                         {{"program", name_}, {"status", base::describe_status(*status)}, {"error", all}});
        const std::string first = all.substr(0, std::min(all.find('\n'), kSentenceBytes));
        return std::unexpected(
            first.empty() ? fmt::format("{} failed: {}", name_, base::describe_status(*status)) : first);
    }

private:
    Running() = default;

    [[nodiscard]] std::string complaints() const {
        std::string text(kComplaintBytes, '\0');
        const ssize_t got = pread(complaints_.get(), text.data(), text.size(), 0);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        while (text.ends_with('\n'))
            text.pop_back();
        return text;
    }

    std::string name_;
    base::FileDescriptor complaints_;
    std::optional<base::ChildProcess> child_;
};

/// Waits until `fd` is ready for `events`; false: `stopped`.
bool wait_for(int fd, short events, const Stopped& stopped) {
    for (;;) {
        pollfd ready{.fd = fd, .events = events, .revents = 0};
        if (poll(&ready, 1, kPollMs) > 0) return true;
        if (stopped && stopped()) return false;
    }
}

Outcome pump_out(int fd, const Sink& sink, const Stopped& stopped) {
    std::string buffer(kPieceBytes, '\0');
    for (;;) {
        if (!wait_for(fd, POLLIN, stopped)) return std::unexpected("stopped");
        const ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return std::unexpected("cannot read from a program: " + reason(errno));
        if (got == 0) return {};
        if (stopped && stopped()) return std::unexpected("stopped");
        if (const auto taken = sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
            !taken)
            return std::unexpected(sentence_of(taken.error()));
    }
}

/// Sends to a program. `is_gone`: it takes no more, so that it is the one who knows why.
base::Result<void> send_all(int fd, std::string_view bytes, const Stopped& stopped, bool& is_gone) {
    while (!bytes.empty()) {
        if (!wait_for(fd, POLLOUT, stopped)) return base::fail(base::Errc::service_unavailable, "stopped");
        const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        is_gone = sent < 0;
        if (is_gone) return base::fail(base::Errc::internal_error, "The program takes no more bytes");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

/// The major version that a pg_dump says it has; 0: none.
int version_of(const fs::path& program) {
    std::string text;
    const Program ask{.command = {program, "--version"},
                      .environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}};
    const auto end = std::chrono::steady_clock::now() + kVersionPatience;
    const auto asked = read_from(
        ask,
        [&text](std::string_view bytes) {
            text.append(bytes.substr(0, kSentenceBytes));
            return base::Result<void>();
        },
        [end] { return std::chrono::steady_clock::now() > end; });
    // `pg_dump (PostgreSQL) 15.18 (Debian …)`
    const std::size_t at = text.find(") ");
    return asked && at != std::string::npos ? to_number(std::string_view(text).substr(at + 2)) : 0;
}

}  // namespace

std::expected<fs::path, std::string> find_programs(int server_version, const fs::path& root,
                                                   const std::vector<fs::path>& others) {
    const int wanted = server_version / 10'000;
    int best = 0;
    std::string found;
    std::error_code ignored;
    for (fs::directory_iterator entry(root, ignored), end; entry != end; entry.increment(ignored)) {
        const int version = to_number(entry->path().filename().string());
        if (version == 0 || !has_programs(entry->path() / "bin")) continue;
        found += fmt::format("{}{}", found.empty() ? "" : ", ", version);
        if (version >= wanted && (best == 0 || version < best)) best = version;
    }
    if (best != 0) return root / std::to_string(best) / "bin";
    for (const fs::path& directory : others) {
        const int version = has_programs(directory) ? version_of(directory / "pg_dump") : 0;
        if (version >= wanted) return directory;
        if (version != 0) found += fmt::format("{}{}", found.empty() ? "" : ", ", version);
    }
    return std::unexpected(fmt::format(
        "The server is PostgreSQL {0}, and there is no pg_dump of version {0} or newer (package postgresql-client-{0}); "
        "found: {1}",
        wanted, found.empty() ? "none" : found));
}

Outcome read_from(const Program& program, const Sink& sink, const Stopped& stopped) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected("cannot make a pipe: " + reason(errno));
    const base::FileDescriptor ours(ends[0]);
    base::FileDescriptor theirs(ends[1]);
    auto running = Running::start(program, -1, theirs.get());
    if (!running) return std::unexpected(running.error());
    theirs.reset();  // the end comes when the program's own copy is closed
    const Outcome pumped = pump_out(ours.get(), sink, stopped);
    if (pumped) return running->end(stopped);
    running->stop();
    return pumped;
}

Outcome write_to(const Program& program, const std::function<Outcome(const Sink& input)>& feed,
                 const Stopped& stopped) {
    // A socket, not a pipe: writing to a program that has ended is then an error and no signal.
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return std::unexpected("cannot make a socket: " + reason(errno));
    base::FileDescriptor ours(ends[0]);
    base::FileDescriptor theirs(ends[1]);
    auto running = Running::start(program, theirs.get(), -1);
    if (!running) return std::unexpected(running.error());
    theirs.reset();
    bool is_gone = false;
    const Outcome fed =
        feed([&](std::string_view bytes) { return send_all(ours.get(), bytes, stopped, is_gone); });
    if (!fed && !is_gone) {
        running->stop();
        return fed;
    }
    ours.reset();
    const Outcome ended = running->end(stopped);
    return ended ? fed : ended;
}

}  // namespace backup
