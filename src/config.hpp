// The configuration (contract 10): variables in, Config or the list of all faults out. Pure; config_source
// reads the environment and the files.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backup/backup.hpp"
#include "base/log.hpp"
#include "fetch/addresses.hpp"
#include "http/router.hpp"
#include "jobs/job.hpp"
#include "performance/monitor.hpp"
#include "rate_limit_options.hpp"
#include "storage/s3_store.hpp"
#include "syncing/sync_job.hpp"
#include "trusted_proxies.hpp"

namespace app {

/// Of the variables X_… (contract 10) that logins and the client need; budgets and sync have their own.
struct XConfig {
    std::string client_id;  ///< empty: no shared app
    std::string client_secret;
    std::string redirect_uri;  ///< empty: made from the own address
    std::string scopes;
    std::string api_base_url;
    std::string authorize_url;
    std::string token_url;
    std::string revoke_url;
    std::string dialect;  ///< `auto`, `tweet`, `post`
    std::chrono::milliseconds api_timeout{};
    std::string app_owner_id;
    bool signup_enabled = true;
    std::vector<std::string> allowed_users;
    unsigned breaker_failures = 0;
    std::chrono::milliseconds breaker_open{};
    unsigned breaker_successes = 0;
};

/// Names and values as they were given. An empty value counts as not given.
using Variables = std::map<std::string, std::string, std::less<>>;

/// One sentence each, beginning with the name of the variable.
using ConfigFaults = std::vector<std::string>;

struct Config {
    std::string host;
    std::uint16_t port = 0;
    unsigned workers = 1;
    std::string environment;   ///< NODE_ENV
    std::string public_url;    ///< no slash at the end; empty: made from the listen address
    std::string frontend_url;  ///< likewise; empty: as `public_url`
    std::vector<std::string> cors_origins;
    TrustedProxies trusted_proxies;
    /// What storage, webhooks and other services may be reached at; those of X are not bound by it.
    fetch::Addresses outgoing;
    bool force_https = false;
    bool always_timed = false;            ///< SERVER_TIMING
    std::int64_t search_history_max = 0;  ///< entries of each user
    std::filesystem::path data_dir;
    std::filesystem::path storage;  ///< of files: uploads of imports, exports
    storage::S3Options s3;          ///< without a bucket: files are on the disk
    std::chrono::seconds file_url_ttl{};
    std::chrono::seconds export_retention{};
    std::filesystem::path web_root;  ///< empty: the page that is built in
    std::size_t max_body_bytes = 0;
    std::size_t max_upload_bytes = 0;
    syncing::Options sync;
    std::chrono::milliseconds shutdown_timeout{};

    std::string database;      ///< connection string for libpq; empty: the private server
    std::string redis_url;     ///< empty: the private server
    std::size_t pool_min = 0;  ///< of the whole process
    std::size_t pool_max = 0;
    std::int64_t changes_retention_days = 90;
    bool named_statements = true;
    std::array<std::size_t, jobs::kTypes> job_concurrency{5, 2, 2, 1, 1};  ///< that run at a time, by type
    std::int64_t job_retention_days = 90;                                  ///< of finished jobs
    std::chrono::milliseconds pool_idle_timeout{};
    std::chrono::milliseconds pool_acquire_timeout{};
    std::chrono::milliseconds statement_timeout{};

    std::string jwt_secret;      ///< empty: from DATA_DIR
    std::string encryption_key;  ///< empty: from DATA_DIR
    std::string encryption_key_previous;
    std::chrono::seconds access_ttl{};
    std::chrono::seconds refresh_ttl{};
    std::chrono::seconds session_idle_ttl{};
    std::chrono::seconds session_max_ttl{};
    int session_max_per_user = 0;
    bool registration_enabled = false;

    XConfig x;
    RateLimitOptions rate_limits;
    bool overload_limit = true;  ///< too many requests at a time are refused at once

    int cache_api_max_age_seconds = 0;
    bool cache_enabled = true;
    std::size_t cache_memory_bytes = 0;
    std::size_t resident_memory_bytes = 0;  ///< of libraries that are searched in memory; 0: none
    std::array<std::chrono::seconds, http::kCacheKinds> cache_ttl{};  ///< by kind of route
    std::string redis_prefix;
    std::vector<std::string> compression;
    std::size_t compression_min_bytes = 0;
    int gzip_level = 0;
    std::string metrics_token;  ///< opens /metrics and what it shows; empty: only administrators
    bool metrics_enabled = true;
    std::chrono::milliseconds slow_query{};  ///< SLOW_QUERY_MS
    performance::MonitorOptions monitor;
    backup::Options backup;
    base::log::Level log_level = base::log::Level::info;

    /// Every variable of the table with its checked text, defaults filled in; empty where there is none.
    Variables values;
};

/// `cores` stands in for WORKERS. Names that are not in the table are ignored: the environment is full of
/// them.
[[nodiscard]] std::expected<Config, ConfigFaults> parse_config(const Variables& given, unsigned cores);

/// `NAME=value` lines in the order of the contract; a secret shows only whether it is set.
[[nodiscard]] std::string print_config(const Config& config);

}  // namespace app
