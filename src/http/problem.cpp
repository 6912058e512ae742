// The face of every error: one table, one exhaustive switch (contract 1.3 and 2).
#include <algorithm>
#include <string>

#include "base/json_writer.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {
namespace {

using base::Errc;

// clang-format off
constexpr ProblemType kTable[] = {
    {Errc::invalid_json, 400, "INVALID_JSON", "Invalid JSON",
     "The body is not valid JSON, or not a JSON object."},
    {Errc::validation_error, 400, "VALIDATION_ERROR", "Validation failed",
     "Some of the values in the request are not acceptable; details lists each of them."},
    {Errc::invalid_cursor, 400, "INVALID_CURSOR", "Invalid cursor",
     "The cursor is damaged, or it was made for other filters, another order or another user. Start again without it."},
    {Errc::invalid_idempotency_key, 400, "INVALID_IDEMPOTENCY_KEY", "Invalid Idempotency-Key",
     "An Idempotency-Key has 1 to 255 visible ASCII characters."},
    {Errc::malformed_request, 400, "MALFORMED_REQUEST", "Malformed request",
     "The request does not follow HTTP, or its framing, target or coding is damaged."},
    {Errc::invalid_registration_data, 400, "INVALID_REGISTRATION_DATA", "Invalid registration data",
     "The data of the new account are not acceptable; details lists each fault."},
    {Errc::invalid_request_body, 400, "INVALID_REQUEST_BODY", "Invalid request body",
     "The body lacks something or holds something unacceptable; details lists each fault."},
    {Errc::invalid_settings, 400, "INVALID_SETTINGS", "Invalid settings",
     "A setting has an unacceptable value; details lists each fault."},
    {Errc::confirmation_required, 400, "CONFIRMATION_REQUIRED", "Confirmation required",
     "This cannot be undone and must be confirmed with the name of the account."},
    {Errc::invalid_token_data, 400, "INVALID_TOKEN_DATA", "Invalid token data",
     "The data of the new API token are not acceptable; details lists each fault."},
    {Errc::invalid_query_params, 400, "INVALID_QUERY_PARAMS", "Invalid query parameters",
     "A query parameter has an unacceptable value; details lists each fault."},
    {Errc::invalid_bookmark_data, 400, "INVALID_BOOKMARK_DATA", "Invalid bookmark data",
     "The data of the bookmark are not acceptable; details lists each fault."},
    {Errc::invalid_update_data, 400, "INVALID_UPDATE_DATA", "Invalid update data",
     "The changes are not acceptable; details lists each fault."},
    {Errc::no_update_fields, 400, "NO_UPDATE_FIELDS", "Nothing to update",
     "The request names no field that could be changed."},
    {Errc::invalid_bulk_update_data, 400, "INVALID_BULK_UPDATE_DATA", "Invalid bulk update data",
     "The bulk update is not acceptable; details lists each fault."},
    {Errc::invalid_bookmark_ownership, 400, "INVALID_BOOKMARK_OWNERSHIP", "Unknown bookmarks",
     "At least one of the bookmarks does not exist or is not yours; nothing was changed."},
    {Errc::bookmark_ids_required, 400, "BOOKMARK_IDS_REQUIRED", "Bookmark ids required",
     "The request must name the bookmarks it is about."},
    {Errc::invalid_category_data, 400, "INVALID_CATEGORY_DATA", "Invalid category data",
     "The data of the category are not acceptable; details lists each fault."},
    {Errc::parent_category_not_found, 400, "PARENT_CATEGORY_NOT_FOUND", "Parent category not found",
     "The category that was named as parent does not exist."},
    {Errc::circular_reference, 400, "CIRCULAR_REFERENCE", "Circular reference",
     "A category cannot lie below itself."},
    {Errc::category_depth_exceeded, 400, "CATEGORY_DEPTH_EXCEEDED", "Categories too deep",
     "Categories can be nested ten levels deep."},
    {Errc::self_parent_reference, 400, "SELF_PARENT_REFERENCE", "Category is its own parent",
     "A category cannot be its own parent."},
    {Errc::invalid_order_data, 400, "INVALID_ORDER_DATA", "Invalid order data",
     "The new order is not acceptable; details lists each fault."},
    {Errc::invalid_category_ownership, 400, "INVALID_CATEGORY_OWNERSHIP", "Unknown categories",
     "At least one of the categories does not exist or is not yours; nothing was changed."},
    {Errc::cannot_delete_default_category, 400, "CANNOT_DELETE_DEFAULT_CATEGORY", "Default category",
     "The default category cannot be deleted."},
    {Errc::reassign_target_not_found, 400, "REASSIGN_TARGET_NOT_FOUND", "Reassignment target not found",
     "The category that should take over the bookmarks does not exist or is the deleted one."},
    {Errc::invalid_tag_data, 400, "INVALID_TAG_DATA", "Invalid tag data",
     "The data of the tag are not acceptable; details lists each fault."},
    {Errc::invalid_search_params, 400, "INVALID_SEARCH_PARAMS", "Invalid search parameters",
     "A search parameter has an unacceptable value; details lists each fault."},
    {Errc::import_file_required, 400, "IMPORT_FILE_REQUIRED", "Import file required",
     "The form must contain one file."},
    {Errc::invalid_import_source, 400, "INVALID_IMPORT_SOURCE", "Invalid import source",
     "The source of the import is not one of the known ones."},
    {Errc::unsupported_file_type, 400, "UNSUPPORTED_FILE_TYPE", "Unsupported file type",
     "Files of this type cannot be imported."},
    {Errc::invalid_duplicate_strategy, 400, "INVALID_DUPLICATE_STRATEGY", "Invalid duplicate strategy",
     "The way to treat duplicates is not one of the known ones."},
    {Errc::invalid_import_file, 400, "INVALID_IMPORT_FILE", "Invalid import file",
     "The file cannot be read as what it claims to be."},
    {Errc::missing_auth_header, 401, "MISSING_AUTH_HEADER", "Credentials required",
     "The request carries no credential."},
    {Errc::invalid_auth_format, 401, "INVALID_AUTH_FORMAT", "Invalid Authorization header",
     "The Authorization header must be the word Bearer, a blank and a token."},
    {Errc::missing_token, 401, "MISSING_TOKEN", "Token required",
     "The Authorization header carries no token."},
    {Errc::invalid_token, 401, "INVALID_TOKEN", "Invalid token",
     "The token is unknown, or its signature, issuer, audience or claims are wrong."},
    {Errc::token_expired, 401, "TOKEN_EXPIRED", "Token expired",
     "The token was valid once; get a new one."},
    {Errc::token_not_active, 401, "TOKEN_NOT_ACTIVE", "Token not active yet",
     "The token will be valid later."},
    {Errc::token_revoked, 401, "TOKEN_REVOKED", "Token revoked",
     "The session of this token has ended."},
    {Errc::invalid_session, 401, "INVALID_SESSION", "Invalid session",
     "The session of the cookie is unknown or has ended."},
    {Errc::invalid_credentials, 401, "INVALID_CREDENTIALS", "Invalid credentials",
     "The login name or the password is wrong."},
    {Errc::refresh_token_expired, 401, "REFRESH_TOKEN_EXPIRED", "Refresh token expired",
     "The refresh token was valid once; log in again."},
    {Errc::refresh_token_reused, 401, "REFRESH_TOKEN_REUSED", "Refresh token reused",
     "The refresh token was used before; its session was ended for safety."},
    {Errc::token_refresh_error, 401, "TOKEN_REFRESH_ERROR", "Refresh failed",
     "The refresh token is not known."},
    {Errc::csrf_token_invalid, 403, "CSRF_TOKEN_INVALID", "Invalid CSRF token",
     "With a cookie session, unsafe methods need the header X-CSRF-Token with the value of the cookie csrfToken."},
    {Errc::origin_not_allowed, 403, "ORIGIN_NOT_ALLOWED", "Origin not allowed",
     "Requests from this origin are not accepted."},
    {Errc::https_required, 403, "HTTPS_REQUIRED", "HTTPS required",
     "This server answers over HTTPS only."},
    {Errc::insufficient_scope, 403, "INSUFFICIENT_SCOPE", "Insufficient scope",
     "The API token lacks the scope that this needs."},
    {Errc::admin_required, 403, "ADMIN_REQUIRED", "Administrator required",
     "Only administrators may do this."},
    {Errc::interactive_login_required, 403, "INTERACTIVE_LOGIN_REQUIRED", "Interactive login required",
     "This needs a login with a password or with X; an API token is not enough."},
    {Errc::account_disabled, 403, "ACCOUNT_DISABLED", "Account disabled",
     "The account was disabled by an administrator."},
    {Errc::registration_disabled, 403, "REGISTRATION_DISABLED", "Registration disabled",
     "New accounts are not accepted."},
    {Errc::access_denied, 403, "ACCESS_DENIED", "Access denied",
     "This belongs to somebody else."},
    {Errc::endpoint_not_found, 404, "ENDPOINT_NOT_FOUND", "Endpoint not found",
     "There is nothing at this path."},
    {Errc::bookmark_not_found, 404, "BOOKMARK_NOT_FOUND", "Bookmark not found",
     "There is no such bookmark among yours."},
    {Errc::category_not_found, 404, "CATEGORY_NOT_FOUND", "Category not found",
     "There is no such category among yours."},
    {Errc::tag_not_found, 404, "TAG_NOT_FOUND", "Tag not found",
     "There is no such tag among yours."},
    {Errc::job_not_found, 404, "JOB_NOT_FOUND", "Job not found",
     "There is no such job among yours."},
    {Errc::user_not_found, 404, "USER_NOT_FOUND", "User not found",
     "The account does not exist any more."},
    {Errc::session_not_found, 404, "SESSION_NOT_FOUND", "Session not found",
     "There is no such session among yours."},
    {Errc::problem_not_found, 404, "PROBLEM_NOT_FOUND", "Problem not found",
     "No error of this service has this name."},
    {Errc::method_not_allowed, 405, "METHOD_NOT_ALLOWED", "Method not allowed",
     "The path exists, but not for this method; the header Allow names the ones it has."},
    {Errc::request_timeout, 408, "REQUEST_TIMEOUT", "Request timeout",
     "The request was not complete in time."},
    {Errc::username_taken, 409, "USERNAME_TAKEN", "User name taken",
     "An account with this name exists."},
    {Errc::email_taken, 409, "EMAIL_TAKEN", "E-mail address taken",
     "An account with this e-mail address exists."},
    {Errc::bookmark_already_exists, 409, "BOOKMARK_ALREADY_EXISTS", "Bookmark already exists",
     "The post is among your bookmarks already; existingId names it."},
    {Errc::category_name_exists, 409, "CATEGORY_NAME_EXISTS", "Category name exists",
     "A category of this name exists at this place."},
    {Errc::last_admin, 409, "LAST_ADMIN", "Last administrator",
     "The last administrator cannot be removed."},
    {Errc::idempotency_in_progress, 409, "IDEMPOTENCY_IN_PROGRESS", "Request in progress",
     "The first request with this Idempotency-Key is still running."},
    {Errc::precondition_failed, 412, "PRECONDITION_FAILED", "Precondition failed",
     "The resource was changed since the version that If-Match names."},
    {Errc::request_too_large, 413, "REQUEST_TOO_LARGE", "Request too large",
     "The body is larger than this route accepts; maxSize names the limit."},
    {Errc::uri_too_long, 414, "URI_TOO_LONG", "URI too long",
     "The request target is longer than 16 KiB."},
    {Errc::unsupported_media_type, 415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type",
     "The body has a media type or a coding that this route does not read."},
    {Errc::idempotency_key_reused, 422, "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key reused",
     "The Idempotency-Key was used with another body."},
    {Errc::rate_limit_exceeded, 429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded",
     "Too many requests; Retry-After names the seconds to wait."},
    {Errc::headers_too_large, 431, "HEADERS_TOO_LARGE", "Headers too large",
     "The header fields are larger than 64 KiB."},
    {Errc::internal_error, 500, "INTERNAL_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::not_implemented, 501, "NOT_IMPLEMENTED", "Not implemented",
     "The request uses a part of HTTP that this server does not have."},
    {Errc::http_version_not_supported, 505, "HTTP_VERSION_NOT_SUPPORTED", "HTTP version not supported",
     "This server speaks HTTP/1.1 and HTTP/1.0."},
    {Errc::service_unavailable, 503, "SERVICE_UNAVAILABLE", "Service unavailable",
     "The service is overloaded, shutting down or without its database; try again later."},
    {Errc::query_timeout, 503, "QUERY_TIMEOUT", "Query timeout",
     "The database took too long and was stopped."},
    {Errc::not_ready, 503, "NOT_READY", "Not ready",
     "The service is starting or stopping."},
    {Errc::unhealthy, 503, "UNHEALTHY", "Unhealthy",
     "Something that the service needs is away."},
    {Errc::changes_expired, 410, "CHANGES_EXPIRED", "Changes expired",
     "What was deleted since this version is not known any more: read the changes again from 0."},
    {Errc::too_many_streams, 429, "TOO_MANY_STREAMS", "Too many streams",
     "The account has as many event streams open as it may have."},
};
// clang-format on

/// Where the row of a code lies. A switch, so that a new code without a row does not compile.
constexpr std::size_t row(Errc code) {
    switch (code) {
            // clang-format off
        case Errc::invalid_json: return 0;
        case Errc::validation_error: return 1;
        case Errc::invalid_cursor: return 2;
        case Errc::invalid_idempotency_key: return 3;
        case Errc::malformed_request: return 4;
        case Errc::invalid_registration_data: return 5;
        case Errc::invalid_request_body: return 6;
        case Errc::invalid_settings: return 7;
        case Errc::confirmation_required: return 8;
        case Errc::invalid_token_data: return 9;
        case Errc::invalid_query_params: return 10;
        case Errc::invalid_bookmark_data: return 11;
        case Errc::invalid_update_data: return 12;
        case Errc::no_update_fields: return 13;
        case Errc::invalid_bulk_update_data: return 14;
        case Errc::invalid_bookmark_ownership: return 15;
        case Errc::bookmark_ids_required: return 16;
        case Errc::invalid_category_data: return 17;
        case Errc::parent_category_not_found: return 18;
        case Errc::circular_reference: return 19;
        case Errc::category_depth_exceeded: return 20;
        case Errc::self_parent_reference: return 21;
        case Errc::invalid_order_data: return 22;
        case Errc::invalid_category_ownership: return 23;
        case Errc::cannot_delete_default_category: return 24;
        case Errc::reassign_target_not_found: return 25;
        case Errc::invalid_tag_data: return 26;
        case Errc::invalid_search_params: return 27;
        case Errc::import_file_required: return 28;
        case Errc::invalid_import_source: return 29;
        case Errc::unsupported_file_type: return 30;
        case Errc::invalid_duplicate_strategy: return 31;
        case Errc::invalid_import_file: return 32;
        case Errc::missing_auth_header: return 33;
        case Errc::invalid_auth_format: return 34;
        case Errc::missing_token: return 35;
        case Errc::invalid_token: return 36;
        case Errc::token_expired: return 37;
        case Errc::token_not_active: return 38;
        case Errc::token_revoked: return 39;
        case Errc::invalid_session: return 40;
        case Errc::invalid_credentials: return 41;
        case Errc::refresh_token_expired: return 42;
        case Errc::refresh_token_reused: return 43;
        case Errc::token_refresh_error: return 44;
        case Errc::csrf_token_invalid: return 45;
        case Errc::origin_not_allowed: return 46;
        case Errc::https_required: return 47;
        case Errc::insufficient_scope: return 48;
        case Errc::admin_required: return 49;
        case Errc::interactive_login_required: return 50;
        case Errc::account_disabled: return 51;
        case Errc::registration_disabled: return 52;
        case Errc::access_denied: return 53;
        case Errc::endpoint_not_found: return 54;
        case Errc::bookmark_not_found: return 55;
        case Errc::category_not_found: return 56;
        case Errc::tag_not_found: return 57;
        case Errc::job_not_found: return 58;
        case Errc::user_not_found: return 59;
        case Errc::session_not_found: return 60;
        case Errc::problem_not_found: return 61;
        case Errc::method_not_allowed: return 62;
        case Errc::request_timeout: return 63;
        case Errc::username_taken: return 64;
        case Errc::email_taken: return 65;
        case Errc::bookmark_already_exists: return 66;
        case Errc::category_name_exists: return 67;
        case Errc::last_admin: return 68;
        case Errc::idempotency_in_progress: return 69;
        case Errc::precondition_failed: return 70;
        case Errc::request_too_large: return 71;
        case Errc::uri_too_long: return 72;
        case Errc::unsupported_media_type: return 73;
        case Errc::idempotency_key_reused: return 74;
        case Errc::rate_limit_exceeded: return 75;
        case Errc::headers_too_large: return 76;
        case Errc::internal_error: return 77;
        case Errc::not_implemented: return 78;
        case Errc::http_version_not_supported: return 79;
        case Errc::service_unavailable: return 80;
        case Errc::query_timeout: return 81;
        case Errc::not_ready: return 82;
        case Errc::unhealthy: return 83;
        case Errc::changes_expired: return 84;
        case Errc::too_many_streams: return 85;
        // clang-format on
        case Errc::kCount:
            break;
    }
    return row(Errc::internal_error);
}

static_assert(std::size(kTable) == static_cast<std::size_t>(Errc::kCount));

std::string instance_of(const Call& call) {
    return std::string(call.request.raw_path);
}

}  // namespace

const ProblemType& problem_type(Errc code) {
    return kTable[row(code)];
}

std::string problem_slug(std::string_view code) {
    std::string slug(code);
    for (char& c : slug) {
        if (c == '_') c = '-';
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    return slug;
}

const ProblemType* find_problem_type(std::string_view slug) {
    const auto* found = std::ranges::find_if(
        kTable, [&](const ProblemType& type) { return problem_slug(type.code) == slug; });
    return found == std::end(kTable) ? nullptr : found;
}

Response problem(const Call& call, const base::Error& error, unsigned status) {
    const ProblemType& type = problem_type(error.code);
    Response answer;
    answer.status = status == 0 ? type.status : status;
    answer.content_type = "application/problem+json";
    const std::string_view text = error.text.empty() ? type.title : error.text;
    std::string body;
    base::JsonWriter out(body);
    out.begin_object()
        .member("type", "/problems/" + problem_slug(type.code))
        .member("title", type.title)
        .member("status", static_cast<std::int64_t>(answer.status))
        .member("detail", text)
        .member("instance", instance_of(call))
        .member("success", false)
        .member("error", text)
        .member("code", type.code)
        .member("requestId", call.request_id);
    if (error.retry_after) {
        out.member("retryAfter", static_cast<std::int64_t>(error.retry_after->count()));
        answer.headers.emplace_back("Retry-After", std::to_string(error.retry_after->count()));
    }
    out.end_object();
    if (!error.extras.empty()) body.insert(body.size() - 1, "," + error.extras);
    if (answer.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    answer.body = base::make_body(std::move(body));
    return answer;
}

Response endpoint_not_found(const Call& call) {
    base::Error error{Errc::endpoint_not_found, "There is nothing at this path."};
    error.extras = "\"path\":";
    base::append_json_string(error.extras, instance_of(call));
    return problem(call, error);
}

Response method_not_allowed(const Call& call, std::string allow) {
    Response answer = problem(call, {Errc::method_not_allowed, "This path does not have that method."});
    answer.headers.emplace_back("Allow", std::move(allow));
    return answer;
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::pair<std::uint64_t, std::string_view> kUnits[] = {
        {1U << 30, "gb"}, {1U << 20, "mb"}, {1U << 10, "kb"}};
    for (const auto& [unit, name] : kUnits) {
        if (bytes >= unit && bytes % unit == 0) return std::to_string(bytes / unit).append(name);
    }
    return std::to_string(bytes) + "b";
}

Response request_too_large(const Call& call, std::uint64_t limit_bytes) {
    base::Error error{Errc::request_too_large, "The body is too large."};
    error.extras = "\"maxSize\":\"" + size_text(limit_bytes) + "\"";
    return problem(call, error);
}

Response json(std::string body, Caching caching, unsigned status) {
    Response answer;
    answer.status = status;
    answer.body = base::make_body(std::move(body));
    answer.caching = caching;
    return answer;
}

}  // namespace http
