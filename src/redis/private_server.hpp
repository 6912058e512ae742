// The Redis of the embedded default: a cache without persistence on a Unix socket, run by a base::Supervisor.
// Blocking; knows nothing of the connections that the workers make to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/data_dir.hpp"
#include "base/supervisor.hpp"

namespace redis {

struct PrivateServerOptions {
    /// Held by this process while the server runs.
    const base::DataDir& data_dir;
    std::filesystem::path program = "/usr/bin/redis-server";
    std::uint64_t memory_bytes_max = std::uint64_t{128} << 20U;
    std::chrono::seconds start_timeout{30};
    std::chrono::seconds stop_timeout{5};
};

/// `unix://` and the absolute path of the socket, whether or not this process started the server.
[[nodiscard]] std::string private_url(const base::DataDir& data_dir);

class PrivateServer final : public base::Supervised {
public:
    explicit PrivateServer(PrivateServerOptions options);

    [[nodiscard]] std::string url() const { return private_url(options_.data_dir); }
    [[nodiscard]] std::filesystem::path socket() const;

    [[nodiscard]] std::string_view name() const override { return "redis"; }
    /// Stops what an earlier run left alive on the socket, starts the server and waits until it answers PING.
    [[nodiscard]] std::expected<base::ChildProcess, std::string> launch(
        const std::atomic<bool>& give_up) override;
    void stop(base::ChildProcess& child) override;
    [[nodiscard]] std::filesystem::path log_file() const override;

private:
    [[nodiscard]] std::filesystem::path directory() const;
    [[nodiscard]] std::vector<std::string> command() const;
    std::expected<void, std::string> clear_leftovers() const;

    PrivateServerOptions options_;
};

/// Whether the server behind a Unix socket answers PING within a second.
[[nodiscard]] bool answers_ping(const std::filesystem::path& socket);

}  // namespace redis
