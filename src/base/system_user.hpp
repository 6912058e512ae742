// Users of the operating system: who we are, and whom root's private services run as.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace base {

struct SystemUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;
};

[[nodiscard]] std::optional<SystemUser> find_user(const std::string& name);
/// A user id without an entry in the user database has no name that PostgreSQL's peer authentication could
/// map.
[[nodiscard]] std::optional<SystemUser> find_user(uid_t uid);

/// Whether `user` may go through `directory` and all its parents. Asked of the kernel by a child that becomes
/// that user, so that access control lists count too. Only for root.
[[nodiscard]] bool can_enter(const SystemUser& user, const std::filesystem::path& directory);

}  // namespace base
