// What came of an import (contract 3.15 "result").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "transfer/import_decision.hpp"
#include "transfer/record.hpp"

namespace transfer {

struct ImportCounts {
    std::int64_t imported = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    std::int64_t skipped = 0;
    std::int64_t errors = 0;
    std::int64_t conflicts = 0;  ///< records whose post is stored with other content

    [[nodiscard]] std::int64_t total() const { return imported + updated + unchanged + skipped + errors; }
    ImportCounts& operator+=(const ImportCounts& more);
};

/// What a dry run would do with one record.
struct ImportSample {
    std::int64_t line = 0;
    Action action = Action::insert;
    std::optional<base::Uuid> bookmark_id;
    std::vector<FieldChange> fields;
};

struct ImportReport {
    static constexpr std::size_t kWarningsMax = 50;
    static constexpr std::size_t kErrorsMax = 100;
    static constexpr std::size_t kSamplesMax = 50;

    ImportCounts counts;
    std::string_view format = {};       ///< that the file turned out to have
    std::vector<std::string> warnings;  ///< the first ones
    std::vector<RecordError> errors;    ///< the first ones
    bool dry_run = false;
    std::vector<ImportSample> samples;  ///< the first ones, of a dry run
    /// Each record that was refused, and each one that a dry run would change, as a line of JSON. May be
    /// empty.
    std::function<void(const std::string& line)> on_error = {};
    std::function<void(const std::string& line)> on_sample = {};
    std::optional<std::string> error_file;  ///< names of files that hold all of them
    std::optional<std::string> diff_file;

    void warn(std::string text);
    /// Counts it, too.
    void refuse(RecordError error);
    void show(ImportSample sample);
    /// `errorReportUrl` and `diffUrl` are names of files; whoever shows them makes links of them.
    [[nodiscard]] std::string to_json() const;
};

}  // namespace transfer
