#include "transfer/import_routes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/offload.hpp"
#include "base/utf8.hpp"
#include "http/multipart.hpp"
#include "http/validation.hpp"
#include "idempotency/claim.hpp"
#include "jobs/jobs_routes.hpp"
#include "transfer/import_run.hpp"
#include "transfer/import_validation.hpp"

namespace transfer::routes {
namespace {

using base::Errc;
using base::fail;
using base::JsonWriter;
using base::Result;

constexpr std::size_t kCategoryLengthMax = 100;

constexpr std::array<std::string_view, 8> kEndings{".json", ".jsonl", ".ndjson", ".csv",
                                                   ".html", ".htm",   ".js",     ".txt"};
struct Order {
    ImportOptions options;
    Upload upload;
};

bool is_known_type(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower.ends_with(".gz")) lower.resize(lower.size() - 3);
    return lower.ends_with(".zip") ||
           std::ranges::any_of(kEndings, [&](std::string_view ending) { return lower.ends_with(ending); });
}

bool flag(const http::Form& form, const std::string& name, bool missing) {
    const auto text = form.field(name);
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return missing;
}

Result<ImportOptions> read_options(const http::Form& form) {
    ImportOptions options;
    if (const auto source = form.field("source")) {
        const auto format = parse_format(*source);
        if (!format) return fail(Errc::invalid_import_source, "There is no import source of this name");
        options.source = *format;
    }
    if (const auto name = form.field("duplicateStrategy")) {
        const auto strategy = parse_duplicate_strategy(*name);
        if (!strategy)
            return fail(Errc::invalid_duplicate_strategy,
                        "duplicateStrategy is one of skip, update, merge, create_duplicate");
        options.strategy = *strategy;
    }
    if (const auto category = form.field("defaultCategory"); category && !category->empty())
        options.default_category = base::clean_text(*category);
    if (options.default_category && base::count_code_points(*options.default_category) > kCategoryLengthMax)
        return fail(Errc::validation_error, "defaultCategory has more than 100 characters");
    options.create_categories = flag(form, "createCategories", true);
    options.dry_run = flag(form, "dryRun", false);
    options.include_likes = flag(form, "includeLikes", false);
    return options;
}

/// Reads the form. Blocks on the disk.
Result<Order> read_form(const std::filesystem::path& body, const std::string& content_type,
                        bool& is_checked) {
    const auto form = http::read_form(body, content_type);
    if (!form) {
        return std::unexpected(form.error());
    }
    if (!form->file || form->file->part.name != "file" || form->file->part.filename->empty())
        return fail(Errc::import_file_required, "The form has no file in the field `file`");
    auto options = read_options(*form);
    if (!options) return std::unexpected(options.error());
    const std::string& name = *form->file->part.filename;
    if (!is_known_type(name))
        return fail(
            Errc::unsupported_file_type,
            "The file name must end in .json .jsonl .ndjson .csv .html .htm .js .zip or .txt, also with .gz");
    Upload upload{
        .file = body, .offset = form->file->offset, .size_bytes = form->file->size_bytes, .name = name};
    is_checked = flag(*form, "validate", true);
    return Order{.options = *std::move(options), .upload = std::move(upload)};
}

/// Reads the form and looks at the file, when that is wanted. Blocks on the disk.
Result<Order> read_order(const std::filesystem::path& body, const std::string& content_type) {
    bool is_checked = true;
    auto order = read_form(body, content_type, is_checked);
    if (order && is_checked) {
        const Upload& upload = order->upload;
        if (const auto refusal = check_import_file(upload.file, upload.offset, upload.size_bytes,
                                                   order->options.source, order->options.include_likes)) {
            std::string reason;
            base::append_json_string(reason, *refusal);
            return std::unexpected(base::Error{
                Errc::invalid_import_file, "The file cannot be imported", {}, "\"reason\":" + reason});
        }
    }
    return order;
}

/// The whole answer of `/validate`. Blocks on the disk.
Result<std::string> validation_of(const std::filesystem::path& body, const std::string& content_type) {
    bool is_checked = true;
    const auto order = read_form(body, content_type, is_checked);
    if (!order) return std::unexpected(order.error());
    const Upload& upload = order->upload;
    const ImportValidation found =
        validate_import(upload.file, upload.offset, upload.size_bytes, order->options);
    return "{\"success\":true," + found.to_json().substr(1);
}

jobs::ShowResult shown_by(const Imports& imports) {
    return [&imports](const jobs::Job& job) { return imports.show_result(job); };
}

}  // namespace

jobs::View import_view(const Imports& imports) {
    return jobs::transfer_view(shown_by(imports));
}

Task<Response> start(Imports& imports, Call& call) {
    const std::string content_type(call.request.header("Content-Type").value_or(""));
    if (call.spooled_body.empty())
        co_return http::problem(call, {Errc::import_file_required, "The request has no body", {}, {}});
    auto order = co_await base::offload(imports.offload(), [body = call.spooled_body, content_type] {
        return read_order(body, content_type);
    });
    if (!order) co_return http::problem(call, order.error());
    const auto job =
        co_await imports.start(call.principal->user, std::move(order->options), std::move(order->upload),
                               [&call](const base::Uuid& made, postgres::Commands& commands) {
                                   idempotency::store(call, jobs::routes::accepted({made}), commands);
                               });
    if (!job) co_return http::problem(call, job.error());
    co_return jobs::routes::accepted({*job});
}

Task<Response> validate(Imports& imports, Call& call) {
    const std::string content_type(call.request.header("Content-Type").value_or(""));
    if (call.spooled_body.empty())
        co_return http::problem(call, {Errc::import_file_required, "The request has no body", {}, {}});
    auto found = co_await base::offload(imports.offload(), [body = call.spooled_body, content_type] {
        return validation_of(body, content_type);
    });
    if (!found) co_return http::problem(call, found.error());
    co_return http::json(*std::move(found));
}

Task<Response> status(Imports& imports, Call& call) {
    co_return co_await jobs::routes::transfer_status(imports.jobs(), jobs::Type::importing, call,
                                                     shown_by(imports));
}

Task<Response> history(Imports& imports, Call& call) {
    co_return co_await jobs::routes::transfer_history(imports.jobs(), jobs::Type::importing, call,
                                                      shown_by(imports));
}

}  // namespace transfer::routes
