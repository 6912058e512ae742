#include "transfer/export_command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file_descriptor.hpp"
#include "transfer/export_run.hpp"
#include "transfer/loop_thread.hpp"

namespace transfer {
namespace {

constexpr std::chrono::milliseconds kShownEvery{200};
constexpr mode_t kFileMode = 0600;

base::Error write_failed() {
    return {base::Errc::internal_error, "The file cannot be written", {}, {}};
}

base::Result<void> write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return std::unexpected(write_failed());
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

class Display {
public:
    explicit Display(const base::Clock& clock) : clock_(clock), is_terminal_(isatty(STDERR_FILENO) == 1) {}

    void show(const ExportProgress& progress) {
        const base::SteadyTime now = clock_.steady();
        if (!is_terminal_ || now - told_ < kShownEvery) return;
        told_ = now;
        fmt::print(stderr, "\r\x1b[K{} of {} bookmarks", progress.done, progress.total);
        std::fflush(stderr);
    }
    void clear() const {
        if (is_terminal_) fmt::print(stderr, "\r\x1b[K");
    }

private:
    const base::Clock& clock_;
    base::SteadyTime told_{};
    bool is_terminal_;
};

int fail(const std::string& file) {
    fmt::print(stderr, "{}: {}\n", file, std::strerror(errno));
    return 1;
}

}  // namespace

int run_export_command(const ExportCommand& command, postgres::Pool& database, base::asio::io_context& io,
                       const base::Clock& clock) {
    const ExportTarget target{.user = command.user, .options = command.options, .exported_at = clock.now()};
    const bool to_output = command.file == "-";
    const std::string name =
        command.file.empty() ? export_file_name(target.options, target.exported_at) : command.file;
    // One that fails leaves what was there before.
    const std::string temporary = name + ".part";
    base::FileDescriptor opened;
    if (!to_output) {
        opened = base::FileDescriptor(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
        if (!opened) return fail(temporary);
    }
    const int file = to_output ? STDOUT_FILENO : opened.get();
    Display display(clock);
    const Loop loop{.io = io, .stopping = [] { return false; }};
    const LoopThread thread(io);
    const auto written = run_export(
        {.loop = loop, .database = database}, target,
        [file](std::string_view bytes) { return write_all(file, bytes); },
        [&display](const ExportProgress& progress) {
            display.show(progress);
            return true;
        });
    display.clear();
    const bool is_durable = to_output || (written && ::fsync(file) == 0);
    if (!written || !is_durable) {
        if (!to_output) ::unlink(temporary.c_str());
        const std::string_view text = written ? "The file cannot be written" : written.error().text;
        fmt::print(stderr, "{}: {}\n", name, text.empty() ? "The export failed" : text);
        return 1;
    }
    if (!to_output && ::rename(temporary.c_str(), name.c_str()) != 0) return fail(name);
    fmt::print(stderr, "{} records written{}\n", *written, to_output ? "" : " to " + name);
    return 0;
}

}  // namespace transfer
