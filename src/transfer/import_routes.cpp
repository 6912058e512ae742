#include "transfer/import_routes.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <limits>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/offload.hpp"
#include "base/utf8.hpp"
#include "http/multipart.hpp"
#include "http/validation.hpp"
#include "idempotency/claim.hpp"
#include "transfer/import_run.hpp"

namespace transfer::routes {
namespace {

using base::Errc;
using base::fail;
using base::JsonWriter;
using base::Result;

constexpr std::int64_t kHistoryDefault = 10;
constexpr std::int64_t kHistoryMax = 100;
constexpr std::size_t kCategoryLengthMax = 100;

constexpr std::array<std::string_view, 8> kEndings{".json", ".jsonl", ".ndjson", ".csv",
                                                   ".html", ".htm",   ".js",     ".txt"};
/// Sources of the contract that this version cannot read yet.
constexpr std::array<std::string_view, 10> kUnreadSources{"x-archive", "siftly",  "dewey",  "fieldtheory",
                                                          "netscape",  "firefox", "chrome", "raindrop",
                                                          "pinboard",  "karakeep"};

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
        if (!format)
            return fail(Errc::invalid_import_source,
                        std::ranges::find(kUnreadSources, *source) == kUnreadSources.end()
                            ? "There is no import source of this name"
                            : "This version cannot read this import source yet");
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

/// Reads the form and looks at the file. Blocks on the disk.
Result<Order> read_order(const std::filesystem::path& body, const std::string& content_type) {
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
    if (flag(*form, "validate", true)) {
        if (const auto refusal =
                check_import_file(upload.file, upload.offset, upload.size_bytes, options->source)) {
            std::string reason;
            base::append_json_string(reason, *refusal);
            return std::unexpected(base::Error{
                Errc::invalid_import_file, "The file cannot be imported", {}, "\"reason\":" + reason});
        }
    }
    return Order{.options = *std::move(options), .upload = std::move(upload)};
}

/// What the import routes call the state of a job (contract 3.9, the table of states).
std::string_view status_of(std::string_view state) {
    if (state == "queued") return "pending";
    if (state == "running" || state == "paused") return "processing";
    return state == "completed" ? "completed" : "failed";
}

/// Why a job came to nothing; its row has `{code,message}`.
std::optional<std::string> error_of(const sql::Job& job) {
    if (job.state == "cancelled") return "Cancelled";
    if (!job.error) return {};
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(*job.error, error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    const boost::json::value* message = object == nullptr ? nullptr : object->if_contains("message");
    if (message == nullptr || !message->is_string()) return "Failed";
    return std::string(message->get_string());
}

/// The four keys of the contract; a job that has not begun has made no progress.
void write_progress(JsonWriter& json, const std::string& stored, std::string_view status) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(stored, error);
    const auto number = [&](std::string_view name) -> std::int64_t {
        const boost::json::object* object = error ? nullptr : value.if_object();
        const boost::json::value* member = object == nullptr ? nullptr : object->if_contains(name);
        return member != nullptr && member->is_int64() ? member->get_int64() : 0;
    };
    json.key("progress").begin_object().member("current", number("current"));
    json.member("total", number("total")).member("percentage", number("percentage"));
    const boost::json::object* object = error ? nullptr : value.if_object();
    const boost::json::value* step = object == nullptr ? nullptr : object->if_contains("currentStep");
    const bool known = step != nullptr && step->is_string();
    json.member("currentStep", known ? std::string(step->get_string()) : std::string(status)).end_object();
}

void write_job(JsonWriter& json, const sql::Job& job, base::UserId user) {
    const std::string_view status = status_of(job.state);
    json.member("jobId", job.id).member("userId", user).member("status", status);
    write_progress(json, job.progress, status);
    if (job.result) json.key("result").raw(*job.result);
    if (const auto error = error_of(job)) json.member("error", *error);
    json.member("createdAt", job.created_at);
    if (job.finished_at) json.member("completedAt", *job.finished_at);
}

void write_pagination(JsonWriter& json, const ImportHistory& history, std::int64_t limit) {
    json.key("pagination").begin_object().member("limit", limit).member("offset", history.offset);
    json.member("total", history.total).member("hasMore", history.has_more);
    json.member("page", history.offset / limit + 1).member("totalPages", (history.total + limit - 1) / limit);
    json.key("nextCursor");
    if (history.has_more) {
        json.value(base::to_base64url(base::as_chars(history.jobs.back().id.bytes)));
    } else {
        json.null();
    }
    json.end_object();
}

std::optional<base::Uuid> read_cursor(std::string_view text) {
    const auto bytes = base::from_base64url(text);
    base::Uuid id;
    if (!bytes || bytes->size() != id.bytes.size()) return {};
    std::ranges::transform(*bytes, id.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return id;
}

Response accepted(const base::Uuid& job) {
    std::string body;
    JsonWriter(body).begin_object().member("success", true).member("jobId", job).end_object();
    Response response = http::json(std::move(body), http::Caching::no_store, 202);
    response.headers.emplace_back("Location", "/api/jobs/" + base::to_string(job));
    return response;
}

}  // namespace

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
                                   idempotency::store(call, accepted(made), commands);
                               });
    if (!job) co_return http::problem(call, job.error());
    co_return accepted(*job);
}

Task<Response> status(Imports& imports, Call& call) {
    const base::Error missing{Errc::job_not_found, "The import does not exist", {}, {}};
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return http::problem(call, missing);
    const auto job = co_await imports.find(call.principal->user, *id);
    if (!job) co_return http::problem(call, job.error());
    if (!*job) co_return http::problem(call, missing);
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_job(json, **job, call.principal->user);
    json.end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

Task<Response> history(Imports& imports, Call& call) {
    http::Faults faults;
    const auto asked =
        http::query_integer(call.query, "limit", 1, std::numeric_limits<std::int32_t>::max(), faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    const std::int64_t limit = std::min(asked.value_or(kHistoryDefault), kHistoryMax);
    std::optional<base::Uuid> after;
    if (const auto cursor = call.query.get("cursor"); cursor && !cursor->empty()) {
        after = read_cursor(*cursor);
        if (!after)
            co_return http::problem(call, {Errc::invalid_cursor, "The cursor cannot be read", {}, {}});
    }
    const auto found = co_await imports.history(call.principal->user, limit, after);
    if (!found) co_return http::problem(call, found.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("history").begin_array();
    for (const sql::Job& job : found->jobs) {
        json.begin_object();
        write_job(json, job, call.principal->user);
        json.end_object();
    }
    json.end_array();
    write_pagination(json, *found, limit);
    json.end_object();
    co_return http::json(std::move(body), http::Caching::private_no_cache);
}

}  // namespace transfer::routes
