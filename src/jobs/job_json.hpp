// A job as JSON, as clients see it (contract 3.11) and as the journal keeps it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "jobs/job.hpp"

namespace jobs {

/// The members of contract 3.11, as one object.
void write_job(base::JsonWriter& json, const Job& job);
/// `{current,total,percentage,currentStep}`.
void write_progress(base::JsonWriter& json, const Progress& progress);
/// Everything, for `read_entry`.
[[nodiscard]] std::string write_entry(const Job& job);
/// Nothing: it is not one of ours.
[[nodiscard]] std::optional<Job> read_entry(std::string_view json);

}  // namespace jobs
