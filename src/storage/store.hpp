// Where files of users live: on a disk of ours (`LocalStore`) or in an S3 bucket (`S3Store`). A key is a path
// of names joined by `/` (contract 5.4). Every call blocks: it belongs on a thread of a pool, never on a
// loop. Every object may be used on several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace storage {

struct Object {
    std::string key;
    std::uint64_t size_bytes = 0;
    base::Time modified_at{};
    std::string etag;  ///< with quotes; changes whenever the bytes do
};

/// An object that is being written. It exists from `finish` on and not at all before; one that is dropped
/// leaves nothing behind. For one thread at a time.
class Upload {
public:
    Upload() = default;
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;
    virtual ~Upload() = default;
    /// Adds to the end.
    [[nodiscard]] virtual base::Result<void> write(std::string_view bytes) = 0;
    /// Makes it durable and visible under its key, in place of what was there. Once, as the last call.
    [[nodiscard]] virtual base::Result<Object> finish() = 0;
};

/// An object that is being read, as it was when it was opened. For one thread at a time.
class Download {
public:
    Download() = default;
    Download(const Download&) = delete;
    Download& operator=(const Download&) = delete;
    virtual ~Download() = default;
    [[nodiscard]] virtual const Object& object() const = 0;
    /// Up to `size_bytes` bytes from `offset` on; fewer only at the end.
    [[nodiscard]] virtual base::Result<std::string> read(std::uint64_t offset, std::size_t size_bytes) = 0;
};

/// Errors of all calls: file_not_found where said, service_unavailable (no space, S3 away; the reason is in
/// the log), internal_error for a key that `is_key` refuses.
class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;
    [[nodiscard]] virtual base::Result<std::unique_ptr<Upload>> create(const std::string& key) = 0;
    /// Error: file_not_found.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Download>> open(const std::string& key) = 0;
    [[nodiscard]] virtual base::Result<std::optional<Object>> find(const std::string& key) = 0;
    /// All whose keys begin with `prefix` (a whole folder, ends in `/`), by key.
    [[nodiscard]] virtual base::Result<std::vector<Object>> list(const std::string& prefix) = 0;
    /// False: there was none.
    [[nodiscard]] virtual base::Result<bool> remove(const std::string& key) = 0;
    /// An address at which anybody can read the object as an attachment of that name for that long, or
    /// nothing: it is read through us.
    [[nodiscard]] virtual base::Result<std::optional<std::string>> presigned_url(
        const std::string& key, const std::string& filename, std::chrono::seconds lifetime) = 0;
    /// `local` or `s3`.
    [[nodiscard]] virtual std::string_view provider() const = 0;
};

/// Whether it names an object: relative, no empty name, none that is `.` or `..`, no `\`, no control
/// character, at most 1,024 bytes (the limit of S3).
[[nodiscard]] bool is_key(std::string_view key);

}  // namespace storage
