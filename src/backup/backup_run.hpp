// Makes a backup: everything of one moment of the database, the stored files, configuration and logs, into
// the storage. Blocking, in bounded memory; for a thread of a pool.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "backup/backup.hpp"
#include "backup/files.hpp"
#include "base/clock.hpp"
#include "storage/store.hpp"

namespace backup {

/// What backups are made of, and of which server. Outlives them.
struct Environment {
    std::string database;       ///< connection string for libpq
    std::string superuser;      ///< role that may make databases there; empty: the one of `database`
    storage::Store& files;      ///< of users
    std::string version;        ///< of the program
    std::string configuration;  ///< without secrets
    std::vector<std::filesystem::path> logs;  ///< those that do not exist are left out
    const base::Clock& clock;
};

struct Progress {
    std::string step;  ///< `database`, `verification`, `userFiles`, `systemFiles`, `logs`, `completed`
    int percentage = 0;
    std::int64_t bytes = 0;  ///< written so far
};

struct Request {
    std::string kind = "daily";  ///< also `test`
    base::Time started_at{};
    Targets targets;
    storage::Store& target;  ///< where it is stored
};

/// Why there is no backup at all.
enum class Refusal : std::uint8_t { running, stopped };

/// A backup in any state: what failed of it is in its errors. One that another one keeps from running, or
/// that is stopped, is none, and leaves nothing. `progress` is told now and then; false ends the work.
[[nodiscard]] std::expected<Backup, Refusal> make_backup(
    const Environment& environment, const Request& request,
    const std::function<bool(const Progress&)>& progress);

/// Removes files of a backup. The error is a sentence for the operator.
[[nodiscard]] Outcome remove_files(storage::Store& store, const std::vector<std::string>& keys);

/// Files that belong to the backup of that id, by their names.
[[nodiscard]] base::Result<std::vector<std::string>> find_files(storage::Store& store, const std::string& id);

}  // namespace backup
