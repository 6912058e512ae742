// PostgreSQL's programs for backups: which ones fit the server, and how bytes go into and out of them.
// Blocking.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "backup/files.hpp"

namespace backup {

/// A directory with pg_dump and pg_restore that can work on a server of that version (`150004`): of its major
/// version or, when that is not there, the next newer one. `root`: Debian's place of all versions; `others`:
/// directories that hold one version each. The error says what to install.
[[nodiscard]] std::expected<std::filesystem::path, std::string> find_programs(
    int server_version, const std::filesystem::path& root = "/usr/lib/postgresql",
    const std::vector<std::filesystem::path>& others = {"/usr/local/bin", "/usr/bin", "/usr/pgsql/bin"});

/// A program that is run to its end.
struct Program {
    std::vector<std::string> command;      ///< its absolute path first; no secrets, everybody sees them
    std::vector<std::string> environment;  ///< `NAME=value`, all of it
};

/// Hands what it writes to `sink`. The error is the program's first sentence on standard error, or how it
/// ended.
[[nodiscard]] Outcome read_from(const Program& program, const Sink& sink, const Stopped& stopped);

/// Calls `feed` once with what takes bytes to its standard input; after it the input ends.
[[nodiscard]] Outcome write_to(const Program& program, const std::function<Outcome(const Sink& input)>& feed,
                               const Stopped& stopped);

}  // namespace backup
