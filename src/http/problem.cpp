// The face of every error: one table with a row for every code (contract 1.3 and 2).
#include <algorithm>
#include <array>
#include <string>

#include "base/json_writer.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

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
    {Errc::invalid_query_text, 400, "INVALID_QUERY_TEXT", "Invalid query text",
     "Suggestions need two characters, or one of Han, Kana or Hangul."},
    {Errc::query_required, 400, "QUERY_REQUIRED", "Query required",
     "An entry of the search history needs a text or a filter."},
    {Errc::invalid_saved_search, 400, "INVALID_SAVED_SEARCH", "Invalid saved search",
     "The fields of the saved search are not valid."},
    {Errc::invalid_facet_params, 400, "INVALID_FACET_PARAMS", "Invalid facet parameters",
     "The filters of the facets are not valid."},
    {Errc::invalid_stats_params, 400, "INVALID_STATS_PARAMS", "Invalid statistics parameters",
     "The parameters of the statistics are not valid."},
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
    {Errc::invalid_redirect_url, 400, "INVALID_REDIRECT_URL", "Invalid redirect",
     "The place to go to after a login must be a path of this server."},
    {Errc::invalid_callback_params, 400, "INVALID_CALLBACK_PARAMS", "Invalid callback parameters",
     "The answer of X must carry a code and a state."},
    {Errc::oauth_callback_error, 400, "OAUTH_CALLBACK_ERROR", "Login refused at X",
     "X says that the login was refused or cannot be done."},
    {Errc::invalid_oauth_state, 400, "INVALID_OAUTH_STATE", "Invalid state",
     "The login with X is unknown, expired, used, or was begun in another browser."},
    {Errc::invalid_x_app, 400, "INVALID_X_APP", "Invalid X app",
     "The data of the X app are not acceptable; details lists each fault."},
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
    {Errc::search_history_not_found, 404, "SEARCH_HISTORY_NOT_FOUND", "Search history entry not found",
     "There is no such entry in your search history."},
    {Errc::saved_search_not_found, 404, "SAVED_SEARCH_NOT_FOUND", "Saved search not found",
     "There is no such saved search of yours."},
    {Errc::job_not_found, 404, "JOB_NOT_FOUND", "Job not found",
     "There is no such job among yours."},
    {Errc::user_not_found, 404, "USER_NOT_FOUND", "User not found",
     "The account does not exist any more."},
    {Errc::session_not_found, 404, "SESSION_NOT_FOUND", "Session not found",
     "There is no such session among yours."},
    {Errc::x_account_not_found, 404, "X_ACCOUNT_NOT_FOUND", "No connection to X",
     "The account is not connected to X."},
    {Errc::problem_not_found, 404, "PROBLEM_NOT_FOUND", "Problem not found",
     "No error of this service has this name."},
    {Errc::method_not_allowed, 405, "METHOD_NOT_ALLOWED", "Method not allowed",
     "The path exists, but not for this method; the header Allow names the ones it has."},
    {Errc::request_timeout, 408, "REQUEST_TIMEOUT", "Request timeout",
     "The request was not complete in time."},
    {Errc::invalid_sync_options, 400, "INVALID_SYNC_OPTIONS", "Invalid sync options",
     "The options of a sync are true or false."},
    {Errc::authentication_required, 400, "AUTHENTICATION_REQUIRED", "Connection with X required",
     "The account must be connected with X."},
    {Errc::invalid_budget, 400, "INVALID_BUDGET", "Invalid budget",
     "A budget is a number of USD, not above the operator's."},
    {Errc::sync_job_active, 409, "SYNC_JOB_ACTIVE", "Sync active",
     "Another sync of the account has not ended."},
    {Errc::sse_update_init_error, 500, "SSE_UPDATE_INIT_ERROR", "Internal error",
     "The stream of events could not be opened because of an error of the server."},
    {Errc::sync_start_error, 500, "SYNC_START_ERROR", "Internal error",
     "The sync could not be started because of an error of the server."},
    {Errc::sync_status_error, 500, "SYNC_STATUS_ERROR", "Internal error",
     "The sync could not be looked at because of an error of the server."},
    {Errc::sync_cancel_error, 500, "SYNC_CANCEL_ERROR", "Internal error",
     "The sync could not be cancelled because of an error of the server."},
    {Errc::sync_history_error, 500, "SYNC_HISTORY_ERROR", "Internal error",
     "The history of syncs could not be read because of an error of the server."},
    {Errc::sync_stats_error, 500, "SYNC_STATS_ERROR", "Internal error",
     "The syncs could not be counted because of an error of the server."},
    {Errc::sync_analytics_error, 500, "SYNC_ANALYTICS_ERROR", "Internal error",
     "The syncs could not be summarised because of an error of the server."},
    {Errc::sync_cleanup_error, 500, "SYNC_CLEANUP_ERROR", "Internal error",
     "Old syncs could not be removed because of an error of the server."},
    {Errc::sync_service_error, 500, "SYNC_SERVICE_ERROR", "Internal error",
     "The state of syncs could not be read because of an error of the server."},
    {Errc::sync_spend_error, 500, "SYNC_SPEND_ERROR", "Internal error",
     "The spending could not be read because of an error of the server."},
    {Errc::job_id_required, 400, "JOB_ID_REQUIRED", "Job id required",
     "The path must name a job."},
    {Errc::job_not_cancellable, 409, "JOB_NOT_CANCELLABLE", "Job not cancellable",
     "The job has ended already."},
    {Errc::sse_init_error, 500, "SSE_INIT_ERROR", "Internal error",
     "The stream of events could not be opened because of an error of the server."},
    {Errc::username_taken, 409, "USERNAME_TAKEN", "User name taken",
     "An account with this name exists."},
    {Errc::email_taken, 409, "EMAIL_TAKEN", "E-mail address taken",
     "An account with this e-mail address exists."},
    {Errc::bookmark_already_exists, 409, "BOOKMARK_ALREADY_EXISTS", "Bookmark already exists",
     "The post is among your bookmarks already; existingId names it."},
    {Errc::category_name_exists, 409, "CATEGORY_NAME_EXISTS", "Category name exists",
     "A category of this name exists at this place."},
    {Errc::saved_search_exists, 409, "SAVED_SEARCH_EXISTS", "Saved search exists",
     "A saved search of this name exists."},
    {Errc::last_admin, 409, "LAST_ADMIN", "Last administrator",
     "The last administrator cannot be removed."},
    {Errc::x_account_already_linked, 409, "X_ACCOUNT_ALREADY_LINKED", "X account already linked",
     "The X account belongs to another account of this server."},
    {Errc::last_login_method, 409, "LAST_LOGIN_METHOD", "Last way to log in",
     "Without X nobody could log in to the account; set a password first."},
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
    {Errc::get_bookmarks_error, 500, "GET_BOOKMARKS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::get_bookmark_error, 500, "GET_BOOKMARK_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::create_bookmark_error, 500, "CREATE_BOOKMARK_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::update_bookmark_error, 500, "UPDATE_BOOKMARK_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::delete_bookmark_error, 500, "DELETE_BOOKMARK_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::bulk_update_bookmarks_error, 500, "BULK_UPDATE_BOOKMARKS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::bulk_delete_bookmarks_error, 500, "BULK_DELETE_BOOKMARKS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::get_categories_error, 500, "GET_CATEGORIES_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::get_category_error, 500, "GET_CATEGORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::create_category_error, 500, "CREATE_CATEGORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::reorder_categories_error, 500, "REORDER_CATEGORIES_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::update_category_error, 500, "UPDATE_CATEGORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::delete_category_error, 500, "DELETE_CATEGORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::search_error, 500, "SEARCH_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::get_search_history_error, 500, "GET_SEARCH_HISTORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::save_search_history_error, 500, "SAVE_SEARCH_HISTORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::delete_search_history_error, 500, "DELETE_SEARCH_HISTORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::clear_search_history_error, 500, "CLEAR_SEARCH_HISTORY_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::get_suggestions_error, 500, "GET_SUGGESTIONS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::get_analytics_error, 500, "GET_ANALYTICS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::saved_search_error, 500, "SAVED_SEARCH_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::suggestions_error, 500, "SUGGESTIONS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::popular_suggestions_error, 500, "POPULAR_SUGGESTIONS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::facets_error, 500, "FACETS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::stats_error, 500, "STATS_ERROR", "Internal error",
     "Something unexpected happened; the request id helps to find it in the log."},
    {Errc::oauth_init_error, 500, "OAUTH_INIT_ERROR", "Internal error",
     "The login with X could not be begun."},
    {Errc::oauth_service_error, 500, "OAUTH_SERVICE_ERROR", "X failed",
     "X did not confirm the login; try again."},
    {Errc::auth_processing_error, 500, "AUTH_PROCESSING_ERROR", "Internal error",
     "The login could not be processed."},
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
    {Errc::oauth_service_unavailable, 503, "OAUTH_SERVICE_UNAVAILABLE", "No X app",
     "The server has no X app, so nobody can log in with X."},
    {Errc::invalid_export_options, 400, "INVALID_EXPORT_OPTIONS", "Invalid export options",
     "The options of the export are not valid."},
    {Errc::export_error, 500, "EXPORT_ERROR", "Export failed", "The server could not start or show the export."},
    {Errc::import_validate_error, 500, "IMPORT_VALIDATE_ERROR", "Validation failed",
     "The server could not look at the file."},
    {Errc::invalid_file_name, 400, "INVALID_FILE_NAME", "Invalid file name",
     "A file name has no separator, no `..` and no control character."},
    {Errc::file_access_denied, 403, "FILE_ACCESS_DENIED", "File access denied", "The file is somebody else's."},
    {Errc::file_link_invalid, 403, "FILE_LINK_INVALID", "Invalid link",
     "The signature of the link does not fit it."},
    {Errc::file_link_expired, 410, "FILE_LINK_EXPIRED", "Link expired", "The link has expired: ask for a new one."},
    {Errc::file_not_found, 404, "FILE_NOT_FOUND", "File not found", "There is no such file of yours."},
    {Errc::file_error, 500, "FILE_ERROR", "File error", "The server could not read or change the files."},
    {Errc::invalid_backup_type, 400, "INVALID_BACKUP_TYPE", "Invalid backup type",
     "A backup is daily, weekly or monthly."},
    {Errc::invalid_analyze_params, 400, "INVALID_ANALYZE_PARAMS", "Invalid parameters",
     "What was to be analyzed is not acceptable; details lists each fault."},
    {Errc::not_allowed_in_production, 403, "NOT_ALLOWED_IN_PRODUCTION", "Not in production",
     "Only a server that runs for development does this."},
    {Errc::token_not_found, 404, "TOKEN_NOT_FOUND", "Token not found",
     "There is no such API token of yours."},
    {Errc::backup_not_found, 404, "BACKUP_NOT_FOUND", "Backup not found",
     "There is no backup with this id."},
    {Errc::query_not_found, 404, "QUERY_NOT_FOUND", "Query not found",
     "No statement of the server has this name."},
    {Errc::backup_running, 409, "BACKUP_RUNNING", "Backup running",
     "A backup is being made; wait until it has ended."},
    {Errc::get_user_error, 500, "GET_USER_ERROR", "Internal error",
     "The account could not be read."},
    {Errc::logout_error, 500, "LOGOUT_ERROR", "Internal error",
     "The session could not be ended."},
    {Errc::logout_all_error, 500, "LOGOUT_ALL_ERROR", "Internal error",
     "The sessions could not be ended."},
    {Errc::update_settings_error, 500, "UPDATE_SETTINGS_ERROR", "Internal error",
     "The settings could not be changed."},
    {Errc::session_error, 500, "SESSION_ERROR", "Internal error",
     "The sessions could not be read or ended."},
    {Errc::backup_error, 500, "BACKUP_ERROR", "Internal error",
     "The backups could not be read or changed."},
    {Errc::backup_test_failed, 500, "BACKUP_TEST_FAILED", "Backup test failed",
     "The backup that was made for the test could not be read back."},
    {Errc::performance_error, 500, "PERFORMANCE_ERROR", "Internal error",
     "The numbers could not be gathered."},
    {Errc::changes_expired, 410, "CHANGES_EXPIRED", "Changes expired",
     "What was deleted since this version is not known any more: read the changes again from 0."},
    {Errc::too_many_streams, 429, "TOO_MANY_STREAMS", "Too many streams",
     "The account has as many event streams open as it may have."},
};
// clang-format on

/// Where the row of each code lies; a code without a row, or with two, does not compile.
constexpr auto kRows = [] {
    std::array<std::size_t, static_cast<std::size_t>(Errc::kCount)> rows{};
    static_assert(std::size(kTable) == rows.size());
    rows.fill(std::size(kTable));
    for (std::size_t i = 0; i < std::size(kTable); ++i)
        rows[static_cast<std::size_t>(kTable[i].errc)] = i;
    return rows;
}();
static_assert(std::ranges::find(kRows, std::size(kTable)) == kRows.end());

constexpr std::size_t row(Errc code) {
    return kRows[static_cast<std::size_t>(code < Errc::kCount ? code : Errc::internal_error)];
}

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
    // What is nobody's fault carries the code of the route (contract 1.2 "Fail").
    const bool is_failure = error.code == Errc::internal_error && call.route != nullptr;
    const ProblemType& type = problem_type(is_failure ? call.route->fail : error.code);
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
