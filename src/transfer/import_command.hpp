// `xbookmarker import FILE`: the same import as a job, in the foreground, with a progress bar.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "cache/announcements.hpp"
#include "postgres/pool.hpp"
#include "transfer/import_options.hpp"

namespace transfer {

struct ImportCommand {
    std::filesystem::path file;
    base::UserId user;
    ImportOptions options;  ///< `--format`, `--dry-run`, …
};

/// Runs the import and prints counts and the first errors on standard output, progress on standard error (a
/// bar when that is a terminal). `io` must not be run by anybody else meanwhile: the import runs it on a
/// thread of its own. A pool that has not been started opens its connections when they are needed; `max` must
/// be at least 3. SIGINT and SIGTERM are the caller's: whatever was committed stands, and the same command
/// goes on from there. Returns the exit code: 0, 1 when the file cannot be read or the import ended early.
[[nodiscard]] int run_import_command(const ImportCommand& command, postgres::Pool& database,
                                     cache::Announcer& announcer, base::asio::io_context& io,
                                     const base::Clock& clock);

}  // namespace transfer
