// Watches over a process: evaluates the alert rules (contract 7), tells the webhook, and sends traces to an
// OpenTelemetry collector. One per process, on the loop of one worker.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "fetch/client.hpp"
#include "observe/alerts.hpp"
#include "observe/hub.hpp"
#include "postgres/pool.hpp"
#include "redis/connection.hpp"

namespace performance {

struct MonitorOptions {
    std::string webhook;  ///< ALERT_WEBHOOK_URL; empty: alerts are only logged and shown
    std::int64_t error_threshold = 10;
    std::chrono::milliseconds latency_threshold{5'000};
    std::string otlp_endpoint;  ///< OTEL_EXPORTER_OTLP_ENDPOINT without a slash at the end; empty: no traces
    std::string instance = {};  ///< names this process in notices
    std::string version = {};
    std::string redis_prefix = "xbm:";
    bool backups_scheduled = false;  ///< unless the schedule was started or stopped by hand
    std::string x_origin = {};       ///< of X's API, as fetch::origin_of makes it
    fetch::ClientOptions http = {};
};

/// For the thread that runs `io` only. What fires is written into the hub.
class Monitor {
public:
    /// All must outlive it. `breakers`: of X; the ones of what is told are its own.
    Monitor(base::asio::io_context& io, observe::Hub& hub, postgres::Pool& database, redis::Connection& cache,
            fetch::Breakers& breakers, MonitorOptions options, const base::Clock& clock);
    void start();
    void stop();

private:
    base::Task<void> watch();
    base::Task<void> send_traces();
    base::Task<void> look();
    void look_at_requests(std::vector<observe::Reading>& readings, base::SteadyTime now);
    void look_at_pools(std::vector<observe::Reading>& readings, base::SteadyTime now);
    base::Task<void> look_at_stores(std::vector<observe::Reading>& readings, base::SteadyTime now);
    base::Task<void> tell(observe::Notice notice);
    base::Task<bool> is_first_to_tell(const observe::Notice& notice);
    base::Task<bool> post(fetch::Request request);

    base::asio::io_context& io_;
    observe::Hub& hub_;
    postgres::Pool& database_;
    redis::Connection& cache_;
    fetch::Breakers& x_breakers_;
    MonitorOptions options_;
    const base::Clock& clock_;
    fetch::Breakers breakers_;
    fetch::Client http_;
    observe::Alerts alerts_;
    observe::Window errors_;
    observe::Window answered_;
    observe::Window microseconds_;
    observe::Window slow_queries_;
    observe::Window timeouts_;
    base::SteadyTime pool_calm_{};      ///< when the pools were last below the threshold
    base::SteadyTime database_seen_{};  ///< when it last answered
    base::SteadyTime cache_seen_{};
    base::asio::steady_timer timer_;
    base::asio::steady_timer trace_timer_;
    bool stopped_ = false;
};

/// The body of a request to `/v1/traces` (OTLP 1.0 over HTTP, JSON encoding).
[[nodiscard]] std::string write_traces(const std::vector<observe::Span>& spans,
                                       const MonitorOptions& options);
/// What the webhook is told of an alert.
[[nodiscard]] std::string write_notice(const observe::Notice& notice, std::string_view instance);

}  // namespace performance
