// What an export is asked for (contract 3.14).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace transfer {

enum class ExportFormat : std::uint8_t { json, csv, ndjson, html, markdown, zip };

/// The words of the contract.
[[nodiscard]] std::string_view to_string(ExportFormat format);
[[nodiscard]] std::optional<ExportFormat> parse_export_format(std::string_view word);

/// Which bookmarks: the conditions hold together; those of one list are alternatives.
struct ExportFilter {
    bool include_archived = true;
    std::optional<base::Time> from;      ///< of `bookmarkedAt`, inclusive
    std::optional<base::Time> to;        ///< inclusive
    std::vector<base::Uuid> categories;  ///< empty: all, and those without
    std::vector<std::string> tags;       ///< empty: all
};

struct ExportOptions {
    ExportFormat format = ExportFormat::json;
    bool bookmarks = true;
    bool categories = true;
    bool tags = true;
    bool search_history = false;
    bool settings = false;
    bool saved_searches = false;
    ExportFilter filter = {};
    bool compressed = false;  ///< gzip; archives already are
    std::vector<ExportFormat> zip_formats = {ExportFormat::json, ExportFormat::csv};  ///< never zip
    char csv_delimiter = ',';
    bool csv_bom = false;
};

/// The options as JSON, in the words of the contract; for jobs and for the metadata of an export.
[[nodiscard]] std::string write_export_options(const ExportOptions& options);
/// What `write_export_options` wrote; what is missing or unknown takes its default.
[[nodiscard]] ExportOptions read_export_options(std::string_view json);

/// `bookmarks-export-2026-11-25T10-00-00-000Z.json.gz` (contract 5.4).
[[nodiscard]] std::string export_file_name(const ExportOptions& options, base::Time at);
/// `2026-11-25T10-00-00-000Z`.
[[nodiscard]] std::string file_time(base::Time at);

}  // namespace transfer
