#include "storage/local_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace storage {
namespace {

using base::Errc;
using base::FileDescriptor;
using base::Result;

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
/// Of files that are being written; no key ends so, as names of files in it begin with a dot.
constexpr std::string_view kUnfinished = ".part";

base::Error failed(std::string_view what, int code) {
    base::log::error("the storage failed",
                     {{"call", what}, {"error", std::generic_category().message(code)}});
    if (code == ENOSPC || code == EDQUOT)
        return {Errc::service_unavailable, "There is no space left for files", std::chrono::seconds{60}, {}};
    return {Errc::internal_error, "The files cannot be read or written", {}, {}};
}

base::Error bad_key() {
    return {Errc::internal_error, "The name of the file is not valid", {}, {}};
}

base::Error missing() {
    return {Errc::file_not_found, "The file does not exist", {}, {}};
}

bool is_hidden(std::string_view name) {
    return name.starts_with('.');
}

/// A key that a file of ours can have: none of its names is hidden.
bool is_own_key(std::string_view key) {
    return is_key(key) && !is_hidden(key) && !key.contains("/.");
}

Object object_of(std::string key, const struct stat& status) {
    const auto nanoseconds =
        std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
    char etag[64];
    std::snprintf(etag, sizeof etag, "\"%llx-%llx\"", static_cast<unsigned long long>(status.st_size),
                  static_cast<unsigned long long>(nanoseconds.count()));
    return {.key = std::move(key),
            .size_bytes = static_cast<std::uint64_t>(status.st_size),
            .modified_at = base::Time(std::chrono::duration_cast<base::Time::duration>(nanoseconds)),
            .etag = etag};
}

/// The directory of a key and the name in it. No symbolic link below the root is followed.
struct Place {
    FileDescriptor directory;  ///< none: it does not exist
    std::string name;
};

Result<FileDescriptor> open_root(const std::filesystem::path& root, bool make) {
    if (make) {
        std::error_code error;
        std::filesystem::create_directories(root.parent_path(), error);
        if (::mkdir(root.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
            return std::unexpected(failed("mkdir", errno));
    }
    FileDescriptor fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd && errno != ENOENT) return std::unexpected(failed("open", errno));
    return fd;
}

Result<Place> find_place(const std::filesystem::path& root, std::string_view key, bool make) {
    auto directory = open_root(root, make);
    if (!directory) return std::unexpected(directory.error());
    Place place{.directory = *std::move(directory), .name = {}};
    std::size_t start = 0;
    for (std::size_t end = 0; (end = key.find('/', start)) != std::string_view::npos; start = end + 1) {
        if (!place.directory) return place;
        const std::string name(key.substr(start, end - start));
        if (make && ::mkdirat(place.directory.get(), name.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
            return std::unexpected(failed("mkdir", errno));
        FileDescriptor next(
            ::openat(place.directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next && errno != ENOENT) return std::unexpected(failed("open", errno));
        if (make && next) ::fsync(place.directory.get());
        place.directory = std::move(next);
    }
    place.name = key.substr(start);
    return place;
}

class LocalUpload final : public Upload {
public:
    LocalUpload(std::string key, Place place, std::string temporary, FileDescriptor file)
        : key_(std::move(key)),
          place_(std::move(place)),
          temporary_(std::move(temporary)),
          file_(std::move(file)) {}
    ~LocalUpload() override {
        if (!temporary_.empty()) ::unlinkat(place_.directory.get(), temporary_.c_str(), 0);
    }
    LocalUpload(const LocalUpload&) = delete;
    LocalUpload& operator=(const LocalUpload&) = delete;

    Result<void> write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return std::unexpected(failed("write", errno));
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<Object> finish() override {
        struct stat status{};
        if (::fsync(file_.get()) != 0) return std::unexpected(failed("fsync", errno));
        const int directory = place_.directory.get();
        if (::renameat(directory, temporary_.c_str(), directory, place_.name.c_str()) != 0)
            return std::unexpected(failed("rename", errno));
        temporary_.clear();
        if (::fsync(directory) != 0) return std::unexpected(failed("fsync", errno));
        if (::fstat(file_.get(), &status) != 0) return std::unexpected(failed("stat", errno));
        return object_of(key_, status);
    }

private:
    std::string key_;
    Place place_;
    std::string temporary_;
    FileDescriptor file_;
};

class LocalDownload final : public Download {
public:
    LocalDownload(Object object, FileDescriptor file) : object_(std::move(object)), file_(std::move(file)) {}
    [[nodiscard]] const Object& object() const override { return object_; }

    Result<std::string> read(std::uint64_t offset, std::size_t size_bytes) override {
        std::string bytes(size_bytes, '\0');
        std::size_t done = 0;
        while (done < size_bytes) {
            const ssize_t got = ::pread(file_.get(), bytes.data() + done, size_bytes - done,
                                        static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return std::unexpected(failed("read", errno));
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        bytes.resize(done);
        return bytes;
    }

private:
    Object object_;
    FileDescriptor file_;
};

}  // namespace

Result<std::unique_ptr<Upload>> LocalStore::create(const std::string& key) {
    if (!is_own_key(key)) return std::unexpected(bad_key());
    auto place = find_place(root_, key, true);
    if (!place) return std::unexpected(place.error());
    const base::SystemClock clock;
    std::string temporary = "." + base::to_string(base::make_uuid(clock.now())) + std::string(kUnfinished);
    FileDescriptor file(::openat(place->directory.get(), temporary.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (!file) return std::unexpected(failed("create", errno));
    return std::make_unique<LocalUpload>(key, *std::move(place), std::move(temporary), std::move(file));
}

Result<std::unique_ptr<Download>> LocalStore::open(const std::string& key) {
    if (!is_own_key(key)) return std::unexpected(bad_key());
    const auto place = find_place(root_, key, false);
    if (!place) return std::unexpected(place.error());
    if (!place->directory) return std::unexpected(missing());
    // A pipe or the like would wait for ever.
    FileDescriptor file(::openat(place->directory.get(), place->name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0)
        return std::unexpected(errno == ENOENT || errno == ELOOP ? missing() : failed("open", errno));
    if (!S_ISREG(status.st_mode)) return std::unexpected(missing());
    return std::make_unique<LocalDownload>(object_of(key, status), std::move(file));
}

Result<std::optional<Object>> LocalStore::find(const std::string& key) {
    if (!is_own_key(key)) return std::unexpected(bad_key());
    const auto place = find_place(root_, key, false);
    if (!place) return std::unexpected(place.error());
    struct stat status{};
    if (!place->directory) return std::nullopt;
    if (::fstatat(place->directory.get(), place->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return std::nullopt;
        return std::unexpected(failed("stat", errno));
    }
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return object_of(key, status);
}

Result<std::vector<Object>> LocalStore::list(const std::string& prefix) {
    if (!prefix.ends_with('/') || !is_own_key(std::string_view(prefix).substr(0, prefix.size() - 1)))
        return std::unexpected(bad_key());
    std::vector<Object> objects;
    std::error_code error;
    std::filesystem::recursive_directory_iterator files(root_ / prefix, error);
    if (error == std::errc::no_such_file_or_directory) return objects;
    for (const std::filesystem::recursive_directory_iterator end; !error && files != end;
         files.increment(error)) {
        struct stat status{};
        const std::filesystem::path& path = files->path();
        if (is_hidden(path.filename().string()) || ::lstat(path.c_str(), &status) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        objects.push_back(object_of(path.lexically_relative(root_).generic_string(), status));
    }
    // What went meanwhile is no failure.
    if (error && error != std::errc::no_such_file_or_directory)
        return std::unexpected(failed("list", error.value()));
    std::ranges::sort(objects, {}, &Object::key);
    return objects;
}

Result<bool> LocalStore::remove(const std::string& key) {
    if (!is_own_key(key)) return std::unexpected(bad_key());
    const auto place = find_place(root_, key, false);
    if (!place) return std::unexpected(place.error());
    if (!place->directory) return false;
    if (::unlinkat(place->directory.get(), place->name.c_str(), 0) == 0) return true;
    if (errno == ENOENT) return false;
    return std::unexpected(failed("unlink", errno));
}

Result<std::optional<std::string>> LocalStore::presigned_url(const std::string& /*key*/,
                                                             const std::string& /*filename*/,
                                                             std::chrono::seconds /*lifetime*/) {
    return std::nullopt;
}

void LocalStore::remove_unfinished(base::Time before) const {
    std::error_code error;
    std::filesystem::recursive_directory_iterator files(root_, error);
    for (const std::filesystem::recursive_directory_iterator end; !error && files != end;
         files.increment(error)) {
        struct stat status{};
        const std::string name = files->path().filename().string();
        if (!is_hidden(name) || !name.ends_with(kUnfinished)) continue;
        if (::lstat(files->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        if (object_of("", status).modified_at < before) ::unlink(files->path().c_str());
    }
}

}  // namespace storage
