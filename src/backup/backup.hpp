// What a backup is (contract 3.13): its kinds, what it holds, how it ended, and what a server keeps of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/cron.hpp"
#include "base/clock.hpp"
#include "base/json_writer.hpp"
#include "fetch/addresses.hpp"

namespace backup {

enum class Kind : std::uint8_t { daily, weekly, monthly };
inline constexpr std::size_t kKinds = 3;
[[nodiscard]] std::string_view to_string(Kind kind);
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view word);

enum class Status : std::uint8_t { success, partial, failure };
[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view word);

/// What is to be backed up.
struct Targets {
    bool database = true;
    bool user_files = true;
    bool system_files = false;
    bool logs = false;
};

/// What the configuration says.
struct Options {
    bool is_scheduled = false;  ///< unless it was started or stopped by hand
    std::array<std::optional<Cron>, kKinds> crons{};
    std::array<std::int64_t, kKinds> retention{7, 4, 12};  ///< days, weeks, months of 30 days
    std::optional<Zone> zone;
    Targets targets;
    std::string webhook;         ///< empty: nobody is told
    fetch::Addresses addresses;  ///< where the webhook may be
    bool tells_success = false;
    bool tells_failure = true;
};

/// One file of a backup in the storage.
struct File {
    std::string what;  ///< `database`, `user-files`, `system-files`, `logs`, `manifest`
    std::string key;
    std::uint64_t size_bytes = 0;
    std::string sha256;  ///< hexadecimal; empty: not known
};

/// What a table held.
struct Table {
    std::string name;  ///< with its schema
    std::int64_t rows = 0;
    std::string checksum;  ///< of all rows, whatever their order
    bool operator==(const Table&) const = default;
};

/// Contract `metadata`.
struct Metadata {
    std::int64_t database_size = 0;  ///< bytes
    std::int64_t user_count = 0;
    std::int64_t bookmark_count = 0;
    std::int64_t file_count = 0;  ///< stored files of users
};

/// A backup that has ended: what its manifest says, which lies beside its files.
struct Backup {
    std::string id;  ///< `<kind>-<start>`
    Kind kind = Kind::daily;
    base::Time started_at{};
    std::chrono::milliseconds duration{};
    Status status = Status::failure;
    std::vector<File> files;
    std::vector<std::string> errors;  ///< sentences for the operator
    Metadata metadata;
    std::string version;              ///< of the program
    std::int64_t schema = 0;          ///< number of the last migration
    std::int64_t server_version = 0;  ///< of PostgreSQL, such as 150004
    std::vector<Table> tables;

    [[nodiscard]] std::uint64_t size_bytes() const;
    /// The file that holds that; null: there is none.
    [[nodiscard]] const File* file_of(std::string_view what) const;
};

/// Folders of the storage (contract 5.4).
inline constexpr std::string_view kDatabaseFolder = "backups/database/";
inline constexpr std::string_view kUserFilesFolder = "backups/user-files/";
inline constexpr std::string_view kSystemFolder = "backups/system/";
inline constexpr std::string_view kLogsFolder = "backups/logs/";
inline constexpr std::string_view kManifestFolder = "backups/manifest/";

/// `2026-11-27T02-00-00-000Z`.
[[nodiscard]] std::string file_time(base::Time time);
/// `daily-2026-11-27T02-00-00-000Z`.
[[nodiscard]] std::string make_id(std::string_view kind, base::Time started_at);

/// As JSON, with a number of the format.
[[nodiscard]] std::string write_manifest(const Backup& backup);
/// Nothing: it is no manifest, or one of a later format.
[[nodiscard]] std::optional<Backup> read_manifest(std::string_view json);
/// A row of the table of backups as a JSON object.
[[nodiscard]] std::string write_row(const Backup& backup, const std::optional<base::Uuid>& job);
/// Of contract 3.13, as members of an object that the caller opens and closes.
void write_result(base::JsonWriter& json, const Backup& backup);
/// Of a backup whose kind is no kind of the schedule, such as `test`.
void write_result(base::JsonWriter& json, const Backup& backup, std::string_view kind);

/// `{…}` of targets, as options of a job have it.
[[nodiscard]] std::string write_job_options(Kind kind, const Targets& targets);
struct JobOptions {
    Kind kind = Kind::daily;
    Targets targets;
};
[[nodiscard]] JobOptions read_job_options(std::string_view json);

}  // namespace backup
