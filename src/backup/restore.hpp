// Reads backups back: to try them, or in place of the database that is there. Blocking.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "backup/backup_run.hpp"
#include "postgres/migrate.hpp"

namespace backup {

/// A backup that was found in a storage.
struct Found {
    Backup backup;
    bool has_manifest = true;  ///< false: a dump alone, nothing of it can be compared
};

/// The backup of that id; empty: the newest one that succeeded. The error is a sentence for the operator.
[[nodiscard]] std::expected<Found, std::string> find_backup(storage::Store& store, const std::string& id);

/// What is told while it is at work.
using Tell = std::function<void(const std::string& sentence)>;

struct ReadBack {
    const Environment& environment;
    storage::Store& source;
    const Found& found;
    bool is_own = true;  ///< `source` is where the server keeps its backups
    const Tell& tell;
    const Stopped& stopped;
};

/// Checks every file against the manifest, restores the dump into a database of its own, compares the rows
/// and checksums of all its tables, and drops it. The error says what is wrong with the backup, or what kept
/// it from being tried.
[[nodiscard]] Outcome verify(const ReadBack& read);

/// Checks that the bytes of all files are those of the manifest and that pg_restore can read the dump.
[[nodiscard]] Outcome check_files(const ReadBack& read);

/// Puts the backup in place of the database, and its stored files beside those that are there. Up to the
/// moment when the restored database takes the name of the old one nothing of the old one is touched; then it
/// is dropped. `migrations` bring a backup of an older program up to date.
[[nodiscard]] Outcome restore(const ReadBack& read, std::span<const postgres::Migration> migrations);

}  // namespace backup
