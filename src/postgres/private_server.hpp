// The PostgreSQL of the embedded default: a cluster in the services' directory, on a Unix socket only, run by
// a base::Supervisor. Blocking; knows nothing of the connections that the workers make to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/data_dir.hpp"
#include "base/supervisor.hpp"

namespace postgres {

struct PrivateServerOptions {
    /// Held by this process while the server runs.
    const base::DataDir& data_dir;
    std::filesystem::path programs_root = "/usr/lib/postgresql";
    /// What buffers are scaled to; 0: what this process may use.
    std::uint64_t memory_bytes = 0;
    /// How long recovery after a crash may take.
    std::chrono::seconds start_timeout{600};
    /// Fast shutdown, which ends with a checkpoint; past it the server is stopped at once and recovers at its
    /// start.
    std::chrono::seconds stop_timeout{60};
};

/// Where the server of this data directory listens, whether or not this process started it: a URI for libpq
/// (role and database `xbookmarker`, peer authentication, so no password).
[[nodiscard]] std::string private_connection_string(const base::DataDir& data_dir);

/// Likewise as its superuser, who may do what the service may not.
[[nodiscard]] std::string superuser_connection_string(const base::DataDir& data_dir);

class PrivateServer final : public base::Supervised {
public:
    explicit PrivateServer(PrivateServerOptions options);

    [[nodiscard]] std::string connection_string() const {
        return private_connection_string(options_.data_dir);
    }

    [[nodiscard]] std::string_view name() const override { return "postgres"; }
    /// Stops what an earlier run left alive in this cluster (after a kill -9 of its owner), makes the cluster
    /// when there is none, starts the server and waits until it takes connections.
    [[nodiscard]] std::expected<base::ChildProcess, std::string> launch(
        const std::atomic<bool>& give_up) override;
    void stop(base::ChildProcess& child) override;
    [[nodiscard]] std::filesystem::path log_file() const override;

private:
    [[nodiscard]] std::filesystem::path cluster() const;
    [[nodiscard]] std::string cluster_name() const;
    [[nodiscard]] uid_t service_uid() const;
    std::expected<void, std::string> clear_leftovers() const;
    std::expected<void, std::string> write_configuration() const;
    std::expected<void, std::string> wait_until_ready(base::ChildProcess& child,
                                                      const std::atomic<bool>& give_up) const;

    PrivateServerOptions options_;
};

}  // namespace postgres
