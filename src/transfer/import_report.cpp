#include "transfer/import_report.hpp"

#include <algorithm>

#include "base/json_writer.hpp"

namespace transfer {

ImportCounts& ImportCounts::operator+=(const ImportCounts& more) {
    imported += more.imported;
    updated += more.updated;
    unchanged += more.unchanged;
    skipped += more.skipped;
    errors += more.errors;
    conflicts += more.conflicts;
    return *this;
}

void ImportReport::warn(std::string text) {
    if (warnings.size() < kWarningsMax && std::ranges::find(warnings, text) == warnings.end())
        warnings.push_back(std::move(text));
}

namespace {

void write_error(base::JsonWriter& json, const RecordError& error) {
    json.begin_object().member("line", error.line);
    if (!error.field.empty()) json.member("field", error.field);
    json.member("code", error.code).member("message", error.message).end_object();
}

void write_sample(base::JsonWriter& json, const ImportSample& sample) {
    json.begin_object().member("line", sample.line).member("action", to_string(sample.action));
    if (sample.bookmark_id) json.member("bookmarkId", *sample.bookmark_id);
    json.key("fields").begin_object();
    for (const FieldChange& change : sample.fields)
        json.key(change.name).begin_array().raw(change.before).raw(change.after).end_array();
    json.end_object().end_object();
}

void write_diff(base::JsonWriter& json, const ImportReport& report) {
    json.key("diff").begin_object().member("new", report.counts.imported);
    json.member("updated", report.counts.updated).member("unchanged", report.counts.unchanged);
    json.member("skipped", report.counts.skipped).member("conflicts", report.counts.conflicts);
    json.key("samples").begin_array();
    for (const ImportSample& sample : report.samples)
        write_sample(json, sample);
    json.end_array().end_object();
}

}  // namespace

void ImportReport::refuse(RecordError error) {
    ++counts.errors;
    if (on_error) {
        std::string line;
        base::JsonWriter json(line);
        write_error(json, error);
        on_error(line);
    }
    if (errors.size() < kErrorsMax) errors.push_back(std::move(error));
}

void ImportReport::show(ImportSample sample) {
    if (on_sample) {
        std::string line;
        base::JsonWriter json(line);
        write_sample(json, sample);
        on_sample(line);
    }
    if (samples.size() < kSamplesMax) samples.push_back(std::move(sample));
}

std::string ImportReport::to_json() const {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("totalProcessed", counts.total()).member("imported", counts.imported);
    json.member("updated", counts.updated).member("unchanged", counts.unchanged);
    json.member("skipped", counts.skipped).member("errors", counts.errors).member("warnings", warnings);
    json.key("errorReport").begin_array();
    for (const RecordError& error : errors)
        write_error(json, error);
    json.end_array().member("errorReportUrl", error_file);
    if (dry_run) write_diff(json, *this);
    if (diff_file) json.member("diffUrl", *diff_file);
    json.end_object();
    return out;
}

}  // namespace transfer
