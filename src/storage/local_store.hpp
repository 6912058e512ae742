// Files on a disk of ours, below one directory: the key is the path. Readable by the server's user alone.
#pragma once

#include <filesystem>

#include "storage/store.hpp"

namespace storage {

class LocalStore final : public Store {
public:
    /// Made at the first write, mode 0700.
    explicit LocalStore(std::filesystem::path root) : root_(std::move(root)) {}

    [[nodiscard]] base::Result<std::unique_ptr<Upload>> create(const std::string& key) override;
    [[nodiscard]] base::Result<std::unique_ptr<Download>> open(const std::string& key) override;
    [[nodiscard]] base::Result<std::optional<Object>> find(const std::string& key) override;
    [[nodiscard]] base::Result<std::vector<Object>> list(const std::string& prefix) override;
    [[nodiscard]] base::Result<bool> remove(const std::string& key) override;
    [[nodiscard]] base::Result<std::optional<std::string>> presigned_url(
        const std::string& key, const std::string& filename, std::chrono::seconds lifetime) override;
    [[nodiscard]] std::string_view provider() const override { return "local"; }

    /// Removes what uploads left behind that were begun before `before` and never finished: their process
    /// died.
    void remove_unfinished(base::Time before) const;

private:
    std::filesystem::path root_;
};

}  // namespace storage
