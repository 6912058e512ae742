// What the caller of an import may choose (contract 3.15).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "transfer/format.hpp"

namespace transfer {

/// What happens with a record whose post is in the library already.
enum class DuplicateStrategy : std::uint8_t { skip, update, merge, create_duplicate };

[[nodiscard]] std::string_view to_string(DuplicateStrategy strategy);
[[nodiscard]] std::optional<DuplicateStrategy> parse_duplicate_strategy(std::string_view name);

struct ImportOptions {
    Format source = Format::automatic;
    DuplicateStrategy strategy = DuplicateStrategy::skip;
    /// Id or name, for records without a category; a name that does not exist is created.
    std::optional<std::string> default_category;
    bool create_categories = true;  ///< false: records of unknown categories stay without one
    bool dry_run = false;           ///< writes nothing and says what would happen
    bool include_likes = false;     ///< of formats that hold likes beside bookmarks
};

/// The options as they are kept in the row of a job.
[[nodiscard]] std::string write_job_options(const ImportOptions& options, std::string_view file_name);
/// Reads what `write_job_options` wrote; members that are missing have their default.
[[nodiscard]] ImportOptions read_job_options(std::string_view json);

}  // namespace transfer
