// Hears what PostgreSQL notifies on one channel (NOTIFY). What was notified while the connection was away is
// lost: whoever listens must look for himself as well, at `state` and from time to time.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "postgres/connection.hpp"

namespace postgres {

/// For the thread that runs `io` only.
class Listener {
public:
    struct Events {
        std::function<void(std::string_view payload)> notified;
        std::function<void(bool listening)> state;
    };

    /// `channel` is a word of lower-case letters and underscores. Behind a pooler of transactions, which
    /// gives nobody a session (`named_statements` off), it never listens.
    Listener(base::asio::io_context& io, ConnectionOptions connection, std::string channel, Events events,
             const base::Clock& clock);
    /// As `stop`.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Connects in the background, for ever again until `stop`.
    void start();
    void stop();
    [[nodiscard]] bool listening() const { return listening_; }

private:
    base::Task<void> run(std::weak_ptr<bool> alive);
    base::Task<bool> open();
    void tell(bool listening);

    base::asio::io_context& io_;
    ConnectionOptions options_;
    std::string sql_;
    Events events_;
    const base::Clock& clock_;
    std::shared_ptr<Connection> connection_;
    base::asio::steady_timer timer_;
    std::shared_ptr<bool> alive_;
    bool listening_ = false;
};

}  // namespace postgres
