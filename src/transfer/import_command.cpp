#include "transfer/import_command.hpp"

#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>

#include "transfer/import_run.hpp"
#include "transfer/loop_thread.hpp"

namespace transfer {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{10};
constexpr std::size_t kBarWidth = 30;
constexpr std::size_t kErrorsShown = 10;

double seconds_of(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

std::string remaining(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds + 0.5);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

/// The bar on a terminal; a line now and then elsewhere, so that logs stay short.
class Display {
public:
    explicit Display(const base::Clock& clock)
        : clock_(clock), began_(clock.steady()), told_(began_), terminal_(::isatty(STDERR_FILENO) == 1) {}

    void show(const ImportProgress& progress) {
        const base::SteadyTime now = clock_.steady();
        if (now - told_ < (terminal_ ? std::chrono::milliseconds(kBarInterval) : kLineInterval)) return;
        told_ = now;
        const double elapsed = std::max(seconds_of(now - began_), 0.001);
        const double part = progress.bytes_total == 0
                                ? 0
                                : std::min(1.0, static_cast<double>(progress.bytes_done) /
                                                    static_cast<double>(progress.bytes_total));
        const std::string left = part > 0 ? remaining(elapsed / part - elapsed) : "?";
        const std::string numbers = fmt::format(
            "{:3.0f} %  {:.1f} of {:.1f} MB  {} records  {:.0f}/s  {} left", part * 100,
            static_cast<double>(progress.bytes_done) / 1e6, static_cast<double>(progress.bytes_total) / 1e6,
            progress.records, static_cast<double>(progress.records) / elapsed, left);
        if (terminal_) {
            const auto filled = static_cast<std::size_t>(part * static_cast<double>(kBarWidth));
            fmt::print(stderr, "\r\x1b[K[{}{}] {}", std::string(filled, '#'),
                       std::string(kBarWidth - filled, '.'), numbers);
            drawn_ = true;
        } else {
            fmt::print(stderr, "{}\n", numbers);
        }
        std::fflush(stderr);
    }

    void clear() {
        if (drawn_) fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
    }

    [[nodiscard]] double elapsed() const { return seconds_of(clock_.steady() - began_); }

private:
    const base::Clock& clock_;
    base::SteadyTime began_;
    base::SteadyTime told_;
    bool terminal_;
    bool drawn_ = false;
};

void print_report(const ImportReport& report, double elapsed) {
    const ImportCounts& counts = report.counts;
    if (report.dry_run) fmt::print("Dry run: nothing was written.\n");
    fmt::print("imported:  {}\nupdated:   {}\nunchanged: {}\nskipped:   {}\nerrors:    {}\n", counts.imported,
               counts.updated, counts.unchanged, counts.skipped, counts.errors);
    fmt::print("{} records in {:.1f} s\n", counts.total(), elapsed);
    for (const std::string& warning : report.warnings)
        fmt::print("warning: {}\n", warning);
    for (std::size_t i = 0; i < report.errors.size() && i < kErrorsShown; ++i) {
        const RecordError& error = report.errors[i];
        fmt::print("record {}{}{}: {} ({})\n", error.line, error.field.empty() ? "" : ", ", error.field,
                   error.message, error.code);
    }
    if (counts.errors > static_cast<std::int64_t>(kErrorsShown))
        fmt::print("… and {} more errors\n", counts.errors - static_cast<std::int64_t>(kErrorsShown));
    std::fflush(stdout);
}

}  // namespace

int run_import_command(const ImportCommand& command, postgres::Pool& database, cache::Announcer& announcer,
                       base::asio::io_context& io, const base::Clock& clock) {
    const Loop loop{.io = io, .stopping = [] { return false; }};
    const base::Time now = clock.now();
    const ImportTarget target{.user = command.user, .job = {base::make_uuid(now)}, .started = now};
    Display display(clock);
    const LoopThread thread(io);
    const ImportEnvironment environment{
        .loop = loop, .database = database, .announcer = announcer, .clock = clock};
    const auto report = run_import(environment, command.file, target, command.options,
                                   [&display](const ImportProgress& progress) {
                                       display.show(progress);
                                       return true;
                                   });
    display.clear();
    if (!report) {
        fmt::print(stderr, "{}: {}\n", command.file.string(), report.error().message);
        return 1;
    }
    print_report(*report, display.elapsed());
    return 0;
}

}  // namespace transfer
