#include "base/system_user.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace base {
namespace {

constexpr std::size_t kEntryBytesMax = 16384;

SystemUser from_entry(const passwd& entry) {
    return {.uid = entry.pw_uid, .gid = entry.pw_gid, .name = entry.pw_name};
}

}  // namespace

std::optional<SystemUser> find_user(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, kEntryBytesMax> buffer{};
    if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return {};
    return from_entry(entry);
}

std::optional<SystemUser> find_user(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, kEntryBytesMax> buffer{};
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
    return from_entry(entry);
}

bool can_enter(const SystemUser& user, const std::filesystem::path& directory) {
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        // Only async-signal-safe calls: the process may have other threads.
        const bool became = setgroups(0, nullptr) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0;
        _exit(became && access(directory.c_str(), X_OK) == 0 ? 0 : 1);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace base
