#include "config.hpp"

#include <cmath>
#include <cstdlib>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "variables.hpp"

namespace app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Checks every value on its own and fills the defaults in.
Variables take_values(const Variables& given, ConfigFaults& faults) {
    Variables values;
    for (const Variable& variable : variables()) {
        auto& value = values[std::string(variable.name)];
        value = variable.fallback;
        const auto found = given.find(variable.name);
        if (found == given.end() || found->second.empty()) continue;
        if (const auto fault = fault_of(variable, found->second))
            faults.push_back(fmt::format("{}: {}", variable.name, *fault));
        else
            value = found->second;
    }
    return values;
}

// Typed access to values that are known to be right, or to be the default.
struct Reader {
    const Variables& values;

    [[nodiscard]] const std::string& text(std::string_view name) const { return values.find(name)->second; }
    [[nodiscard]] std::int64_t whole(std::string_view name) const {
        return parse_whole(text(name)).value_or(0);
    }
    [[nodiscard]] bool flag(std::string_view name) const { return parse_flag(text(name)).value_or(false); }
    [[nodiscard]] std::size_t bytes(std::string_view name) const {
        return static_cast<std::size_t>(parse_size(text(name)).value_or(0));
    }
    [[nodiscard]] milliseconds time(std::string_view name) const {
        return parse_duration(text(name)).value_or(milliseconds(0));
    }
    [[nodiscard]] seconds whole_seconds(std::string_view name) const {
        return std::chrono::floor<seconds>(time(name));
    }
    [[nodiscard]] bool has(std::string_view name) const { return !text(name).empty(); }
};

// Rules between variables.
void check_together(const Reader& read, ConfigFaults& faults) {
    if (read.whole("POOL_MIN") > read.whole("POOL_MAX"))
        faults.emplace_back("POOL_MIN: is more than POOL_MAX");
    if (read.time("SESSION_IDLE_TTL") > read.time("SESSION_MAX_TTL"))
        faults.emplace_back("SESSION_IDLE_TTL: is more than SESSION_MAX_TTL");
    if (read.has("DATABASE_URL") && read.has("DATABASE_HOST"))
        faults.emplace_back("DATABASE_HOST: cannot be set together with DATABASE_URL");
    for (const auto* const name :
         {"DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_SSL"}) {
        if (read.has(name) && !read.has("DATABASE_HOST"))
            faults.push_back(fmt::format("{}: has no effect without DATABASE_HOST", name));
    }
    for (const auto* const name : {"AWS_S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) {
        if (read.text("STORAGE_PROVIDER") == "s3" && !read.has(name))
            faults.push_back(fmt::format("{}: is needed with STORAGE_PROVIDER=s3", name));
    }
    if (!backup::Zone::find(read.text("BACKUP_TIMEZONE")))
        faults.emplace_back("BACKUP_TIMEZONE: is not the name of a time zone");
    if (read.has("X_CLIENT_SECRET") && !read.has("X_CLIENT_ID"))
        faults.emplace_back("X_CLIENT_ID: is needed with X_CLIENT_SECRET");
}

/// `name='value'` for libpq (PostgreSQL documentation, "Keyword/Value Connection Strings").
void append_conninfo(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!out.empty()) out += ' ';
    out.append(name).append("='");
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    out += '\'';
}

std::string conninfo(const Reader& read) {
    if (read.has("DATABASE_URL")) return read.text("DATABASE_URL");
    if (!read.has("DATABASE_HOST")) return {};
    std::string out;
    append_conninfo(out, "host", read.text("DATABASE_HOST"));
    append_conninfo(out, "port", read.text("DATABASE_PORT"));
    append_conninfo(out, "dbname", read.text("DATABASE_NAME"));
    append_conninfo(out, "user", read.text("DATABASE_USER"));
    append_conninfo(out, "password", read.text("DATABASE_PASSWORD"));
    const auto& ssl = read.text("DATABASE_SSL");
    if (ssl == "true") {
        append_conninfo(out, "sslmode", "verify-full");
    } else if (ssl == "no-verify") {
        append_conninfo(out, "sslmode", "require");
    } else if (ssl == "false") {
        append_conninfo(out, "sslmode", "disable");
    }
    return out;
}

std::vector<std::string> cors_origins(const Reader& read) {
    auto origins = split_list(read.text("CORS_ORIGIN"));
    if (!origins.empty() || read.text("NODE_ENV") != "development") return origins;
    for (const auto* const host : {"localhost", "127.0.0.1"}) {
        for (const int port : {3000, 5173, 8080})
            origins.push_back(fmt::format("http://{}:{}", host, port));
    }
    return origins;
}

base::log::Level level_of(std::string_view name) {
    using base::log::Level;
    constexpr std::array<std::pair<std::string_view, Level>, 5> kLevels{{{"trace", Level::trace},
                                                                         {"debug", Level::debug},
                                                                         {"info", Level::info},
                                                                         {"warn", Level::warn},
                                                                         {"error", Level::error}}};
    for (const auto& [word, level] : kLevels) {
        if (word == name) return level;
    }
    return Level::info;
}

std::string without_slashes(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

void fill_http(Config& config, const Reader& read) {
    config.host = read.text("HOST");
    config.port = static_cast<std::uint16_t>(read.whole("PORT"));
    config.workers = static_cast<unsigned>(read.whole("WORKERS"));
    config.environment = read.text("NODE_ENV");
    config.public_url = without_slashes(read.text("PUBLIC_URL"));
    config.frontend_url = without_slashes(read.text("FRONTEND_URL"));
    config.cors_origins = cors_origins(read);
    config.trusted_proxies =
        TrustedProxies::parse(split_list(read.text("TRUSTED_PROXIES"))).value_or(TrustedProxies());
    config.outgoing = fetch::Addresses::public_and(
        base::Networks::parse(split_list(read.text("ALLOW_PRIVATE_ADDRESSES"))).value_or(base::Networks()));
    config.force_https = read.flag("FORCE_HTTPS");
    config.always_timed = read.text("SERVER_TIMING") == "always";
    config.search_history_max = read.whole("SEARCH_HISTORY_MAX");
    config.data_dir = read.text("DATA_DIR");
    config.storage = read.text(read.has("STORAGE_PATH") ? "STORAGE_PATH" : "LOCAL_STORAGE_PATH");
    if (config.storage.empty()) config.storage = config.data_dir / "storage";
    if (read.text("STORAGE_PROVIDER") == "s3") {
        config.s3.bucket = read.text("AWS_S3_BUCKET");
        config.s3.endpoint = without_slashes(read.text("AWS_S3_ENDPOINT"));
        config.s3.addresses = config.outgoing;
        config.s3.credentials = {.access_key_id = read.text("AWS_ACCESS_KEY_ID"),
                                 .secret_access_key = read.text("AWS_SECRET_ACCESS_KEY"),
                                 .region = read.has("AWS_REGION") ? read.text("AWS_REGION") : "us-east-1"};
    }
    config.file_url_ttl = std::chrono::duration_cast<std::chrono::seconds>(read.time("FILE_URL_TTL"));
    config.export_retention = std::chrono::duration_cast<std::chrono::seconds>(read.time("EXPORT_RETENTION"));
    config.web_root = read.text("WEB_ROOT");
    config.max_body_bytes = read.bytes("MAX_BODY_SIZE");
    config.max_upload_bytes = read.bytes("MAX_UPLOAD_SIZE");
    config.shutdown_timeout = read.time("SHUTDOWN_TIMEOUT");
    config.cache_enabled = read.flag("CACHE_ENABLED");
    config.cache_memory_bytes = read.bytes("CACHE_MEMORY");
    config.resident_memory_bytes = read.bytes("RESIDENT_MEMORY");
    using http::CacheKind;
    for (const auto& [kind, name] : {std::pair{CacheKind::list, "CACHE_TTL_LIST"},
                                     {CacheKind::search, "CACHE_TTL_SEARCH"},
                                     {CacheKind::suggestions, "CACHE_TTL_SUGGESTIONS"},
                                     {CacheKind::categories, "CACHE_TTL_CATEGORIES"},
                                     {CacheKind::analytics, "CACHE_TTL_ANALYTICS"},
                                     {CacheKind::standard, "CACHE_TTL_DEFAULT"}})
        config.cache_ttl[static_cast<std::size_t>(kind)] = std::chrono::seconds(read.whole(name));
    config.redis_prefix = read.text("REDIS_PREFIX");
    config.cache_api_max_age_seconds = static_cast<int>(read.whole("CACHE_API_MAX_AGE"));
    config.compression = split_list(read.text("COMPRESSION"));
    std::erase(config.compression, "none");
    config.compression_min_bytes = read.bytes("COMPRESSION_MIN_SIZE");
    config.gzip_level = static_cast<int>(read.whole("COMPRESSION_GZIP_LEVEL"));
    config.changes_retention_days = read.whole("CHANGES_RETENTION_DAYS");
    for (const auto& [type, name] : {std::pair{jobs::Type::sync, "JOB_SYNC_CONCURRENCY"},
                                     {jobs::Type::exporting, "JOB_EXPORT_CONCURRENCY"},
                                     {jobs::Type::importing, "JOB_IMPORT_CONCURRENCY"},
                                     {jobs::Type::ai_suggest, "JOB_AI_CONCURRENCY"}})
        config.job_concurrency[static_cast<std::size_t>(type)] = static_cast<std::size_t>(read.whole(name));
    config.job_retention_days = read.whole("JOB_RETENTION_DAYS");
    config.log_level = level_of(read.text("LOG_LEVEL"));
    config.metrics_token = read.text("METRICS_TOKEN");
    config.metrics_enabled = read.flag("METRICS_ENABLED");
    config.slow_query = std::chrono::milliseconds(read.whole("SLOW_QUERY_MS"));
    config.monitor = {.webhook = read.text("ALERT_WEBHOOK_URL"),
                      .error_threshold = read.whole("ERROR_THRESHOLD"),
                      .latency_threshold = std::chrono::milliseconds(read.whole("RESPONSE_TIME_THRESHOLD")),
                      .otlp_endpoint = without_slashes(read.text("OTEL_EXPORTER_OTLP_ENDPOINT"))};
    config.monitor.http.addresses = config.outgoing;
}

void fill_stores(Config& config, const Reader& read) {
    config.database = conninfo(read);
    config.redis_url = read.text("REDIS_URL");
    config.pool_min = static_cast<std::size_t>(read.whole("POOL_MIN"));
    config.pool_max = static_cast<std::size_t>(read.whole("POOL_MAX"));
    config.named_statements = read.flag("DATABASE_PREPARED_STATEMENTS");
    config.pool_idle_timeout = read.time("POOL_IDLE_TIMEOUT");
    config.pool_acquire_timeout = read.time("POOL_ACQUIRE_TIMEOUT");
    config.statement_timeout = read.time("STATEMENT_TIMEOUT");
}

void fill_accounts(Config& config, const Reader& read) {
    config.jwt_secret = read.text("JWT_SECRET");
    config.encryption_key = read.text("ENCRYPTION_KEY");
    config.encryption_key_previous = read.text("ENCRYPTION_KEY_PREVIOUS");
    config.access_ttl = read.whole_seconds("JWT_EXPIRES_IN");
    config.refresh_ttl = read.whole_seconds("REFRESH_TOKEN_EXPIRES_IN");
    config.session_idle_ttl = read.whole_seconds("SESSION_IDLE_TTL");
    config.session_max_ttl = read.whole_seconds("SESSION_MAX_TTL");
    config.session_max_per_user = static_cast<int>(read.whole("SESSION_MAX_PER_USER"));
    config.registration_enabled = read.flag("REGISTRATION_ENABLED");
}

void fill_x(Config& config, const Reader& read) {
    config.x = {.client_id = read.text("X_CLIENT_ID"),
                .client_secret = read.text("X_CLIENT_SECRET"),
                .redirect_uri = read.text("X_REDIRECT_URI"),
                .scopes = read.text("X_SCOPES"),
                .api_base_url = without_slashes(read.text("X_API_BASE_URL")),
                .authorize_url = read.text("X_AUTHORIZE_URL"),
                .token_url = read.text("X_TOKEN_URL"),
                .revoke_url = read.text("X_REVOKE_URL"),
                .dialect = read.text("X_API_DIALECT"),
                .api_timeout = read.time("X_API_TIMEOUT"),
                .app_owner_id = read.text("X_APP_OWNER_ID"),
                .signup_enabled = read.flag("X_SIGNUP_ENABLED"),
                .allowed_users = split_list(read.text("X_ALLOWED_USERS")),
                .breaker_failures = static_cast<unsigned>(read.whole("X_BREAKER_FAILURES")),
                .breaker_open = read.time("X_BREAKER_OPEN"),
                .breaker_successes = static_cast<unsigned>(read.whole("X_BREAKER_SUCCESSES"))};
}

syncing::Money money_of(const std::string& text) {
    return std::llround(std::strtod(text.c_str(), nullptr) * static_cast<double>(syncing::kDollar));
}

std::optional<syncing::Money> cap_of(const std::string& text) {
    return text == "none" ? std::nullopt : std::optional(money_of(text));
}

syncing::ContentPolicy policy_of(const std::string& word) {
    if (word == "keep") return syncing::ContentPolicy::keep;
    return word == "purge" ? syncing::ContentPolicy::purge : syncing::ContentPolicy::redact;
}

void fill_sync(Config& config, const Reader& read) {
    config.sync = {.prices = {.owned_read = money_of(read.text("X_PRICE_OWNED_READ")),
                              .post_read = money_of(read.text("X_PRICE_POST_READ"))},
                   .caps = {.daily = cap_of(read.text("X_BUDGET_DAILY_USD")),
                            .monthly = cap_of(read.text("X_BUDGET_MONTHLY_USD"))},
                   .is_paced = read.flag("SYNC_PACING"),
                   .interval = std::chrono::minutes(read.whole("SYNC_INTERVAL_MINUTES")),
                   .policy = policy_of(read.text("X_CONTENT_POLICY")),
                   .audits = read.flag("X_AUDIT_ENABLED")};
}

void fill_backup(Config& config, const Reader& read) {
    backup::Options& options = config.backup;
    options = {.is_scheduled = read.flag("BACKUP_ENABLED"),
               .zone = backup::Zone::find(read.text("BACKUP_TIMEZONE")),
               .targets = {.database = read.flag("BACKUP_DATABASE"),
                           .user_files = read.flag("BACKUP_USER_FILES"),
                           .system_files = read.flag("BACKUP_SYSTEM_FILES"),
                           .logs = read.flag("BACKUP_LOGS")},
               .webhook = read.text("BACKUP_WEBHOOK_URL"),
               .addresses = config.outgoing,
               .tells_success = read.flag("BACKUP_NOTIFY_SUCCESS"),
               .tells_failure = read.flag("BACKUP_NOTIFY_FAILURE")};
    config.monitor.backups_scheduled = options.is_scheduled;
    constexpr std::array<std::string_view, backup::kKinds> kNames{"DAILY", "WEEKLY", "MONTHLY"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        options.crons.at(i) = backup::Cron::parse(read.text(fmt::format("BACKUP_{}_CRON", kNames.at(i))));
        options.retention.at(i) = read.whole(fmt::format("BACKUP_{}_RETENTION", kNames.at(i)));
    }
}

void fill_limits(Config& config, const Reader& read) {
    config.rate_limits = {.window = read.time("RATE_LIMIT_WINDOW"),
                          .api_ip = read.whole("RATE_LIMIT_API_IP"),
                          .api_user = read.whole("RATE_LIMIT_API_USER"),
                          .auth = read.whole("RATE_LIMIT_AUTH"),
                          .login_account = read.whole("RATE_LIMIT_LOGIN_ACCOUNT"),
                          .x_api = read.whole("RATE_LIMIT_X_API"),
                          .sensitive = read.whole("RATE_LIMIT_SENSITIVE")};
    config.overload_limit = read.text("OVERLOAD_LIMIT") == "auto";
}

/// `scheme://user:<hidden>@host/path`, without the query, which may hold a password too.
std::string without_password(std::string_view url) {
    std::string out(url.substr(0, url.find('?')));
    const auto begin = out.find("://") + 3;
    const auto at = out.rfind('@', out.find('/', begin));
    if (at == std::string::npos || at < begin) return out;
    const auto colon = out.find(':', begin);
    if (colon < at) out.replace(colon + 1, at - colon - 1, "<hidden>");
    return out;
}

}  // namespace

std::expected<Config, ConfigFaults> parse_config(const Variables& given, unsigned cores) {
    ConfigFaults faults;
    Config config;
    config.values = take_values(given, faults);
    auto& workers = config.values.find("WORKERS")->second;
    if (workers.empty()) workers = std::to_string(std::max(cores, 1U));
    const Reader read{config.values};
    check_together(read, faults);
    if (!faults.empty()) return std::unexpected(std::move(faults));
    fill_http(config, read);
    fill_stores(config, read);
    fill_accounts(config, read);
    fill_x(config, read);
    fill_sync(config, read);
    fill_backup(config, read);
    fill_limits(config, read);
    return config;
}

std::string print_config(const Config& config) {
    std::string out;
    for (const Variable& variable : variables()) {
        const auto& value = config.values.find(variable.name)->second;
        const bool is_address = variable.kind == Kind::postgres_url || variable.kind == Kind::redis_url;
        const std::string shown = !variable.secret || value.empty() ? value
                                  : is_address                      ? without_password(value)
                                                                    : "<hidden>";
        out.append(variable.name).append("=").append(shown).append("\n");
    }
    return out;
}

}  // namespace app
