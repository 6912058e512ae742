// `xbookmarker export`: writes a library to a file, with progress on a terminal.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "postgres/pool.hpp"
#include "transfer/export_options.hpp"

namespace transfer {

struct ExportCommand {
    base::UserId user;
    ExportOptions options;
    /// `-`: standard output. Empty: the name that exports have, in the current directory.
    std::string file;
};

/// Runs the loop itself. The file exists when it is complete. Returns the exit status: 0 done, 1 failed (the
/// reason is on standard error).
int run_export_command(const ExportCommand& command, postgres::Pool& database, base::asio::io_context& io,
                       const base::Clock& clock);

}  // namespace transfer
