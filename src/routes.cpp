#include "routes.hpp"

#include <array>

#include "accounts/accounts_routes.hpp"
#include "accounts/credentials_routes.hpp"
#include "backup/backups_routes.hpp"
#include "base/json_writer.hpp"
#include "bookmarks/bookmarks_routes.hpp"
#include "bookmarks/tags_routes.hpp"
#include "categories/categories_routes.hpp"
#include "changes/changes_routes.hpp"
#include "files/files_routes.hpp"
#include "health.hpp"
#include "jobs/jobs_routes.hpp"
#include "openapi_routes.hpp"
#include "performance/performance_routes.hpp"
#include "problem_routes.hpp"
#include "route_limits.hpp"
#include "search/search_routes.hpp"
#include "stats/stats_routes.hpp"
#include "suggest/suggest_routes.hpp"
#include "syncing/sync_routes.hpp"
#include "transfer/export_routes.hpp"
#include "transfer/import_routes.hpp"
#include "worker.hpp"
#include "x/x_routes.hpp"

namespace app {
namespace {

using base::Errc;
using base::Task;
using http::Auth;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using http::Services;

// Adapters: what a feature's route function needs, out of the worker's services.
template <Task<Response> (Health::*Answer)(Call&)>
Task<Response> health(Services& services, Call& call) {
    return (services.health.*Answer)(call);
}
template <Task<Response> (*Answer)(accounts::Accounts&, Call&)>
Task<Response> auth(Services& services, Call& call) {
    return Answer(services.accounts, call);
}
Task<Response> erase_account(Services& services, Call& call) {
    return services.account_removal.answer(call);
}
Task<Response> providers(Services& services, Call& call) {
    return accounts::routes::providers(services.accounts, services.x.access.accounts.shared_app().has_value(),
                                       call);
}
template <Task<Response> (*Answer)(x::routes::Door&, Call&)>
Task<Response> with_x(Services& services, Call& call) {
    return Answer(services.x, call);
}
Task<Response> log_in(Services& services, Call& call) {
    const std::string name = accounts::routes::login_name(call);
    co_return co_await services.rate_limits.watch_login(call, name,
                                                        accounts::routes::log_in(services.accounts, call));
}
template <Task<Response> (*Answer)(bookmarks::Bookmarks&, Call&)>
Task<Response> library(Services& services, Call& call) {
    return Answer(services.bookmarks, call);
}
template <Task<Response> (*Answer)(categories::Categories&, Call&)>
Task<Response> tree(Services& services, Call& call) {
    return Answer(services.categories, call);
}
template <Task<Response> (*Answer)(bookmarks::Tags&, Call&)>
Task<Response> tag(Services& services, Call& call) {
    return Answer(services.tags, call);
}
template <Task<Response> (*Answer)(transfer::Imports&, Call&)>
Task<Response> upload(Services& services, Call& call) {
    return Answer(services.imports, call);
}
template <Task<Response> (*Answer)(bookmarks::Bookmarks&, search::History&, Call&)>
Task<Response> find(Services& services, Call& call) {
    return Answer(services.bookmarks, services.history, call);
}
template <Task<Response> (*Answer)(search::History&, Call&)>
Task<Response> past(Services& services, Call& call) {
    return Answer(services.history, call);
}
template <Task<Response> (*Answer)(search::SavedSearches&, Call&)>
Task<Response> saved(Services& services, Call& call) {
    return Answer(services.saved_searches, call);
}
template <Task<Response> (*Answer)(suggest::Suggest&, Call&)>
Task<Response> offer(Services& services, Call& call) {
    return Answer(services.suggest, call);
}
template <Task<Response> (*Answer)(stats::Stats&, Call&)>
Task<Response> count(Services& services, Call& call) {
    return Answer(services.stats, call);
}
Task<Response> list_changes(Services& services, Call& call) {
    return changes::routes::list(services.changes, call);
}
Task<Response> stream_changes(Services& services, Call& call) {
    return changes::routes::stream(services.changes, services.live, call, services.admission.lease(call));
}
template <Task<Response> (*Answer)(jobs::Jobs&, Call&)>
Task<Response> job(Services& services, Call& call) {
    return Answer(services.jobs, call);
}
template <Task<Response> (*Answer)(syncing::Syncs&, Call&)>
Task<Response> syncs(Services& services, Call& call) {
    return Answer(services.syncs, call);
}
Task<Response> stream_sync(Services& services, Call& call) {
    return jobs::stream(services.live_jobs, call, {}, true, jobs::sync_view(),
                        services.admission.lease(call));
}
Task<Response> stream_sync_updates(Services& services, Call& call) {
    return jobs::stream(services.live_jobs, call, {}, true, jobs::sync_updates_view(),
                        services.admission.lease(call));
}
Task<Response> stream_job(Services& services, Call& call) {
    return jobs::stream(services.live_jobs, call, {}, false, jobs::job_view(),
                        services.admission.lease(call));
}
Task<Response> stream_import(Services& services, Call& call) {
    return jobs::stream(services.live_jobs, call, jobs::Type::importing, false,
                        transfer::routes::import_view(services.imports), services.admission.lease(call));
}
template <Task<Response> (*Answer)(transfer::Exports&, Call&)>
Task<Response> exported(Services& services, Call& call) {
    return Answer(services.exports, call);
}
Task<Response> stream_export(Services& services, Call& call) {
    return jobs::stream(services.live_jobs, call, jobs::Type::exporting, false,
                        transfer::routes::export_view(services.exports), services.admission.lease(call));
}
template <Task<Response> (*Answer)(files::Files&, Call&)>
Task<Response> file(Services& services, Call& call) {
    return Answer(services.files, call);
}
template <Task<Response> (*Answer)(performance::Performance&, Call&)>
Task<Response> observed(Services& services, Call& call) {
    return Answer(services.performance, call);
}
template <Task<Response> (*Answer)(backup::Backups&, Call&)>
Task<Response> backed_up(Services& services, Call& call) {
    return Answer(services.backups, call);
}
Task<Response> problem_type(Services&, Call& call) {
    return describe_problem(call);
}
Task<Response> openapi(Services&, Call& call) {
    return describe_interface(call);
}

namespace au = accounts::routes;
namespace ba = backup::routes;
namespace bo = bookmarks::routes;
namespace ca = categories::routes;
namespace fi = files::routes;
namespace jo = jobs::routes;
namespace pe = performance::routes;
namespace se = search::routes;
namespace st = stats::routes;
namespace su = suggest::routes;
namespace sy = syncing::routes;
namespace tr = transfer::routes;
namespace xr = x::routes;

constexpr auto kFail = Errc::internal_error;

constexpr Route cached(http::CacheKind kind, Route route) {
    route.cache = kind;
    return route;
}
constexpr Route streamed(Route route) {
    route.streams = true;
    return route;
}
constexpr auto kList = http::CacheKind::list;
constexpr auto kSearch = http::CacheKind::search;
constexpr auto kCategories = http::CacheKind::categories;
constexpr auto kStandard = http::CacheKind::standard;
constexpr auto kSuggestions = http::CacheKind::suggestions;
constexpr std::size_t kUnlimited = SIZE_MAX;  ///< MAX_UPLOAD_SIZE bounds what is spooled

// clang-format off
constexpr Route kRoutes[] = {
    {Method::get, "/health", "health", Auth::none, kFail, health<&Health::health>},
    {Method::get, "/healthz", "healthz", Auth::none, kFail, health<&Health::alive>},
    {Method::get, "/readyz", "readyz", Auth::none, kFail, health<&Health::ready>},
    {Method::get, "/api/status", "status", Auth::none, kFail, health<&Health::status>},
    {Method::get, "/api/openapi.json", "openapi", Auth::none, kFail, openapi},
    {Method::get, "/metrics", "metrics", Auth::metrics, Errc::performance_error, observed<pe::metrics>},
    {Method::get, "/problems/:slug", "problems.get", Auth::none, kFail, problem_type},

    {Method::get, "/api/auth/providers", "auth.providers", Auth::none, kFail, providers},
    {Method::post, "/api/auth/register", "auth.register", Auth::none, kFail, auth<au::register_account>},
    {Method::post, "/api/auth/login", "auth.login", Auth::none, Errc::auth_processing_error, log_in},
    {Method::post, "/api/auth/refresh", "auth.refresh", Auth::none, kFail, auth<au::refresh>},
    {Method::post, "/api/auth/logout", "auth.logout", Auth::login, Errc::logout_error, auth<au::log_out>},
    {Method::post, "/api/auth/logout-all", "auth.logout_all", Auth::login, Errc::logout_all_error, auth<au::log_out_everywhere>},
    cached(kStandard, {Method::get, "/api/auth/me", "auth.me", Auth::login, Errc::get_user_error, auth<au::me>}),
    {Method::del, "/api/auth/me", "auth.erase", Auth::interactive, kFail, erase_account},
    {Method::get, "/api/auth/sessions", "auth.sessions", Auth::login, Errc::session_error, auth<au::list_sessions>},
    {Method::del, "/api/auth/sessions", "auth.end_other_sessions", Auth::login, Errc::session_error, auth<au::end_other_sessions>},
    {Method::del, "/api/auth/sessions/:id", "auth.end_session", Auth::login, Errc::session_error, auth<au::end_session>},
    {Method::get, "/api/auth/tokens", "auth.tokens", Auth::interactive, kFail, auth<au::list_tokens>},
    {Method::post, "/api/auth/tokens", "auth.make_token", Auth::interactive, kFail, auth<au::make_token>},
    {Method::del, "/api/auth/tokens/:id", "auth.delete_token", Auth::interactive, kFail, auth<au::delete_token>},
    {Method::put, "/api/auth/settings", "auth.settings", Auth::login, Errc::update_settings_error, auth<au::change_settings>},
    {Method::put, "/api/auth/password", "auth.password", Auth::interactive, kFail, auth<au::change_password>},
    {Method::get, "/api/auth/x/oauth", "auth.x_begin", Auth::optional, Errc::oauth_init_error, with_x<xr::begin>},
    {Method::get, "/api/auth/x/callback", "auth.x_callback", Auth::none, Errc::auth_processing_error, with_x<xr::callback>},
    {Method::post, "/api/auth/x/callback", "auth.x_callback", Auth::none, Errc::auth_processing_error, with_x<xr::post_callback>},
    {Method::get, "/api/auth/x/account", "auth.x_account", Auth::login, kFail, with_x<xr::account>},
    {Method::del, "/api/auth/x/account", "auth.x_disconnect", Auth::login, kFail, with_x<xr::disconnect>},
    {Method::put, "/api/auth/x/app", "auth.x_app", Auth::interactive, kFail, with_x<xr::put_app>},
    {Method::del, "/api/auth/x/app", "auth.x_app_delete", Auth::interactive, kFail, with_x<xr::delete_app>},

    cached(kList, {Method::get, "/api/bookmarks", "bookmarks.list", Auth::read, Errc::get_bookmarks_error, library<bo::list>}),
    {Method::post, "/api/bookmarks", "bookmarks.create", Auth::write, Errc::create_bookmark_error, library<bo::create>},
    {Method::post, "/api/bookmarks/bulk", "bookmarks.update_many", Auth::write, Errc::bulk_update_bookmarks_error, library<bo::update_many>},
    {Method::put, "/api/bookmarks/bulk", "bookmarks.update_many", Auth::write, Errc::bulk_update_bookmarks_error, library<bo::update_many>},
    {Method::del, "/api/bookmarks/bulk", "bookmarks.remove_many", Auth::write, Errc::bulk_delete_bookmarks_error, library<bo::remove_many>},
    cached(kStandard, {Method::get, "/api/bookmarks/:id", "bookmarks.get", Auth::read, Errc::get_bookmark_error, library<bo::get>}),
    {Method::put, "/api/bookmarks/:id", "bookmarks.update", Auth::write, Errc::update_bookmark_error, library<bo::update>},
    {Method::del, "/api/bookmarks/:id", "bookmarks.remove", Auth::write, Errc::delete_bookmark_error, library<bo::remove>},
    {Method::put, "/api/bookmarks/:id/archive", "bookmarks.archive", Auth::write, Errc::update_bookmark_error, library<bo::archive>},

    cached(kCategories, {Method::get, "/api/categories", "categories.list", Auth::read, Errc::get_categories_error, tree<ca::list>}),
    {Method::post, "/api/categories", "categories.create", Auth::write, Errc::create_category_error, tree<ca::create>},
    cached(kCategories, {Method::get, "/api/categories/defaults", "categories.defaults", Auth::read, Errc::get_categories_error, tree<ca::defaults>}),
    {Method::put, "/api/categories/order", "categories.reorder", Auth::write, Errc::reorder_categories_error, tree<ca::reorder>},
    cached(kCategories, {Method::get, "/api/categories/:id", "categories.get", Auth::read, Errc::get_category_error, tree<ca::get>}),
    {Method::put, "/api/categories/:id", "categories.update", Auth::write, Errc::update_category_error, tree<ca::update>},
    {Method::del, "/api/categories/:id", "categories.remove", Auth::write, Errc::delete_category_error, tree<ca::remove>},

    cached(kCategories, {Method::get, "/api/tags", "tags.list", Auth::read, kFail, tag<bo::list_tags>}),
    {Method::put, "/api/tags/:name", "tags.change", Auth::write, kFail, tag<bo::change_tag>},
    {Method::del, "/api/tags/:name", "tags.remove", Auth::write, kFail, tag<bo::remove_tag>},

    cached(kSearch, {Method::get, "/api/search", "search.get", Auth::read, Errc::search_error, find<se::search_get>}),
    {Method::post, "/api/search", "search.post", Auth::read, Errc::search_error, find<se::search_post>},

    {Method::get, "/api/changes", "changes.list", Auth::read, kFail, list_changes},
    streamed({Method::get, "/api/changes/stream", "changes.stream", Auth::read, kFail, stream_changes}),

    {Method::get, "/api/search/history", "search.list_history", Auth::read, Errc::get_search_history_error, past<se::list_history>},
    {Method::post, "/api/search/history", "search.add_history", Auth::write, Errc::save_search_history_error, past<se::add_history>},
    {Method::del, "/api/search/history", "search.clear_history", Auth::write, Errc::clear_search_history_error, past<se::clear_history>},
    {Method::del, "/api/search/history/:id", "search.remove_history", Auth::write, Errc::delete_search_history_error, past<se::remove_history>},
    cached(kSuggestions, {Method::get, "/api/search/suggestions", "search.suggestions", Auth::read, Errc::get_suggestions_error, offer<su::search_suggestions>}),
    {Method::get, "/api/search/analytics", "search.analytics", Auth::read, Errc::get_analytics_error, past<se::analytics>},
    cached(kStandard, {Method::get, "/api/search/saved", "search.list_saved", Auth::read, Errc::saved_search_error, saved<se::list_saved>}),
    {Method::post, "/api/search/saved", "search.create_saved", Auth::write, Errc::saved_search_error, saved<se::create_saved>},
    cached(kStandard, {Method::get, "/api/search/saved/:id", "search.get_saved", Auth::read, Errc::saved_search_error, saved<se::get_saved>}),
    {Method::put, "/api/search/saved/:id", "search.update_saved", Auth::write, Errc::saved_search_error, saved<se::update_saved>},
    {Method::del, "/api/search/saved/:id", "search.remove_saved", Auth::write, Errc::saved_search_error, saved<se::remove_saved>},

    cached(kSuggestions, {Method::get, "/api/suggestions/search", "suggestions.search", Auth::read, Errc::suggestions_error, offer<su::search>}),
    cached(kSuggestions, {Method::get, "/api/suggestions/popular", "suggestions.popular", Auth::read, Errc::popular_suggestions_error, offer<su::popular>}),
    {Method::post, "/api/suggestions/facets", "suggestions.facets", Auth::read, Errc::facets_error, library<su::facets>},

    {Method::get, "/api/stats/database", "stats.database", Auth::read, Errc::stats_error, count<st::database>},
    {Method::get, "/api/stats/usage", "stats.usage", Auth::read, Errc::stats_error, count<st::usage>},
    {Method::post, "/api/stats/export", "stats.export", Auth::read, Errc::stats_error, count<st::export_all>},

    {Method::post, "/api/sync", "sync.start", Auth::write, Errc::sync_start_error, syncs<sy::start>},
    {Method::post, "/api/sync/start", "sync.start", Auth::write, Errc::sync_start_error, syncs<sy::start>},
    {Method::get, "/api/sync/status/:jobId", "sync.status", Auth::read, Errc::sync_status_error, syncs<sy::status>},
    {Method::post, "/api/sync/cancel/:jobId", "sync.cancel", Auth::write, Errc::sync_cancel_error, syncs<sy::cancel>},
    {Method::get, "/api/sync/history", "sync.history", Auth::read, Errc::sync_history_error, syncs<sy::history>},
    {Method::del, "/api/sync/history/cleanup", "sync.clean_up", Auth::write, Errc::sync_cleanup_error, syncs<sy::clean_up>},
    {Method::get, "/api/sync/stats", "sync.stats", Auth::read, Errc::sync_stats_error, syncs<sy::stats>},
    {Method::get, "/api/sync/analytics", "sync.analytics", Auth::read, Errc::sync_analytics_error, syncs<sy::analytics>},
    {Method::get, "/api/sync/health", "sync.health", Auth::none, Errc::sync_service_error, syncs<sy::health>},
    {Method::get, "/api/sync/spend", "sync.spend", Auth::read, Errc::sync_spend_error, syncs<sy::spend>},
    {Method::put, "/api/sync/budget", "sync.budget", Auth::write, Errc::sync_spend_error, syncs<sy::budget>},
    {Method::get, "/api/sync/forecast", "sync.forecast", Auth::read, Errc::sync_spend_error, syncs<sy::forecast>},
    streamed({Method::get, "/api/sync/events/:jobId", "sync.events", Auth::read, Errc::sse_init_error, stream_sync}),
    streamed({Method::get, "/api/sync/events/:jobId/updates", "sync.updates", Auth::read, Errc::sse_update_init_error, stream_sync_updates}),
    streamed({Method::get, "/api/sse/events/:jobId", "sse.events", Auth::read, Errc::sse_init_error, stream_sync}),
    streamed({Method::get, "/api/sse/events/:jobId/updates", "sse.updates", Auth::read, Errc::sse_update_init_error, stream_sync_updates}),

    {Method::get, "/api/jobs", "jobs.list", Auth::read, kFail, job<jo::list>},
    {Method::get, "/api/jobs/:id", "jobs.get", Auth::read, kFail, job<jo::get>},
    {Method::del, "/api/jobs/:id", "jobs.cancel", Auth::write, kFail, job<jo::cancel>},
    streamed({Method::get, "/api/jobs/:id/events", "jobs.events", Auth::read, Errc::sse_init_error, stream_job}),

    {Method::post, "/api/export", "export.start", Auth::read, Errc::export_error, exported<tr::start_export>},
    {Method::get, "/api/export/status/:jobId", "export.status", Auth::read, Errc::export_error, exported<tr::export_status>},
    streamed({Method::get, "/api/export/progress/:jobId", "export.progress", Auth::read, Errc::sse_init_error, stream_export}),
    {Method::get, "/api/export/history", "export.history", Auth::read, Errc::export_error, exported<tr::export_history>},

    {Method::get, "/api/files/exports/:userId/:filename", "files.get", Auth::optional, Errc::file_error, file<fi::get>},
    {Method::get, "/api/files/download/:userId/:filename", "files.download", Auth::read, Errc::file_error, file<fi::download>},
    {Method::get, "/api/files/info/:userId/:filename", "files.info", Auth::read, Errc::file_error, file<fi::info>},
    {Method::get, "/api/files/list/:userId", "files.list", Auth::read, Errc::file_error, file<fi::list>},
    {Method::del, "/api/files/delete/:userId/:filename", "files.remove", Auth::write, Errc::file_error, file<fi::remove>},
    {Method::get, "/api/files/stats", "files.stats", Auth::read, Errc::file_error, file<fi::stats>},
    {Method::post, "/api/files/cleanup", "files.clean_up", Auth::write, Errc::file_error, file<fi::clean_up>},

    {Method::get, "/api/performance/dashboard", "performance.dashboard", Auth::metrics, Errc::performance_error, observed<pe::dashboard>},
    {Method::get, "/api/performance/database", "performance.database", Auth::metrics, Errc::performance_error, observed<pe::database>},
    {Method::get, "/api/performance/cache", "performance.cache", Auth::metrics, Errc::performance_error, observed<pe::cache>},
    {Method::get, "/api/performance/queues", "performance.queues", Auth::metrics, Errc::performance_error, observed<pe::queues>},
    {Method::get, "/api/performance/api", "performance.api", Auth::metrics, Errc::performance_error, observed<pe::api>},
    {Method::get, "/api/performance/health", "performance.health", Auth::metrics, Errc::performance_error, observed<pe::health>},
    {Method::get, "/api/performance/recommendations", "performance.recommendations", Auth::metrics, Errc::performance_error, observed<pe::recommendations>},
    {Method::post, "/api/performance/reset", "performance.reset", Auth::admin, Errc::performance_error, observed<pe::reset>},

    {Method::post, "/api/backup/manual", "backup.start", Auth::admin, Errc::backup_error, backed_up<ba::start>},
    {Method::get, "/api/backup/history", "backup.history", Auth::metrics, Errc::backup_error, backed_up<ba::history>},
    {Method::get, "/api/backup/stats", "backup.stats", Auth::metrics, Errc::backup_error, backed_up<ba::stats>},
    {Method::get, "/api/backup/schedule/status", "backup.schedule", Auth::metrics, Errc::backup_error, backed_up<ba::schedule>},
    {Method::post, "/api/backup/schedule/start", "backup.start_schedule", Auth::admin, Errc::backup_error, backed_up<ba::start_schedule>},
    {Method::post, "/api/backup/schedule/stop", "backup.stop_schedule", Auth::admin, Errc::backup_error, backed_up<ba::stop_schedule>},
    {Method::get, "/api/backup/details/:backupId", "backup.details", Auth::metrics, Errc::backup_error, backed_up<ba::details>},
    {Method::post, "/api/backup/test", "backup.test", Auth::admin, Errc::backup_error, backed_up<ba::test>},
    {Method::get, "/api/backup/health", "backup.health", Auth::metrics, Errc::backup_error, backed_up<ba::health>},

    {Method::post, "/api/import/validate", "import.validate", Auth::read, Errc::import_validate_error, upload<tr::validate>, kUnlimited, true},
    {Method::post, "/api/import", "import.start", Auth::write, kFail, upload<tr::start>, kUnlimited, true},
    {Method::get, "/api/import/status/:jobId", "import.status", Auth::read, kFail, upload<tr::status>},
    streamed({Method::get, "/api/import/progress/:jobId", "import.progress", Auth::read, Errc::sse_init_error, stream_import}),
    {Method::get, "/api/import/history", "import.history", Auth::read, kFail, upload<tr::history>},
};
// clang-format on

std::array<Route, std::size(kRoutes)> with_limits() {
    auto out = std::to_array(kRoutes);
    for (Route& route : out) {
        route.limiter = limiter_of(route.method, route.pattern);
        route.load = load_of(route);
    }
    return out;
}

}  // namespace

std::span<const Route> routes() {
    static const auto kWithLimits = with_limits();
    return kWithLimits;
}

std::string print_routes() {
    constexpr std::array<std::string_view, 8> kAuths{"none",  "optional", "login", "interactive",
                                                     "admin", "read",     "write", "metrics"};
    std::string out;
    base::JsonWriter json(out);
    json.begin_array();
    for (const Route& route : kRoutes) {
        json.begin_object().member("method", http::to_string(route.method));
        json.member("pattern", route.pattern).member("name", route.name);
        json.member("auth", kAuths[static_cast<std::size_t>(route.auth)]);
        json.member("cached", route.cache != http::CacheKind::none);
        json.member("fail", http::problem_type(route.fail).code).end_object();
    }
    json.end_array();
    return out;
}

}  // namespace app
