// A look at a file before it is imported (contract 3.15 `/validate`): what it is, and what would come of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "transfer/import_options.hpp"
#include "transfer/record.hpp"

namespace transfer {

struct ImportValidation {
    static constexpr std::size_t kPreviewMax = 5;
    static constexpr std::size_t kErrorsMax = 20;

    bool valid = false;                  ///< it can be imported; single records may still be faulty
    std::vector<std::string> errors;     ///< sentences for a person
    std::vector<std::string> warnings;   ///< likewise
    std::int64_t estimated_records = 0;  ///< counted, or for a large file reckoned from its beginning
    std::optional<Format> format;
    std::vector<Record> preview;  ///< the first ones

    /// The object of the contract, without `success`.
    [[nodiscard]] std::string to_json() const;
};

/// Reads up to some megabytes of it. Blocks.
[[nodiscard]] ImportValidation validate_import(const std::filesystem::path& file, std::uint64_t offset,
                                               std::uint64_t size_bytes, const ImportOptions& options);

}  // namespace transfer
