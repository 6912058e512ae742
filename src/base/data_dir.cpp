#include "base/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace base {
namespace {

namespace fs = std::filesystem;
using Outcome = std::expected<void, std::string>;

// sockaddr_un holds 107 bytes and a NUL; `/.s.PGSQL.5432` is the longest name that is put into the directory.
constexpr std::size_t kSocketDirBytesMax = 107 - 14;

std::unexpected<std::string> refuse(const fs::path& path, const std::string& why) {
    return std::unexpected("DATA_DIR " + path.string() + ": " + why);
}

std::string reason(int error) {
    return std::system_category().message(error);
}

std::string own_name() {
    const auto user = find_user(geteuid());
    return user ? user->name : std::to_string(geteuid());
}

// 0: locked; EWOULDBLOCK: another process holds it; else why it cannot be locked.
int lock_file(const fs::path& file, FileDescriptor& lock) {
    lock = FileDescriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return errno;
    return flock(lock.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

pid_t read_pid(const FileDescriptor& lock) {
    std::array<char, 16> text{};
    const auto size = pread(lock.get(), text.data(), text.size(), 0);
    pid_t pid = 0;
    if (size > 0) std::from_chars(text.data(), text.data() + size, pid);
    return pid;
}

int write_pid(const FileDescriptor& lock, const fs::path& owner_of) {
    const auto text = std::to_string(getpid()) + "\n";
    struct stat owner{};
    if (stat(owner_of.c_str(), &owner) != 0) return errno;
    // So that a start as root does not lock the owner of the directory out.
    if (geteuid() == 0 && fchown(lock.get(), owner.st_uid, owner.st_gid) != 0) return errno;
    if (ftruncate(lock.get(), 0) != 0) return errno;
    return pwrite(lock.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

bool is_plain(const fs::path& path) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
    return path.string().find_first_not_of(kPlain) == std::string::npos;
}

// A directory of root's that the services' user may pass through but not list.
bool let_pass(const fs::path& directory, const SystemUser& user) {
    struct stat now{};
    return stat(directory.c_str(), &now) == 0 && now.st_uid == 0 &&
           chown(directory.c_str(), static_cast<uid_t>(-1), user.gid) == 0 &&
           chmod(directory.c_str(), (now.st_mode & 07777U) | S_IXGRP) == 0;
}

Outcome write_line(const fs::path& file, const std::string& line) {
    const auto temporary = file.string() + ".new";
    {
        std::ofstream out(temporary, std::ios::trunc);
        out << line << '\n';
        if (!out.flush()) return std::unexpected("cannot write " + temporary);
    }
    std::error_code error;
    fs::rename(temporary, file, error);
    if (error) return std::unexpected("cannot write " + file.string() + ": " + error.message());
    return {};
}

}  // namespace

std::string path_hash(const fs::path& path) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : path.string())
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return fmt::format("{:016x}", hash);
}

std::expected<DataDir, std::string> DataDir::open(const DataDirOptions& options) {
    DataDir dir;
    auto outcome = dir.create(options.path);
    if (outcome) outcome = dir.lock(options.may_be_in_use);
    if (outcome) outcome = dir.choose_user();
    if (outcome) outcome = dir.choose_services(options);
    if (outcome) outcome = dir.choose_sockets(options);
    if (!outcome) return std::unexpected(outcome.error());
    return dir;
}

Outcome DataDir::create(const fs::path& wanted) {
    std::error_code error;
    const auto absolute = fs::absolute(wanted, error).lexically_normal();
    if (error || wanted.empty()) return refuse(wanted, "not a usable path");
    const bool existed = fs::exists(absolute, error);
    if (!existed) {
        if (absolute.has_parent_path()) fs::create_directories(absolute.parent_path(), error);
        if (!error && mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST) {
            error = {errno, std::system_category()};
        }
        if (error) return refuse(absolute, "cannot be created: " + error.message());
    }
    path_ = fs::canonical(absolute, error);
    if (error) return refuse(absolute, "cannot be resolved: " + error.message());
    if (!fs::is_directory(path_, error)) return refuse(path_, "is not a directory");
    return {};
}

Outcome DataDir::lock(bool may_be_in_use) {
    const auto file = path_ / "lock";
    const int error = lock_file(file, lock_);
    if (error == EWOULDBLOCK) {
        in_use_by_ = read_pid(lock_);
        lock_.reset();
        if (may_be_in_use) return {};
        return refuse(path_, fmt::format("in use by process {} (another xbookmarker)", *in_use_by_));
    }
    if (error == 0 && access(path_.c_str(), W_OK | X_OK) == 0) {
        if (const int failed = write_pid(lock_, path_); failed != 0) return refuse(path_, reason(failed));
        return {};
    }
    return refuse(
        path_, fmt::format("not writable for user {}: {}", own_name(), reason(error != 0 ? error : errno)));
}

Outcome DataDir::choose_user() {
    if (geteuid() != 0) {
        if (find_user(geteuid())) return {};
        return refuse(path_, fmt::format("user id {} has no name in the user database, which the private "
                                         "PostgreSQL needs; set DATABASE_URL or run as a user with a name",
                                         geteuid()));
    }
    struct stat owner{};
    if (stat(path_.c_str(), &owner) != 0) return refuse(path_, reason(errno));
    if (owner.st_uid != 0) service_user_ = find_user(owner.st_uid);
    for (const auto* name : {"postgres", "nobody"}) {
        if (!service_user_) service_user_ = find_user(std::string(name));
    }
    if (!service_user_) {
        return refuse(path_,
                      "PostgreSQL refuses to run as root, and there is no system user postgres or nobody");
    }
    return {};
}

Outcome DataDir::choose_services(const DataDirOptions& options) {
    const auto record = path_ / "services.path";
    services_ = path_;
    std::string recorded;
    if (std::ifstream in(record); in) std::getline(in, recorded);
    if (!recorded.empty()) services_ = recorded;
    if (in_use_by_ || !service_user_) return {};

    const auto& user = *service_user_;
    if (recorded.empty() && !can_enter(user, path_) && !(let_pass(path_, user) && can_enter(user, path_))) {
        services_ = options.fallback_root / path_hash(path_);
    }
    if (services_ == path_) return {};
    std::error_code error;
    fs::create_directories(services_, error);
    if (error) return refuse(path_, fmt::format("cannot create {}: {}", services_.string(), error.message()));
    chmod(options.fallback_root.c_str(), 0711);
    chmod(services_.c_str(), 0700);
    if (!let_pass(services_, user) || !can_enter(user, services_)) {
        return refuse(
            path_,
            fmt::format("user {}, as whom PostgreSQL has to run, can enter neither it nor {}; choose a "
                        "DATA_DIR whose parents that user can enter",
                        user.name, services_.string()));
    }
    // A copy of DATA_DIR names the same place; the second lock keeps two of them from running on one cluster.
    if (const int failed = lock_file(services_ / "lock", services_lock_); failed != 0) {
        return refuse(path_,
                      fmt::format("its services in {} are in use by process {} (services.path was copied?)",
                                  services_.string(), read_pid(services_lock_)));
    }
    if (const int failed = write_pid(services_lock_, services_); failed != 0)
        return refuse(path_, reason(failed));
    return recorded.empty() ? write_line(record, services_.string()) : Outcome{};
}

Outcome DataDir::choose_sockets(const DataDirOptions& options) {
    sockets_ = services_ / "sockets";
    if (sockets_.string().size() > kSocketDirBytesMax || !is_plain(sockets_)) {
        auto root = options.runtime_root;
        if (root.empty()) root = geteuid() == 0 && fs::is_directory("/run") ? "/run" : "/tmp";
        sockets_ = root / ("xbookmarker-" + path_hash(services_));
    }
    if (in_use_by_) return {};
    return make_for_services(sockets_);
}

Outcome DataDir::make_for_services(const fs::path& directory) const {
    const auto shown = directory.string();
    if (mkdir(directory.c_str(), 0700) == 0) {
        if (service_user_ && chown(directory.c_str(), service_user_->uid, service_user_->gid) != 0) {
            return refuse(path_,
                          fmt::format("cannot give {} to {}: {}", shown, service_user_->name, reason(errno)));
        }
        return {};
    }
    if (errno != EEXIST) return refuse(path_, fmt::format("cannot create {}: {}", shown, reason(errno)));
    // It may lie in a directory where others can create files: accept nothing that is not exactly ours.
    struct stat found{};
    const uid_t owner = service_user_ ? service_user_->uid : geteuid();
    if (lstat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
        return refuse(path_, shown + " is not a directory");
    }
    if (found.st_uid != owner || (found.st_mode & 077U) != 0) {
        return refuse(path_, fmt::format("{} has to belong to user {} alone (mode 0700)", shown,
                                         service_user_ ? service_user_->name : own_name()));
    }
    return {};
}

}  // namespace base
