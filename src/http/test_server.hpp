// For tests: a server with a tiny application on a thread of its own, and a blocking client.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "http/router.hpp"
#include "http/server.hpp"

namespace http::test {

struct Finished {
    std::string path;
    unsigned status = 0;
    std::size_t bytes = 0;
};

class TestApplication final : public Application {
public:
    std::optional<Response> try_answer(Call& call) override;
    base::Task<std::optional<Response>> admit(Call& call) override;
    base::Task<Response> handle(Call& call) override;
    void finished(const Call& call, const Sent& sent) override;

    /// Waits until `count` calls have finished; gives them in order.
    [[nodiscard]] std::vector<Finished> wait_finished(std::size_t count);
    /// Waits until a handler of `/hold` is running; `release` lets it go on.
    void wait_held();
    void release();

    base::Body large;          ///< body of `/large`
    std::string spooled_path;  ///< of the last spooled body; read after wait_finished
    std::size_t spooled_size = 0;
    std::atomic<std::size_t> handled = 0;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Finished> finished_;
    bool held_ = false;
    std::atomic<bool> released_ = false;
};

/// Status line, headers with lower-case names, body.
struct Reply {
    unsigned status = 0;
    std::multimap<std::string, std::string> headers;
    std::string body;
    [[nodiscard]] std::string header(const std::string& name) const;
};

class Client {
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes);
    void half_close();
    /// The next answer; status 0 when the connection ended before a whole one.
    [[nodiscard]] Reply read(bool head = false);
    /// True when the server has closed; false when it sends something.
    [[nodiscard]] bool closed();
    /// Everything until the end.
    [[nodiscard]] std::string read_all();
    Reply ask(std::string_view request) {
        send(request);
        return read(request.starts_with("HEAD"));
    }

private:
    bool fill();
    int descriptor_;
    std::string buffer_;
};

class TestServer {
public:
    /// On any port by default.
    explicit TestServer(ServerOptions options = {.port = 0}, std::shared_ptr<Server::Peers> peers = nullptr);
    ~TestServer();

    TestApplication application;
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] Server& server() { return server_; }
    /// Waits until the application has had so many requests: a connection that is made is not yet one that is
    /// accepted.
    void wait_handled(std::size_t count);
    /// Waits until no connection is left.
    void wait_empty();

private:
    base::SystemClock clock_;
    base::asio::io_context io_;
    Server server_;
    std::thread thread_;
};

}  // namespace http::test
