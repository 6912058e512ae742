// Files of a backup in the storage: written with their checksum, read against it. Blocking, in bounded
// memory.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "backup/backup.hpp"
#include "backup/digest.hpp"
#include "storage/store.hpp"

namespace backup {

/// Whether the work has to end. Asked a few times a second; for any thread.
using Stopped = std::function<bool()>;

/// Takes the next bytes of a file.
using Sink = std::function<base::Result<void>(std::string_view bytes)>;

/// What every step here ends with when it failed: a sentence for the operator.
using Outcome = std::expected<void, std::string>;

/// A sentence for the operator of what the storage said.
[[nodiscard]] std::string sentence_of(const base::Error& error);

/// A file that is being written; dropped without `finish` it leaves nothing behind.
class FileWriter {
public:
    [[nodiscard]] static base::Result<FileWriter> create(storage::Store& store, std::string what,
                                                         std::string key);
    [[nodiscard]] base::Result<void> write(std::string_view bytes);
    [[nodiscard]] base::Result<File> finish();
    [[nodiscard]] std::uint64_t size_bytes() const { return file_.size_bytes; }

private:
    FileWriter(File file, std::unique_ptr<storage::Upload> upload)
        : file_(std::move(file)), upload_(std::move(upload)) {}
    File file_;
    std::unique_ptr<storage::Upload> upload_;
    Sha256 digest_;
};

/// Hands the bytes of a file to `sink`, which may be empty. Errors: it is missing, has another size or
/// another checksum than the manifest says, the storage failed, `sink` did, `stopped`.
[[nodiscard]] Outcome read_file(storage::Store& store, const File& file, const Sink& sink,
                                const Stopped& stopped);

}  // namespace backup
