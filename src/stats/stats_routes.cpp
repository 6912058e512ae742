#include "stats/stats_routes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_writer.hpp"
#include "http/validation.hpp"
#include "text/local_date.hpp"

namespace stats::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Faults;
using http::Response;

constexpr std::array<std::string_view, 3> kPeriods{"7d", "30d", "90d"};
constexpr std::array<std::int64_t, 3> kPeriodDays{7, 30, 90};
constexpr std::size_t kPeriodDefault = 1;
constexpr std::array<std::string_view, 1> kScopes{"all"};

std::string read_zone(const http::Query& query, Faults& faults) {
    const auto zone = query.get("tz");
    if (!zone || zone->empty()) return "UTC";
    if (!text::is_known_zone(*zone)) faults.custom("tz", "This time zone is not known");
    return std::string(*zone);
}

/// Position in kPeriods.
std::size_t read_period(const std::optional<std::string_view>& text, Faults& faults) {
    if (!text) return kPeriodDefault;
    const auto found = std::ranges::find(kPeriods, *text);
    if (found != kPeriods.end()) return static_cast<std::size_t>(found - kPeriods.begin());
    faults.invalid_enum("period", *text, kPeriods);
    return kPeriodDefault;
}

double to_hundredths(double number) {
    return std::round(number * 100.0) / 100.0;
}

void write_counted(JsonWriter& json, std::string_view name, std::int64_t total, const Counted& most) {
    json.key(name).begin_object().member("total", total).key("mostUsed").begin_array();
    for (const auto& [item, count] : most)
        json.begin_object().member("name", item).member("count", count).end_object();
    json.end_array().end_object();
}

/// The members of an object that the caller opened.
void write_database(JsonWriter& json, const Database& numbers) {
    json.key("users").begin_object().member("total", numbers.users).member("active", numbers.active_users);
    json.member("newThisMonth", numbers.new_users).end_object();
    const double mean = numbers.users == 0
                            ? 0.0
                            : static_cast<double>(numbers.bookmarks) / static_cast<double>(numbers.users);
    json.key("bookmarks").begin_object().member("total", numbers.bookmarks);
    json.member("thisMonth", numbers.new_bookmarks).member("averagePerUser", to_hundredths(mean));
    json.end_object();
    write_counted(json, "categories", numbers.categories, numbers.top_categories);
    write_counted(json, "tags", numbers.tags, numbers.top_tags);
    json.key("searchHistory").begin_object().member("total", numbers.searches);
    json.member("thisWeek", numbers.new_searches).end_object();
}

void write_usage(JsonWriter& json, std::size_t period, const Usage& numbers) {
    json.member("period", kPeriods[period]).key("daily").begin_array();
    for (const Usage::Day& day : numbers.days) {
        json.begin_object().member("date", day.date).member("bookmarks", day.bookmarks);
        json.member("searches", day.searches).end_object();
    }
    json.end_array().key("categoryDistribution").begin_array();
    for (const Usage::Share& share : numbers.categories) {
        json.begin_object().member("name", share.category).member("count", share.count);
        json.member("percentage", share.percentage).end_object();
    }
    json.end_array();
}

void write_storage(JsonWriter& json, const Storage& storage) {
    Storage::Part all;
    for (const auto& [folder, part] : storage.parts) {
        all.count += part.count;
        all.bytes += part.bytes;
    }
    json.key("storage").begin_object().member("totalFiles", all.count).member("totalSize", all.bytes);
    json.member("totalSizeMB", to_hundredths(static_cast<double>(all.bytes) / (1024.0 * 1024.0)));
    json.key("breakdown").begin_object();
    for (const auto& [folder, part] : storage.parts)
        json.escaped_key(folder)
            .begin_object()
            .member("count", part.count)
            .member("size", part.bytes)
            .end_object();
    json.end_object().end_object();
}

std::optional<base::Error> refusal_of_all(const http::Principal& principal) {
    if (principal.role != base::Role::admin)
        return base::Error{Errc::admin_required, "Only administrators see the numbers of all users"};
    if (!principal.scopes.admin)
        return base::Error{Errc::insufficient_scope, "This token does not have the scope for that"};
    return {};
}

}  // namespace

Task<Response> database(Stats& stats, Call& call) {
    Faults faults;
    const auto scope = call.query.get("scope");
    if (scope && *scope != kScopes.front()) faults.invalid_enum("scope", *scope, kScopes);
    std::string zone = read_zone(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_stats_params);
    if (const auto refusal = scope ? refusal_of_all(*call.principal) : std::nullopt)
        co_return http::problem(call, *refusal);
    const auto numbers =
        co_await stats.database(scope ? std::nullopt : std::optional(call.principal->user), std::move(zone));
    if (!numbers) co_return http::problem(call, numbers.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_database(json, *numbers);
    json.end_object();
    co_return http::json(std::move(body), http::Caching::api_max_age);
}

Task<Response> usage(Stats& stats, Call& call) {
    Faults faults;
    const std::size_t period = read_period(call.query.get("period"), faults);
    std::string zone = read_zone(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_stats_params);
    const auto numbers = co_await stats.usage(call.principal->user, kPeriodDays[period], std::move(zone));
    if (!numbers) co_return http::problem(call, numbers.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_usage(json, period, *numbers);
    json.end_object();
    co_return http::json(std::move(body), http::Caching::api_max_age);
}

Task<Response> export_all(Stats& stats, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    http::ObjectReader reader(*object, faults);
    static_cast<void>(reader.one_of("format", {"json"}));
    const auto named = reader.text("period");
    const std::size_t period =
        read_period(named ? std::optional<std::string_view>(*named) : std::nullopt, faults);
    const bool with_users = reader.flag("includeUserStats").value_or(false);
    const bool with_storage = reader.flag("includeStorageStats").value_or(false);
    const std::string zone = read_zone(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_stats_params);
    const base::UserId user = call.principal->user;
    const auto numbers = co_await stats.usage(user, kPeriodDays[period], zone);
    if (!numbers) co_return http::problem(call, numbers.error());
    const std::string now = base::to_iso(stats.now());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("generatedAt", now);
    write_usage(json, period, *numbers);
    if (with_users) {
        const auto all = co_await stats.database(user, zone);
        if (!all) co_return http::problem(call, all.error());
        json.key("database").begin_object();
        write_database(json, *all);
        json.end_object();
    }
    if (with_storage) write_storage(json, co_await stats.storage(user));
    json.end_object();
    Response response = http::json(std::move(body));
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"stats-" + now.substr(0, 10) + ".json\"");
    co_return response;
}

}  // namespace stats::routes
