// One worker's connection to Redis. Commands of many requests share it in a pipeline; it connects again by
// itself. Redis is a cache: whoever uses this goes on without it when a command fails. With a channel it is a
// subscription instead.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
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
    std::chrono::milliseconds retry_max{1'000};
    std::size_t queue_max = 4096;                      ///< commands that may wait for their replies
    std::size_t queue_bytes_max = 16UL * 1024 * 1024;  ///< of commands that are not sent yet
    /// Sends PING when nothing else was sent for this long, so that a server that hangs is noticed within
    /// this and `command_timeout`. 0: never.
    std::chrono::milliseconds heartbeat{1'000};
    /// Subscribes to this channel (publish/subscribe); the connection then takes no other commands.
    std::string channel = {};
    /// A message of the channel. Called on the thread of `io`, like `on_state`.
    std::function<void(std::string_view)> on_message = {};
    /// The connection became ready (true) or was lost (false).
    std::function<void(bool)> on_state = {};
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
    /// The same with a shorter patience: past it the caller goes on and the reply is thrown away when it
    /// comes; the connection stays.
    base::Task<base::Result<Reply>> run(std::vector<std::string> words, std::chrono::milliseconds patience);
    /// Sends all of the commands and waits for all of their replies, which come in the same order.
    base::Task<base::Result<std::vector<Reply>>> run_all(std::vector<std::vector<std::string>> commands,
                                                         std::chrono::milliseconds patience);
    /// Sends a command whose reply nobody waits for. False: it was not sent (not connected, queue full).
    bool send(const std::vector<std::string>& words);
    /// Whether PING is answered.
    base::Task<bool> ping();

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace redis
