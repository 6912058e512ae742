// Uploads of imports on disk: DATA_DIR/storage/imports/<userId>/<jobId>/upload (contract 5.4). Blocking.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/id.hpp"

namespace transfer {

class ImportStorage {
public:
    /// `storage` is DATA_DIR/storage; directories are made when they are needed, mode 0700.
    explicit ImportStorage(const std::filesystem::path& storage) : root_(storage / "imports") {}

    [[nodiscard]] std::filesystem::path upload(base::UserId user, const base::Uuid& job) const;
    /// Copies `size_bytes` bytes of `source` from `offset` on, so that they outlive a loss of power:
    /// temporary name, sync, rename, sync of the directories. The error is for the log.
    [[nodiscard]] std::expected<void, std::string> store(base::UserId user, const base::Uuid& job,
                                                         const std::filesystem::path& source,
                                                         std::uint64_t offset,
                                                         std::uint64_t size_bytes) const;
    void remove(base::UserId user, const base::Uuid& job) const;
    /// All uploads of a user.
    void remove_all(base::UserId user) const;
    /// Removes uploads that no job of `kept` (user, job) needs: a crash may leave one behind.
    void remove_others(const std::vector<std::pair<base::Uuid, base::Uuid>>& kept) const;
    /// Tells this directory from those of other instances on the same database; made at the first call.
    [[nodiscard]] std::expected<std::string, std::string> owner(base::Time now) const;

private:
    std::filesystem::path root_;
};

}  // namespace transfer
