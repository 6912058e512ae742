// One export, from the database to the bytes of its file.
#pragma once

#include <functional>
#include <string>

#include "postgres/pool.hpp"
#include "transfer/blocking.hpp"
#include "transfer/export_options.hpp"
#include "transfer/export_output.hpp"

namespace transfer {

struct ExportEnvironment {
    Loop loop;
    postgres::Pool& database;
};

struct ExportTarget {
    base::UserId user;
    ExportOptions options;
    base::Time exported_at;
};

struct ExportProgress {
    std::int64_t done = 0;   ///< bookmarks
    std::int64_t total = 0;  ///< bookmarks, once for each file that holds them
    std::string step;        ///< the part that is written
};

/// False: the export has to end; it then fails with service_unavailable.
using TellExport = std::function<bool(const ExportProgress& progress)>;

/// Writes the file to `out`, piece by piece; how many records it holds. Memory does not grow with the
/// library. Blocks; not for the loop's own thread. Errors: those of `out`, user_not_found,
/// service_unavailable.
[[nodiscard]] base::Result<std::int64_t> run_export(const ExportEnvironment& environment,
                                                    const ExportTarget& target, const Write& out,
                                                    const TellExport& tell);

}  // namespace transfer
