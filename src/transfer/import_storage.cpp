#include "transfer/import_storage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "base/file_descriptor.hpp"

namespace transfer {
namespace {

namespace fs = std::filesystem;
using Status = std::expected<void, std::string>;

constexpr std::size_t kCopyBytes = 1024 * 1024;

std::unexpected<std::string> failed(const char* what, const fs::path& path) {
    return std::unexpected(std::string("cannot ") + what + " " + path.string() + ": " + std::strerror(errno));
}

Status sync_directory(const fs::path& directory) {
    const base::FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0) return failed("sync", directory);
    return {};
}

constexpr int kAttempts = 100;  ///< each of them met by another removal

/// Makes what is missing of `directory` and syncs each parent, so that the names are on disk, too.
Status make_directories(const fs::path& directory) {
    struct stat found{};
    if (::stat(directory.c_str(), &found) == 0) return {};
    // The end of another import may remove the parent, while it is empty, between the two steps.
    for (int attempt = 1;; ++attempt) {
        if (auto made = make_directories(directory.parent_path()); !made) return made;
        if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) break;
        if (errno != ENOENT || attempt == kAttempts) return failed("make", directory);
    }
    return sync_directory(directory.parent_path());
}

Status write_all(int to, const char* bytes, std::size_t count, const fs::path& path) {
    while (count > 0) {
        const ssize_t written = ::write(to, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return failed("write", path);
        bytes += written;
        count -= static_cast<std::size_t>(written);
    }
    return {};
}

Status copy(int from, int to, std::uint64_t offset, std::uint64_t size_bytes, const fs::path& path) {
    std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes, kCopyBytes)), '\0');
    while (size_bytes > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes, buffer.size()));
        const ssize_t count = ::pread(from, buffer.data(), wanted, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return failed("read the upload for", path);
        if (auto done = write_all(to, buffer.data(), static_cast<std::size_t>(count), path); !done)
            return done;
        offset += static_cast<std::uint64_t>(count);
        size_bytes -= static_cast<std::uint64_t>(count);
    }
    if (::fsync(to) != 0) return failed("sync", path);
    return {};
}

}  // namespace

fs::path ImportStorage::upload(base::UserId user, const base::Uuid& job) const {
    return root_ / base::to_string(user.uuid) / base::to_string(job) / "upload";
}

Status ImportStorage::store(base::UserId user, const base::Uuid& job, const fs::path& source,
                            std::uint64_t offset, std::uint64_t size_bytes) const {
    const fs::path target = upload(user, job);
    const fs::path temporary = target.parent_path() / "upload.part";
    if (auto made = make_directories(target.parent_path()); !made) return made;
    const base::FileDescriptor from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from) return failed("open", source);
    const base::FileDescriptor to(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!to) return failed("make", temporary);
    if (auto copied = copy(from.get(), to.get(), offset, size_bytes, temporary); !copied) return copied;
    if (::rename(temporary.c_str(), target.c_str()) != 0) return failed("rename", temporary);
    return sync_directory(target.parent_path());
}

void ImportStorage::remove(base::UserId user, const base::Uuid& job) const {
    std::error_code ignored;
    const fs::path directory = upload(user, job).parent_path();
    fs::remove_all(directory, ignored);
    fs::remove(directory.parent_path(), ignored);  // only when it is empty
}

void ImportStorage::remove_all(base::UserId user) const {
    std::error_code error;
    std::filesystem::remove_all(root_ / base::to_string(user.uuid), error);
}

void ImportStorage::remove_others(const std::vector<std::pair<base::Uuid, base::Uuid>>& kept) const {
    std::set<std::pair<base::Uuid, base::Uuid>> wanted(kept.begin(), kept.end());
    std::vector<std::pair<base::Uuid, base::Uuid>> found;
    std::error_code ignored;
    for (const auto& user_directory : fs::directory_iterator(root_, ignored)) {
        const auto user = base::parse_uuid(user_directory.path().filename().string());
        if (!user) continue;
        for (const auto& job_directory : fs::directory_iterator(user_directory.path(), ignored))
            if (const auto job = base::parse_uuid(job_directory.path().filename().string()))
                found.emplace_back(*user, *job);
    }
    for (const auto& [user, job] : found)
        if (!wanted.contains({user, job})) remove({user}, job);
}

std::expected<std::string, std::string> ImportStorage::owner(base::Time now) const {
    const fs::path path = root_ / "owner";
    std::string text;
    if (std::ifstream(path) >> text && base::parse_uuid(text)) return text;
    if (auto made = make_directories(root_); !made) return std::unexpected(made.error());
    text = base::to_string(base::make_uuid(now));
    const fs::path temporary = root_ / "owner.part";
    {
        const base::FileDescriptor to(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!to) return failed("make", temporary);
        if (auto done = write_all(to.get(), text.data(), text.size(), temporary); !done)
            return std::unexpected(done.error());
        if (::fsync(to.get()) != 0) return failed("sync", temporary);
    }
    // Another thread may have been first: its name counts.
    if (::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) return failed("make", path);
    ::unlink(temporary.c_str());
    if (auto synced = sync_directory(root_); !synced) return std::unexpected(synced.error());
    if (std::ifstream(path) >> text && base::parse_uuid(text)) return text;
    return failed("read", path);
}

}  // namespace transfer
