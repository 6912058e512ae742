// One worker's connection to Redis. Commands of many requests share it in a pipeline; it connects again by
// itself. Redis is a cache: whoever uses this goes on without it when a command fails.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "redis/address.hpp"
#include "redis/protocol.hpp"

namespace redis {

struct ConnectionOptions {
    Address address;
    std::chrono::milliseconds connect_timeout{2'000};
    std::chrono::milliseconds command_timeout{1'000};
    std::chrono::milliseconds retry_min{100};
    std::chrono::milliseconds retry_max{5'000};
    std::size_t queue_max = 4096;  ///< commands that may wait for their replies
};

/// For the thread that runs `io` only.
class Connection {
public:
    Connection(base::asio::io_context& io, ConnectionOptions options);
    /// As `stop`.
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Connects in the background, for ever again until `stop`.
    void start();
    /// Ends the connection; what waits for a reply gets service_unavailable.
    void stop();
    /// Connected and past its handshake.
    [[nodiscard]] bool ready() const;

    /// Sends a command and waits for its reply, at most the command timeout. An error reply of Redis is a
    /// Reply. Error: service_unavailable (not connected, queue full, connection lost, no reply in time). A
    /// server that does not reply in time loses the connection, because replies come in order.
    base::Task<base::Result<Reply>> run(std::vector<std::string> words);
    /// Whether PING is answered.
    base::Task<bool> ping();

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace redis
