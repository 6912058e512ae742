#include "transfer/export_routes.hpp"

#include <algorithm>

#include "http/validation.hpp"
#include "idempotency/claim.hpp"
#include "jobs/jobs_routes.hpp"

namespace transfer::routes {
namespace {

using base::Errc;
using base::Task;
using http::Call;
using http::Response;

constexpr std::size_t kListMax = 1000;
constexpr std::size_t kTagLengthMax = 100;
constexpr std::chrono::microseconds kLastOfDay = std::chrono::days(1) - std::chrono::microseconds(1);
constexpr std::size_t kBareDateSize = 10;  // YYYY-MM-DD

void read_parts(http::ObjectReader& reader, ExportOptions& options) {
    const auto bookmarks = reader.flag("includeBookmarks");
    const auto categories = reader.flag("includeCategories");
    const auto tags = reader.flag("includeTags");
    const auto searches = reader.flag("includeSearchHistory");
    const bool asks_for_none = !bookmarks && !categories && !tags && !searches;
    options.bookmarks = bookmarks.value_or(asks_for_none);
    options.categories = categories.value_or(asks_for_none);
    options.tags = tags.value_or(asks_for_none);
    options.search_history = searches.value_or(false);
    options.settings = reader.flag("includeSettings").value_or(false);
    options.saved_searches = reader.flag("includeSavedSearches").value_or(false);
    options.filter.include_archived = reader.flag("includeArchived").value_or(true);
}

/// A bare date as the end of a range means the whole day.
bool is_bare_date(const boost::json::object& range, std::string_view name) {
    const boost::json::value* value = range.if_contains(name);
    return value != nullptr && value->is_string() && value->get_string().size() == kBareDateSize;
}

void read_filter(http::ObjectReader& reader, http::Faults& faults, ExportFilter& filter) {
    if (const boost::json::object* range = reader.object("dateRange")) {
        http::ObjectReader dates(*range, faults, "dateRange.");
        filter.from = dates.date("from");
        filter.to = dates.date("to");
        bool from_is_bare = is_bare_date(*range, "from");
        bool to_is_bare = is_bare_date(*range, "to");
        if (filter.from && filter.to && *filter.from > *filter.to) {
            std::swap(filter.from, filter.to);
            std::swap(from_is_bare, to_is_bare);
        }
        if (filter.to && to_is_bare) *filter.to += kLastOfDay;
    }
    auto categories = reader.uuids("categories", 0, kListMax);
    if (!categories) categories = reader.uuids("categoryIds", 0, kListMax);
    filter.categories = std::move(categories).value_or(std::vector<base::Uuid>());
    filter.tags =
        reader.texts("tags", kListMax, {.min = 1, .max = kTagLengthMax}).value_or(std::vector<std::string>());
}

void read_zip_formats(http::ObjectReader& reader, http::Faults& faults, ExportOptions& options) {
    constexpr std::size_t kFormats = 5;
    static constexpr std::array<std::string_view, kFormats> kInZip{"json", "csv", "ndjson", "html",
                                                                   "markdown"};
    const auto words = reader.texts("includeFormats", kFormats, {.min = 1});
    if (!words || words->empty()) return;
    options.zip_formats.clear();
    for (std::size_t i = 0; i < words->size(); ++i) {
        const auto format = parse_export_format((*words)[i]);
        if (!format || *format == ExportFormat::zip) {
            faults.invalid_enum("includeFormats[" + std::to_string(i) + "]", (*words)[i], kInZip);
        } else if (std::ranges::find(options.zip_formats, *format) == options.zip_formats.end()) {
            options.zip_formats.push_back(*format);
        }
    }
}

ExportOptions read_options(const boost::json::object& body, http::Faults& faults) {
    http::ObjectReader reader(body, faults);
    ExportOptions options;
    const auto format = reader.one_of("format", {"json", "csv", "ndjson", "html", "markdown", "zip"}, true);
    if (format) options.format = *parse_export_format(*format);
    read_parts(reader, options);
    read_filter(reader, faults, options.filter);
    options.compressed = reader.flag("compressed").value_or(false);
    read_zip_formats(reader, faults, options);
    if (const boost::json::object* csv = reader.object("csv")) {
        http::ObjectReader of_csv(*csv, faults, "csv.");
        if (const auto delimiter = of_csv.one_of("delimiter", {",", ";", "\t"}))
            options.csv_delimiter = delimiter->front();
        options.csv_bom = of_csv.flag("bom").value_or(false);
    }
    return options;
}

jobs::ShowResult shown_by(const Exports& exports) {
    return [&exports](const jobs::Job& job) { return exports.show_result(job); };
}

}  // namespace

Task<Response> start_export(Exports& exports, Call& call) {
    const auto body = http::read_object(call.request);
    if (!body) co_return http::problem(call, body.error());
    http::Faults faults;
    ExportOptions options = read_options(*body, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_export_options);
    const auto job = co_await exports.start(
        call.principal->user, std::move(options), [&call](base::JobId made, postgres::Commands& commands) {
            idempotency::store(call, jobs::routes::accepted(made), commands);
        });
    if (!job) co_return http::problem(call, job.error());
    co_return jobs::routes::accepted(*job);
}

Task<Response> export_status(Exports& exports, Call& call) {
    co_return co_await jobs::routes::transfer_status(exports.jobs(), jobs::Type::exporting, call,
                                                     shown_by(exports));
}

Task<Response> export_history(Exports& exports, Call& call) {
    co_return co_await jobs::routes::transfer_history(exports.jobs(), jobs::Type::exporting, call,
                                                      shown_by(exports));
}

jobs::View export_view(const Exports& exports) {
    return jobs::transfer_view(shown_by(exports));
}

}  // namespace transfer::routes
