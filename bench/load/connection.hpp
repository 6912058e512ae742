// One HTTP/1.1 client connection with at most one request under way. Non-blocking; the caller polls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace load {

class Connection {
public:
    /// What a call of `read` or `write` led to.
    enum class Outcome : unsigned char { more, answered, broken };

    explicit Connection(std::uint16_t port) : port_(port) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Connects anew. False: refused.
    bool open();
    void close();
    /// Sends a request; its answer becomes what `read` waits for.
    Outcome send(std::string_view request);
    /// Reads what is there. `answered`: status() holds, and the connection is free unless `must_close()`.
    Outcome read();
    /// Sends what did not fit.
    Outcome write();

    [[nodiscard]] int socket() const { return socket_; }
    [[nodiscard]] bool has_unsent() const { return sent_ < out_.size(); }
    [[nodiscard]] unsigned status() const { return status_; }
    [[nodiscard]] bool must_close() const { return must_close_; }

private:
    bool read_header();

    std::uint16_t port_;
    int socket_ = -1;
    std::string out_;
    std::size_t sent_ = 0;
    std::string header_;  ///< as far as received
    bool in_body_ = false;
    std::size_t body_left_ = 0;
    unsigned status_ = 0;
    bool must_close_ = false;
};

}  // namespace load
