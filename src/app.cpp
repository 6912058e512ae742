#include "app.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "base/log.hpp"
#include "http/version_tag.hpp"
#include "listen_port.hpp"
#include "postgres/sizing.hpp"
#include "routes.hpp"
#include "storage/local_store.hpp"
#include "storage/s3_store.hpp"
#include "text/fold.hpp"
#include "text/tokens.hpp"
#include "x_options.hpp"

namespace app {
namespace {

using Outcome = std::expected<void, std::string>;

constexpr std::chrono::milliseconds kDrainPoll{10};
constexpr std::size_t kConnectionsMax = 20'000;
constexpr std::size_t kDiskThreads = 4;
constexpr std::size_t kFilesReserved = 256;  ///< stores, logs, uploads

/// Raises the limit of open files as far as the system lets us; returns it.
std::size_t raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    rlimit wanted = limit;
    wanted.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
    return limit.rlim_cur;
}

/// Makes the directory of uploads that are being received; what an earlier run left in it is of no use.
Outcome prepare_spool(const std::filesystem::path& directory, bool is_ours) {
    std::error_code error;
    if (is_ours) std::filesystem::remove_all(directory, error);
    std::filesystem::create_directories(directory, error);
    if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (error) return std::unexpected("cannot make " + directory.string() + ": " + error.message());
    return {};
}

performance::MonitorOptions monitor_options(const Config& config) {
    performance::MonitorOptions options = config.monitor;
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    options.instance = fmt::format("{}:{}", host.data(), config.port);
    options.version = version();
    options.redis_prefix = config.redis_prefix;
    options.x_origin = fetch::origin_of(config.x.api_base_url);
    options.http.user_agent = "X-Bookmarker/" + options.version;
    return options;
}

}  // namespace

std::unique_ptr<storage::Store> make_store(const Config& config, const base::Clock& clock) {
    if (config.s3.bucket.empty()) {
        auto store = std::make_unique<storage::LocalStore>(config.storage);
        // Nobody writes a file for that long.
        store->remove_unfinished(clock.now() - std::chrono::hours{24});
        return store;
    }
    return std::make_unique<storage::S3Store>(config.s3, clock);
}

backup::Environment backup_environment(const Config& config, const Stores& stores, storage::Store& files,
                                       const base::Clock& clock) {
    const auto& data_dir = stores.data_dir().path();
    return {.database = stores.database(),
            .superuser = config.database.empty() ? "postgres" : "",
            .files = files,
            .version = std::string(version()),
            .configuration = print_config(config),
            .logs = {data_dir / "postgres.log", data_dir / "redis.log"},
            .clock = clock};
}

std::string announcements_channel(const Config& config) {
    return config.redis_prefix + "library";
}

std::string_view version() {
    return XBM_VERSION;
}

App::App(const Config& config, Duties duties, StopSignal& signals, const Systemd& systemd,
         const base::Clock& clock)
    : config_(config),
      duties_(duties),
      signals_(signals),
      systemd_(systemd),
      clock_(clock),
      started_(clock.steady()),
      router_(routes()),
      cors_(config.cors_origins),
      files_max_(raise_file_limit()),
      cpu_(config.workers),
      disk_(kDiskThreads),
      residents_({.budget_bytes = config.resident_memory_bytes}),
      breakers_(x_breaker_options(config)) {
    hub_ =
        std::make_unique<observe::Hub>(observe::HubOptions{.routes = router_.routes().size(),
                                                           .slow_query = config.slow_query,
                                                           .enabled = config.metrics_enabled,
                                                           .exports = !config.monitor.otlp_endpoint.empty()},
                                       clock);
}

App::~App() {
    jobs_.reset();
    for (const auto& worker : workers_)
        worker->stop();
    // What a pool thread finishes now is posted to workers that no longer run, and goes with them.
    for (auto* const pool : {&cpu_, &disk_}) {
        pool->stop();
        pool->join();
    }
    workers_.clear();
}

Outcome App::run() {
    // Their tables are made on first use, which must not fall into a request.
    static_cast<void>(text::fold(""));
    static_cast<void>(text::script_of(0));
    Outcome outcome = start_stores();
    if (outcome) outcome = find_place();
    if (outcome) outcome = start_jobs();
    if (outcome && duties_.serves) outcome = start_workers();
    if (!outcome) return signals_.requested() ? Outcome() : outcome;
    if (duties_.serves)
        announce();
    else
        base::log::info("running jobs", {{"version", version()}});
    const base::log::Buffering buffering;
    stop_serving();
    jobs_->stop(config_.shutdown_timeout);
    for (const auto& worker : workers_)
        worker->stop();
    stores_->stop();
    cache::log_counts(*cache_);
    base::log::info("stopped");
    return {};
}

std::vector<boost::asio::io_context*> App::loops() const {
    std::vector<boost::asio::io_context*> out{&jobs_->loop()};
    for (const auto& worker : workers_)
        out.push_back(&worker->loop());
    return out;
}

/// Waits for the signal, then for the clients.
void App::stop_serving() {
    const Watchdog watchdog(systemd_, loops());
    systemd_.tell("READY=1");
    signals_.wait();
    systemd_.tell("STOPPING=1");
    drain();
}

Outcome App::start_stores() {
    auto page = Page::load(config_.web_root);
    if (!page) return std::unexpected(page.error());
    page_ = std::make_unique<Page>(std::move(*page));
    auto stores = Stores::open(config_, Use::server, clock_);
    if (!stores) return std::unexpected(stores.error());
    stores_ = std::move(*stores);
    auto jwt = stores_->secret(config_.jwt_secret, "jwt_secret");
    if (!jwt) return std::unexpected(jwt.error());
    auto encryption = stores_->secret(config_.encryption_key, "encryption_key");
    if (!encryption) return std::unexpected(encryption.error());
    jwt_secret_ = std::move(*jwt);
    vault_ = std::make_unique<x::Vault>(*encryption, config_.encryption_key_previous);
    store_ = make_store(config_, clock_);
    backup_.emplace(backup_environment(config_, *stores_, *store_, clock_));
    links_ = std::make_unique<storage::SignedLinks>(jwt_secret_, config_.file_url_ttl, config_.public_url);
    const auto& data_dir = stores_->data_dir();
    if (auto made = prepare_spool(data_dir.path() / "spool", !data_dir.in_use_by()); !made) return made;
    if (auto free = check_port_is_free(config_.host, config_.port); duties_.serves && !free) return free;
    // Recovery of a database may take minutes; a signal ends the wait.
    signals_.on_request([this] { stores_->stop(); });
    auto started = stores_->start();
    signals_.forget_action();
    return started;
}

WorkerOptions App::worker_options(std::size_t number, std::uint16_t port) const {
    const std::size_t workers = worker_count();
    const std::size_t connections =
        (files_max_ > 2 * kFilesReserved ? files_max_ - kFilesReserved : kFilesReserved) / workers;
    return {
        .server = {.host = config_.host,
                   .port = port,
                   .max_body_bytes = config_.max_body_bytes,
                   .max_upload_bytes = config_.max_upload_bytes,
                   .max_connections = std::min(connections, kConnectionsMax),
                   .spool_directory = stores_->data_dir().path() / "spool",
                   .compression = config_.compression,
                   .compression_min_bytes = config_.compression_min_bytes,
                   .gzip_level = config_.gzip_level,
                   .api_max_age_seconds = config_.cache_api_max_age_seconds,
                   .build = std::string(http::kBuildTag)},
        .database = {.connection = {.conninfo = stores_->database(),
                                    .statement_timeout = config_.statement_timeout,
                                    .named_statements = config_.named_statements,
                                    .recorder = hub_->make_recorder()},
                     .min = postgres::share_of_worker(config_.pool_min, workers, number),
                     .max = postgres::share_of_worker(config_.pool_max, workers, number),
                     .idle_timeout = config_.pool_idle_timeout,
                     .acquire_timeout = config_.pool_acquire_timeout},
        // Checked by the configuration, or made by us.
        .cache = {.address = redis::parse_address(stores_->redis_url()).value()},
        .answers = {.prefix = config_.redis_prefix,
                    .ttl = config_.cache_ttl,
                    .codings = http::parse_codings(config_.compression),
                    .compression_min_bytes = config_.compression_min_bytes,
                    .gzip_level = config_.gzip_level,
                    .enabled = config_.cache_enabled},
        .announcements = announcements_channel(config_),
        .accounts = {.jwt_secret = jwt_secret_,
                     .access_ttl = config_.access_ttl,
                     .refresh_ttl = config_.refresh_ttl,
                     .session_idle_ttl = config_.session_idle_ttl,
                     .session_max_ttl = config_.session_max_ttl,
                     .session_max_per_user = config_.session_max_per_user,
                     .registration_enabled = config_.registration_enabled},
        .admission = {.trusted_proxies = config_.trusted_proxies,
                      .public_url = config_.public_url,
                      .force_https = config_.force_https,
                      .always_timed = config_.always_timed,
                      .rate_limits = rate_limits_.get(),
                      .keeps_answers = config_.cache_enabled,
                      .metrics_token = config_.metrics_token,
                      .counters = &hub_->counters()},
        .identity = {.version = version(), .environment = config_.environment, .started = started_},
        .storage = config_.storage,
        .place = place_,
        .search_history_max = config_.search_history_max,
        .changes_retention_days = config_.changes_retention_days,
        .redis_prefix = config_.redis_prefix,
        .overload_limit = config_.overload_limit,
        .x = x_access_options(config_, public_url(config_), &hub_->counters()),
        .x_sign_in = x_sign_in_options(config_),
        .sync = config_.sync,
        .public_url = public_url(config_),
        .frontend_url = config_.frontend_url,
        .monitor = monitor_options(config_),
        .number = number,
    };
}

Outcome App::start_workers() {
    rate_limits_ = std::make_unique<RateLimits>(config_.rate_limits, clock_);
    listener_ = std::make_unique<cache::Listener>(
        cache_->versions,
        redis::ConnectionOptions{.address = redis::parse_address(stores_->redis_url()).value()},
        announcements_channel(config_));
    shared_ = std::make_unique<Shared>(Shared{clock_,
                                              router_,
                                              cors_,
                                              *page_,
                                              cpu_,
                                              disk_,
                                              draining_,
                                              *cache_,
                                              job_watches_,
                                              streams_,
                                              *rate_limits_,
                                              residents_,
                                              http::Server::make_peers(),
                                              *vault_,
                                              breakers_,
                                              *store_,
                                              *links_,
                                              *hub_,
                                              *backup_,
                                              config_.backup});
    std::uint16_t port = config_.port;
    const std::size_t count = worker_count();
    if (count < config_.workers)
        base::log::warn("POOL_MAX lets fewer workers run",
                        {{"workers", count}, {"pool_max", config_.pool_max}});
    for (std::size_t i = 0; i < count; ++i) {
        WorkerOptions options = worker_options(i, port);
        options.sweeps = i == 0;
        auto& worker = workers_.emplace_back(std::make_unique<Worker>(*shared_, std::move(options)));
        worker->start();
        if (auto listening = worker->listen(); !listening) return listening;
        // With PORT=0 the first one gets a port and the others share it.
        port = worker->port();
    }
    return {};
}

Outcome App::find_place() {
    auto place = transfer::ImportStorage(config_.storage).owner(clock_.now());
    if (!place) return std::unexpected("directory of uploads cannot be used: " + place.error());
    place_ = *std::move(place);
    return {};
}

// Before a request can store an upload. In a directory that another server holds, uploads are that one's.
Outcome App::start_jobs() {
    cache_ = std::make_unique<cache::Shared>(config_.cache_memory_bytes, cache::VersionsOptions{});
    constexpr std::size_t kConnections = 12;
    JobThreadOptions options{.database = {.connection = {.conninfo = stores_->database(),
                                                         .statement_timeout = config_.statement_timeout,
                                                         .named_statements = config_.named_statements,
                                                         .recorder = hub_->make_recorder()},
                                          .min = 1,
                                          .max = kConnections,
                                          .idle_timeout = config_.pool_idle_timeout,
                                          .acquire_timeout = config_.pool_acquire_timeout},
                             .cache = {.address = redis::parse_address(stores_->redis_url()).value()},
                             .announcements = announcements_channel(config_),
                             .redis_prefix = config_.redis_prefix,
                             .storage = config_.storage,
                             .runs = duties_.runs_jobs,
                             .owns_data_dir = !stores_->data_dir().in_use_by(),
                             .x = x_access_options(config_, public_url(config_), &hub_->counters()),
                             .sync = config_.sync,
                             .export_retention = config_.export_retention,
                             .backup = *backup_,
                             .backup_options = config_.backup,
                             .runner = {.concurrency = config_.job_concurrency,
                                        .place = place_,
                                        .retention_days = config_.job_retention_days,
                                        .counters = &hub_->counters()}};
    jobs_ = std::make_unique<JobThread>(std::move(options), *cache_, job_watches_, *vault_, breakers_,
                                        *store_, *hub_, clock_);
    return jobs_->start();
}

std::size_t App::worker_count() const {
    return postgres::workers_for(config_.workers, config_.pool_max);
}

void App::announce() {
    const auto url = listen_url(config_, workers_.front()->port());
    base::log::info("listening", {{"url", url}, {"version", version()}, {"workers", workers_.size()}});
    const auto& shown = config_.public_url.empty() ? url : config_.public_url;
    const bool first_run = workers_.front()->is_first_run().value_or(false);
    const std::string text = first_run
                                 ? fmt::format(
                                       "X Bookmarker is ready: open {} and make the first account there "
                                       "(or: xbookmarker user add NAME).\n",
                                       shown)
                                 : fmt::format("X Bookmarker is ready: open {}\n", shown);
    std::fputs(text.c_str(), stderr);
}

void App::drain() {
    draining_ = true;  // /readyz says so from now on
    for (const auto& worker : workers_)
        worker->drain();
    const auto end = clock_.steady() + config_.shutdown_timeout;
    const auto busy = [this] {
        std::size_t connections = 0;
        for (const auto& worker : workers_)
            connections += worker->connections();
        return connections;
    };
    while (busy() > 0 && clock_.steady() < end)
        std::this_thread::sleep_for(kDrainPoll);
    if (const auto left = busy(); left > 0) base::log::warn("cutting connections", {{"connections", left}});
}

}  // namespace app
