// DATA_DIR: held by one process at a time, and the places in it (or for it) where the private services live.
//
//   DATA_DIR/lock            flock of the process that holds it; its process id as text
//   DATA_DIR/postgres, redis the services' directories, mode 0700
//   DATA_DIR/sockets         their Unix sockets, mode 0700
//   DATA_DIR/*.log           what the services say
//   DATA_DIR/services.path   only when the services had to move, see `services()`
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file_descriptor.hpp"
#include "base/system_user.hpp"

namespace base {

struct DataDirOptions {
    std::filesystem::path path;
    /// For commands that run beside the server: a directory that another process holds is not an error, see
    /// `in_use_by`.
    bool may_be_in_use = false;
    /// Where root puts services that cannot live in DATA_DIR.
    std::filesystem::path fallback_root = "/var/lib/xbookmarker";
    /// Where sockets go whose path in DATA_DIR would be too long; empty: /run for root, /tmp for others.
    std::filesystem::path runtime_root = {};
};

class DataDir {
public:
    /// Creates the directory (mode 0700) if it is missing, locks it and settles the places. Errors are
    /// sentences for the operator: in use (with the process id), not writable, not to be entered by the
    /// services' user.
    [[nodiscard]] static std::expected<DataDir, std::string> open(const DataDirOptions& options);

    /// DATA_DIR itself, absolute and without symbolic links.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// The parent of `postgres` and `redis`: DATA_DIR. When root starts us, PostgreSQL has to run as another
    /// user; if that user cannot go through the parents of DATA_DIR (as below /root), it is
    /// FALLBACK_ROOT/<hash of the path> instead, which DATA_DIR/services.path then names for good.
    [[nodiscard]] const std::filesystem::path& services() const { return services_; }
    /// A directory for Unix sockets, short enough for sockaddr_un and free of characters that need quoting.
    [[nodiscard]] const std::filesystem::path& sockets() const { return sockets_; }
    /// Whom the services run as when we are root: the owner of DATA_DIR, or if that is root, the system user
    /// `postgres` (the PostgreSQL package makes it for this purpose), else `nobody`. None when we are not
    /// root.
    [[nodiscard]] const std::optional<SystemUser>& service_user() const { return service_user_; }
    /// The process that holds the directory; nothing when it is this one. Then only the places may be used.
    [[nodiscard]] std::optional<pid_t> in_use_by() const { return in_use_by_; }

    /// Makes `directory` (mode 0700) for the services' user unless it exists.
    [[nodiscard]] std::expected<void, std::string> make_for_services(
        const std::filesystem::path& directory) const;

private:
    std::expected<void, std::string> create(const std::filesystem::path& wanted);
    std::expected<void, std::string> lock(bool may_be_in_use);
    std::expected<void, std::string> choose_user();
    std::expected<void, std::string> choose_services(const DataDirOptions& options);
    std::expected<void, std::string> choose_sockets(const DataDirOptions& options);

    std::filesystem::path path_;
    std::filesystem::path services_;
    std::filesystem::path sockets_;
    std::optional<SystemUser> service_user_;
    std::optional<pid_t> in_use_by_;
    FileDescriptor lock_;
    FileDescriptor services_lock_;
};

/// 16 hexadecimal digits (FNV-1a, 64 bits) of a path: for names of directories and of the cluster.
[[nodiscard]] std::string path_hash(const std::filesystem::path& path);

}  // namespace base
