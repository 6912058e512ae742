// Contract 10, line by line.
#include <algorithm>

#include "variables.hpp"

namespace app {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 24 * 60 * kMinute;
constexpr std::int64_t kYear = 366 * kDay;
constexpr std::int64_t kKilo = 1024;
constexpr std::int64_t kMega = kKilo * kKilo;

constexpr Variable kVariables[] = {
    {.name = "PORT", .kind = Kind::whole, .fallback = "3001", .high = 65535},
    {.name = "HOST", .fallback = "127.0.0.1"},
    {.name = "WORKERS", .kind = Kind::whole, .low = 1, .high = 256},
    {.name = "NODE_ENV", .kind = Kind::choice, .fallback = "production", .choices = "production development test"},
    {.name = "PUBLIC_URL", .kind = Kind::web_url},
    {.name = "FRONTEND_URL", .kind = Kind::web_url},
    {.name = "CORS_ORIGIN", .kind = Kind::origins},
    {.name = "TRUSTED_PROXIES", .kind = Kind::networks},
    {.name = "FORCE_HTTPS", .kind = Kind::flag, .fallback = "false"},
    {.name = "DATA_DIR", .fallback = "./data"},
    {.name = "WEB_ROOT"},
    {.name = "MAX_BODY_SIZE", .kind = Kind::size, .fallback = "10m", .low = kKilo, .high = kKilo * kMega},
    {.name = "MAX_UPLOAD_SIZE", .kind = Kind::size, .fallback = "1g", .low = kKilo, .high = kMega * kMega},
    {.name = "SHUTDOWN_TIMEOUT", .kind = Kind::duration, .fallback = "10s", .high = 10 * kMinute},
    {.name = "SERVER_TIMING", .kind = Kind::choice, .fallback = "request", .choices = "request always"},

    {.name = "DATABASE_URL", .kind = Kind::postgres_url, .secret = true},
    {.name = "DATABASE_HOST"},
    {.name = "DATABASE_PORT", .kind = Kind::whole, .low = 1, .high = 65535},
    {.name = "DATABASE_NAME"},
    {.name = "DATABASE_USER"},
    {.name = "DATABASE_PASSWORD", .secret = true},
    {.name = "DATABASE_SSL", .kind = Kind::choice, .choices = "true false no-verify"},
    {.name = "REDIS_URL", .kind = Kind::redis_url, .secret = true},
    {.name = "REDIS_PREFIX", .fallback = "xbm:"},
    {.name = "POOL_MIN", .kind = Kind::whole, .fallback = "5", .high = 1000},
    {.name = "POOL_MAX", .kind = Kind::whole, .fallback = "25", .low = 1, .high = 1000},
    {.name = "POOL_IDLE_TIMEOUT", .kind = Kind::duration, .fallback = "30s", .low = kSecond, .high = kDay},
    {.name = "POOL_ACQUIRE_TIMEOUT", .kind = Kind::duration, .fallback = "5s", .low = 10, .high = 10 * kMinute},
    {.name = "STATEMENT_TIMEOUT", .kind = Kind::duration, .fallback = "25s", .low = 100, .high = 60 * kMinute},
    {.name = "SLOW_QUERY_MS", .kind = Kind::whole, .fallback = "1000", .high = kDay},

    {.name = "JWT_SECRET", .secret = true, .low = 32},
    {.name = "ENCRYPTION_KEY", .secret = true},
    {.name = "ENCRYPTION_KEY_PREVIOUS", .secret = true},
    {.name = "JWT_EXPIRES_IN", .kind = Kind::duration, .fallback = "15m", .low = kSecond, .high = kYear},
    {.name = "REFRESH_TOKEN_EXPIRES_IN", .kind = Kind::duration, .fallback = "7d", .low = kMinute, .high = 10 * kYear},
    {.name = "SESSION_IDLE_TTL", .kind = Kind::duration, .fallback = "7d", .low = kMinute, .high = kYear},
    {.name = "SESSION_MAX_TTL", .kind = Kind::duration, .fallback = "30d", .low = kMinute, .high = 10 * kYear},
    {.name = "SESSION_MAX_PER_USER", .kind = Kind::whole, .fallback = "10", .low = 1, .high = 1000},
    {.name = "REGISTRATION_ENABLED", .kind = Kind::flag, .fallback = "false"},

    {.name = "X_SIGNUP_ENABLED", .kind = Kind::flag, .fallback = "true"},
    {.name = "X_ALLOWED_USERS"},
    {.name = "X_CLIENT_ID"},
    {.name = "X_CLIENT_SECRET", .secret = true},
    {.name = "X_REDIRECT_URI", .kind = Kind::web_url},
    {.name = "X_SCOPES", .fallback = "bookmark.read tweet.read users.read offline.access"},
    {.name = "X_API_BASE_URL", .kind = Kind::web_url, .fallback = "https://api.x.com"},
    {.name = "X_AUTHORIZE_URL", .kind = Kind::web_url, .fallback = "https://x.com/i/oauth2/authorize"},
    {.name = "X_TOKEN_URL", .kind = Kind::web_url, .fallback = "https://api.x.com/2/oauth2/token"},
    {.name = "X_REVOKE_URL", .kind = Kind::web_url, .fallback = "https://api.x.com/2/oauth2/revoke"},
    {.name = "X_API_DIALECT", .kind = Kind::choice, .fallback = "auto", .choices = "auto tweet post"},
    {.name = "X_API_TIMEOUT", .kind = Kind::duration, .fallback = "30s", .low = 100, .high = 10 * kMinute},
    {.name = "X_CONTENT_POLICY", .kind = Kind::choice, .fallback = "redact", .choices = "keep redact purge"},
    {.name = "X_APP_OWNER_ID"},
    {.name = "X_BUDGET_DAILY_USD", .kind = Kind::budget, .fallback = "1.00"},
    {.name = "X_BUDGET_MONTHLY_USD", .kind = Kind::budget, .fallback = "5.00"},
    {.name = "X_PRICE_OWNED_READ", .kind = Kind::decimal, .fallback = "0.001"},
    {.name = "X_PRICE_POST_READ", .kind = Kind::decimal, .fallback = "0.005"},
    {.name = "X_PRICE_USER_READ", .kind = Kind::decimal, .fallback = "0.010"},
    {.name = "X_PRICE_BOOKMARK_WRITE", .kind = Kind::decimal, .fallback = "0.005"},
    {.name = "X_BREAKER_FAILURES", .kind = Kind::whole, .fallback = "5", .low = 1, .high = 1000},
    {.name = "X_BREAKER_OPEN", .kind = Kind::duration, .fallback = "60s", .low = 1, .high = kDay},
    {.name = "X_BREAKER_SUCCESSES", .kind = Kind::whole, .fallback = "3", .low = 1, .high = 1000},
    {.name = "SYNC_INTERVAL_MINUTES", .kind = Kind::whole, .fallback = "60", .high = 527'040},
    {.name = "X_AUDIT_ENABLED", .kind = Kind::flag, .fallback = "false"},

    {.name = "AI_PROVIDER", .kind = Kind::choice, .fallback = "local", .choices = "off local openai anthropic"},
    {.name = "AI_BASE_URL", .kind = Kind::web_url},
    {.name = "AI_API_KEY", .secret = true},
    {.name = "AI_MODEL"},
    {.name = "AI_MAX_TOKENS", .kind = Kind::whole, .fallback = "1000", .low = 1, .high = 1'000'000},
    {.name = "AI_TEMPERATURE", .kind = Kind::decimal, .fallback = "0.3", .high = 2},
    {.name = "AI_TIMEOUT", .kind = Kind::duration, .fallback = "60s", .low = 100, .high = 60 * kMinute},
    {.name = "AI_CONCURRENCY", .kind = Kind::whole, .fallback = "2", .low = 1, .high = 64},

    {.name = "STORAGE_PROVIDER", .kind = Kind::choice, .fallback = "local", .choices = "local s3"},
    {.name = "STORAGE_PATH"},
    {.name = "LOCAL_STORAGE_PATH"},
    {.name = "AWS_S3_BUCKET"},
    {.name = "AWS_REGION"},
    {.name = "AWS_ACCESS_KEY_ID", .secret = true},
    {.name = "AWS_SECRET_ACCESS_KEY", .secret = true},
    {.name = "AWS_S3_ENDPOINT", .kind = Kind::web_url},
    {.name = "FILE_URL_TTL", .kind = Kind::duration, .fallback = "86400s", .low = kSecond, .high = kYear},
    {.name = "EXPORT_RETENTION", .kind = Kind::duration, .fallback = "7d", .low = kMinute, .high = kYear},
    {.name = "BACKUP_ENABLED", .kind = Kind::flag, .fallback = "false"},
    {.name = "BACKUP_DAILY_CRON", .kind = Kind::cron, .fallback = "0 2 * * *"},
    {.name = "BACKUP_WEEKLY_CRON", .kind = Kind::cron, .fallback = "0 3 * * 0"},
    {.name = "BACKUP_MONTHLY_CRON", .kind = Kind::cron, .fallback = "0 4 1 * *"},
    {.name = "BACKUP_DAILY_RETENTION", .kind = Kind::whole, .fallback = "7", .low = 1, .high = 3660},
    {.name = "BACKUP_WEEKLY_RETENTION", .kind = Kind::whole, .fallback = "4", .low = 1, .high = 520},
    {.name = "BACKUP_MONTHLY_RETENTION", .kind = Kind::whole, .fallback = "12", .low = 1, .high = 1200},
    {.name = "BACKUP_TIMEZONE", .fallback = "Asia/Tokyo"},
    {.name = "BACKUP_DATABASE", .kind = Kind::flag, .fallback = "true"},
    {.name = "BACKUP_USER_FILES", .kind = Kind::flag, .fallback = "true"},
    {.name = "BACKUP_SYSTEM_FILES", .kind = Kind::flag, .fallback = "false"},
    {.name = "BACKUP_LOGS", .kind = Kind::flag, .fallback = "false"},
    {.name = "BACKUP_WEBHOOK_URL", .kind = Kind::web_url, .secret = true},
    {.name = "BACKUP_NOTIFY_SUCCESS", .kind = Kind::flag, .fallback = "false"},
    {.name = "BACKUP_NOTIFY_FAILURE", .kind = Kind::flag, .fallback = "true"},

    {.name = "RATE_LIMIT_WINDOW", .kind = Kind::duration, .fallback = "15m", .low = kSecond, .high = kDay},
    {.name = "RATE_LIMIT_API_IP", .kind = Kind::whole, .fallback = "1000", .high = 1'000'000'000},
    {.name = "RATE_LIMIT_API_USER", .kind = Kind::whole, .fallback = "1000", .high = 1'000'000'000},
    {.name = "RATE_LIMIT_AUTH", .kind = Kind::whole, .fallback = "10", .high = 1'000'000'000},
    {.name = "RATE_LIMIT_LOGIN_ACCOUNT", .kind = Kind::whole, .fallback = "10", .high = 1'000'000'000},
    {.name = "RATE_LIMIT_X_API", .kind = Kind::whole, .fallback = "75", .high = 1'000'000'000},
    {.name = "RATE_LIMIT_SENSITIVE", .kind = Kind::whole, .fallback = "5", .high = 1'000'000'000},
    {.name = "CACHE_ENABLED", .kind = Kind::flag, .fallback = "true"},
    {.name = "CACHE_API_MAX_AGE", .kind = Kind::whole, .fallback = "0", .high = 31'536'000},
    {.name = "CACHE_TTL_DEFAULT", .kind = Kind::whole, .fallback = "300", .low = 1, .high = 31'536'000},
    {.name = "CACHE_TTL_LIST", .kind = Kind::whole, .fallback = "180", .low = 1, .high = 31'536'000},
    {.name = "CACHE_TTL_SEARCH", .kind = Kind::whole, .fallback = "600", .low = 1, .high = 31'536'000},
    {.name = "CACHE_TTL_SUGGESTIONS", .kind = Kind::whole, .fallback = "300", .low = 1, .high = 31'536'000},
    {.name = "CACHE_TTL_CATEGORIES", .kind = Kind::whole, .fallback = "1800", .low = 1, .high = 31'536'000},
    {.name = "CACHE_TTL_ANALYTICS", .kind = Kind::whole, .fallback = "3600", .low = 1, .high = 31'536'000},
    {.name = "COMPRESSION", .kind = Kind::choices, .fallback = "br,zstd,gzip", .choices = "br zstd gzip none"},
    {.name = "COMPRESSION_MIN_SIZE", .kind = Kind::size, .fallback = "1024", .high = kKilo * kMega},
    {.name = "COMPRESSION_GZIP_LEVEL", .kind = Kind::whole, .fallback = "6", .low = 1, .high = 9},
    {.name = "JOB_SYNC_CONCURRENCY", .kind = Kind::whole, .fallback = "5", .low = 1, .high = 64},
    {.name = "JOB_EXPORT_CONCURRENCY", .kind = Kind::whole, .fallback = "2", .low = 1, .high = 64},
    {.name = "JOB_IMPORT_CONCURRENCY", .kind = Kind::whole, .fallback = "2", .low = 1, .high = 64},
    {.name = "JOB_AI_CONCURRENCY", .kind = Kind::whole, .fallback = "1", .low = 1, .high = 64},
    {.name = "JOB_RETENTION_DAYS", .kind = Kind::whole, .fallback = "90", .low = 1, .high = 36'600},
    {.name = "CHANGES_RETENTION_DAYS", .kind = Kind::whole, .fallback = "90", .low = 1, .high = 36'600},
    {.name = "SEARCH_HISTORY_MAX", .kind = Kind::whole, .fallback = "10000", .high = 10'000'000},

    {.name = "LOG_LEVEL", .kind = Kind::choice, .fallback = "info", .choices = "trace debug info warn error"},
    {.name = "METRICS_TOKEN", .secret = true, .low = 32},
    {.name = "ALERT_WEBHOOK_URL", .kind = Kind::web_url, .secret = true},
    {.name = "ERROR_THRESHOLD", .kind = Kind::whole, .fallback = "10", .low = 1, .high = 1'000'000},
    {.name = "RESPONSE_TIME_THRESHOLD", .kind = Kind::whole, .fallback = "5000", .low = 1, .high = kDay},
    {.name = "OTEL_EXPORTER_OTLP_ENDPOINT", .kind = Kind::web_url},
};

}  // namespace

std::span<const Variable> variables() {
    return kVariables;
}

const Variable* find_variable(std::string_view name) {
    const auto* const found = std::ranges::find(kVariables, name, &Variable::name);
    return found == std::end(kVariables) ? nullptr : found;
}

}  // namespace app
