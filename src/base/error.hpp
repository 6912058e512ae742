// The closed set of errors that anything in the program can return, and Result, which carries them.
// The HTTP face of each (status, code, title) is in http/problem; SQLSTATEs are mapped in postgres/error.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace base {

/// One enumerator per code of the HTTP contract (sections 2 and 3). `kCount` is not an error.
enum class Errc : std::uint8_t {
    // 400
    invalid_json,
    validation_error,
    invalid_cursor,
    invalid_idempotency_key,
    malformed_request,
    invalid_registration_data,
    invalid_request_body,
    invalid_settings,
    confirmation_required,
    invalid_token_data,
    invalid_query_params,
    invalid_bookmark_data,
    invalid_update_data,
    no_update_fields,
    invalid_bulk_update_data,
    invalid_bookmark_ownership,
    bookmark_ids_required,
    invalid_category_data,
    parent_category_not_found,
    circular_reference,
    category_depth_exceeded,
    self_parent_reference,
    invalid_order_data,
    invalid_category_ownership,
    cannot_delete_default_category,
    reassign_target_not_found,
    invalid_tag_data,
    invalid_search_params,
    invalid_query_text,
    query_required,
    invalid_saved_search,
    invalid_facet_params,
    invalid_stats_params,
    import_file_required,
    invalid_import_source,
    unsupported_file_type,
    invalid_duplicate_strategy,
    invalid_import_file,
    invalid_export_options,
    invalid_file_name,
    job_id_required,
    invalid_sync_options,
    authentication_required,
    invalid_budget,
    invalid_redirect_url,
    invalid_callback_params,
    oauth_callback_error,
    invalid_oauth_state,
    invalid_x_app,
    invalid_backup_type,
    invalid_analyze_params,
    // 401
    missing_auth_header,
    invalid_auth_format,
    missing_token,
    invalid_token,
    token_expired,
    token_not_active,
    token_revoked,
    invalid_session,
    invalid_credentials,
    refresh_token_expired,
    refresh_token_reused,
    token_refresh_error,
    // 403
    csrf_token_invalid,
    origin_not_allowed,
    https_required,
    insufficient_scope,
    admin_required,
    interactive_login_required,
    account_disabled,
    registration_disabled,
    access_denied,
    file_access_denied,
    file_link_invalid,
    not_allowed_in_production,
    // 404, 405
    endpoint_not_found,
    bookmark_not_found,
    category_not_found,  // 404 on /categories/:id, 400 as a field of a bookmark: the route decides
    tag_not_found,
    search_history_not_found,
    saved_search_not_found,
    job_not_found,
    file_not_found,
    user_not_found,
    session_not_found,
    token_not_found,
    backup_not_found,
    query_not_found,
    x_account_not_found,
    problem_not_found,
    method_not_allowed,
    // 408, 409, 410, 412
    request_timeout,
    username_taken,
    email_taken,
    bookmark_already_exists,
    category_name_exists,
    saved_search_exists,
    last_admin,
    job_not_cancellable,
    sync_job_active,
    x_account_already_linked,
    last_login_method,
    backup_running,
    idempotency_in_progress,
    changes_expired,
    file_link_expired,
    precondition_failed,
    // 413, 414, 415, 422, 429, 431
    request_too_large,
    uri_too_long,
    unsupported_media_type,
    idempotency_key_reused,
    rate_limit_exceeded,
    too_many_streams,
    headers_too_large,
    // 500
    internal_error,
    // 500, the Fail codes of routes
    get_bookmarks_error,
    get_bookmark_error,
    create_bookmark_error,
    update_bookmark_error,
    delete_bookmark_error,
    bulk_update_bookmarks_error,
    bulk_delete_bookmarks_error,
    get_categories_error,
    get_category_error,
    create_category_error,
    reorder_categories_error,
    update_category_error,
    delete_category_error,
    search_error,
    get_search_history_error,
    save_search_history_error,
    delete_search_history_error,
    clear_search_history_error,
    get_suggestions_error,
    get_analytics_error,
    saved_search_error,
    suggestions_error,
    popular_suggestions_error,
    facets_error,
    stats_error,
    export_error,
    import_validate_error,
    file_error,
    sse_init_error,
    sse_update_init_error,
    sync_start_error,
    sync_status_error,
    sync_cancel_error,
    sync_history_error,
    sync_stats_error,
    sync_analytics_error,
    sync_cleanup_error,
    sync_service_error,
    sync_spend_error,
    oauth_init_error,
    oauth_service_error,
    auth_processing_error,
    get_user_error,
    logout_error,
    logout_all_error,
    update_settings_error,
    session_error,
    backup_error,
    backup_test_failed,
    performance_error,
    // 501, 505
    not_implemented,
    http_version_not_supported,
    // 503
    service_unavailable,
    query_timeout,
    not_ready,
    unhealthy,
    oauth_service_unavailable,
    kCount
};

/// An error as a value. `text` has static storage and is fit to be shown to a user.
struct Error {
    Errc code = Errc::internal_error;
    std::string_view text;
    std::optional<std::chrono::seconds> retry_after = {};
    /// Further members of the problem document as raw JSON, such as `"existingId":"…"`; empty for none.
    std::string extras = {};
};

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(Errc::bookmark_not_found, "…")` from a function that returns Result.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string_view text = {}) {
    return std::unexpected(Error{code, text});
}

}  // namespace base
