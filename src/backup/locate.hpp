// Backups that are named by a file of theirs on the disk.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "backup/restore.hpp"

namespace backup {

struct Located {
    std::unique_ptr<storage::Store> store;  ///< of the directory in which its files lie
    Found found;
};

/// `file`: a dump or a manifest, in the folders that the storage keeps or with all files of the backup in one
/// directory. A dump without its manifest can be read, but not compared. The error is a sentence for the
/// operator.
[[nodiscard]] std::expected<Located, std::string> locate(const std::filesystem::path& file);

}  // namespace backup
