// The files of a private PostgreSQL cluster: where the programs are, how a cluster is made, its three
// configuration files. Used by private_server; starts nothing that goes on running.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/system_user.hpp"

namespace postgres {

/// Role and database of the service. The role is not a superuser; it owns the database.
inline constexpr std::string_view kApplicationRole = "xbookmarker";
inline constexpr std::string_view kApplicationDatabase = "xbookmarker";

/// Bytes of memory that this process may use: the machine's, or the control group's if that is less.
[[nodiscard]] std::uint64_t usable_memory_bytes();

/// The directory with initdb and postgres: below `root` (Debian: /usr/lib/postgresql), the version of the
/// cluster if there is one, else 15, else the newest. The error says which package to install.
[[nodiscard]] std::expected<std::filesystem::path, std::string> find_programs(
    const std::filesystem::path& cluster, const std::filesystem::path& root);

struct ClusterSettings {
    std::filesystem::path sockets;  ///< plain path, no quoting needed
    std::string name;               ///< cluster_name, in the titles of all its processes
    std::uint64_t memory_bytes = 0;
};

/// xbookmarker.conf, which replaces postgresql.conf. Durable (fsync and synchronous_commit stay on), no TCP
/// port, no statement text or parameter in the log.
[[nodiscard]] std::string settings_text(const ClusterSettings& settings);

/// pg_hba.conf: Unix sockets with peer authentication and the map below, nothing else.
[[nodiscard]] std::string access_text();

/// pg_ident.conf: each of these users of the operating system may be the application role, or the superuser
/// `postgres` for maintenance; they can read the cluster's files anyway.
[[nodiscard]] std::string users_text(const std::vector<std::string>& system_users);

struct ClusterOptions {
    std::filesystem::path directory;
    std::filesystem::path programs;
    std::filesystem::path log;
    std::optional<base::SystemUser> user;
};

/// Makes the cluster (UTF-8, C.UTF-8, data checksums, role and database) beside `directory` and renames it
/// when all is on disk, so that a kill at any moment leaves either nothing or the whole. Nothing to do if it
/// exists.
[[nodiscard]] std::expected<void, std::string> create_cluster(const ClusterOptions& options);

/// Environment of PostgreSQL's programs.
[[nodiscard]] std::vector<std::string> program_environment();

}  // namespace postgres
