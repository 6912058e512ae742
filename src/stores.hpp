// PostgreSQL and Redis of this process: the configured ones, or private servers in DATA_DIR. Blocking; used
// before the workers start and by the commands.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "base/data_dir.hpp"
#include "base/supervisor.hpp"
#include "config.hpp"
#include "postgres/private_server.hpp"
#include "redis/private_server.hpp"

namespace app {

/// Who wants the stores. A command shares the private servers of a running server; a server needs them for
/// itself.
enum class Use : std::uint8_t { server, command };

class Stores {
public:
    /// Opens DATA_DIR and settles where the stores are; starts nothing.
    [[nodiscard]] static std::expected<std::unique_ptr<Stores>, std::string> open(const Config& config,
                                                                                  Use use,
                                                                                  const base::Clock& clock);
    Stores(const Stores&) = delete;
    Stores& operator=(const Stores&) = delete;
    /// As `stop`.
    ~Stores();

    /// Starts the private servers that nobody else runs, then applies the migrations that are missing.
    /// Errors are sentences for the operator.
    [[nodiscard]] std::expected<void, std::string> start();
    /// Starts the private servers only, whatever the database holds.
    [[nodiscard]] std::expected<void, std::string> start_services();
    /// Stops what `start` started and makes a `start` that still waits return. For any thread, more than
    /// once.
    void stop();

    [[nodiscard]] const base::DataDir& data_dir() const { return data_dir_; }
    [[nodiscard]] const std::string& database() const { return database_; }
    [[nodiscard]] const std::string& redis_url() const { return redis_url_; }
    /// The secret that was configured, or the one that DATA_DIR/NAME keeps.
    [[nodiscard]] std::expected<std::string, std::string> secret(const std::string& configured,
                                                                 const std::string& name) const;

private:
    explicit Stores(base::DataDir data_dir) : data_dir_(std::move(data_dir)) {}

    base::DataDir data_dir_;
    std::string database_;
    std::string redis_url_;
    std::optional<postgres::PrivateServer> postgres_;
    std::optional<redis::PrivateServer> redis_;
    std::optional<base::Supervisor> supervisor_;
};

}  // namespace app
