// Stored files out of the zip archive of a backup, back into a storage. Blocking, in bounded memory.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "backup/files.hpp"

namespace backup {

/// Writes every file of the archive under its name, which is its key. Returns how many; the error is a
/// sentence for the operator.
[[nodiscard]] std::expected<std::int64_t, std::string> unzip(storage::Store& source, const File& zip,
                                                             storage::Store& target, const Stopped& stopped);

}  // namespace backup
