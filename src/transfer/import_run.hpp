// One import from file to report, on the thread of the caller: reads the file, collects batches, hands them
// to the writer. Used by jobs and by the command line.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>

#include "transfer/import_writer.hpp"
#include "transfer/reader.hpp"

namespace transfer {

struct ImportProgress {
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;
    std::int64_t records = 0;  ///< decided about so far, errors included
};

/// Called after each piece of the file; false ends the import.
using OnImportProgress = std::function<bool(const ImportProgress&)>;

struct ImportFailure {
    std::string code;          ///< upper case, as in answers
    std::string message;       ///< a sentence for a person
    bool interrupted = false;  ///< by the caller or by the end of the process: what was written stands
    bool unreadable = false;   ///< the file, not the database, is at fault
};

/// What it takes to write an import. All references outlive the call.
struct ImportEnvironment {
    const Loop& loop;
    postgres::Pool& database;
    cache::Announcer& announcer;  ///< of the same loop
    const base::Clock& clock;
    Fence fence = {};
    /// Lines for files with all errors and all changes of a dry run; may be empty.
    std::function<void(const std::string& line)> on_error = {};
    std::function<void(const std::string& line)> on_sample = {};
};

/// Blocks until the last batch is committed. Batches that were committed before a failure stand; running the
/// same import again goes on from there.
[[nodiscard]] std::expected<ImportReport, ImportFailure> run_import(const ImportEnvironment& environment,
                                                                    const std::filesystem::path& file,
                                                                    const ImportTarget& target,
                                                                    const ImportOptions& options,
                                                                    const OnImportProgress& progress);

/// Looks at the beginning of a file: nothing when it is of the format that was asked for, else why it cannot
/// be imported. `offset` and `size_bytes` say where the file lies in `file`. Blocks on the disk.
[[nodiscard]] std::optional<std::string> check_import_file(const std::filesystem::path& file,
                                                           std::uint64_t offset, std::uint64_t size_bytes,
                                                           Format asked, bool include_likes = false);

}  // namespace transfer
