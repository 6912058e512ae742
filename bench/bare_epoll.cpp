// xbm_bare_epoll FILE: the reference of the rows hit…: answers every request with the bytes of FILE (a whole
// HTTP response) on a free port of 127.0.0.1, which it prints. One thread; epoll, accept, recv, send; of a
// request only its end (an empty line) is looked for, so that requests without a body may be pipelined.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "sockets.hpp"

namespace {

using bench::die;

constexpr int kEventsMax = 512;
constexpr std::size_t kCopies = 16;  ///< of the answer, one behind the other, for pipelined requests

struct Connection {
    int socket = -1;
    unsigned matched = 0;         ///< bytes of the empty line seen
    std::size_t owed_bytes = 0;   ///< not yet sent
    std::size_t sent_bytes = 0;   ///< of the answer that is being sent
    bool waits_to_write = false;  ///< registered for EPOLLOUT
};

class Server {
public:
    explicit Server(std::string answer) : answer_bytes_(answer.size()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < kCopies; ++i)
            copies_ += answer;
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address = bench::loopback(0);
        if (listener_ < 0 || bind(listener_, bench::general(address), sizeof address) != 0) die("bind");
        if (listen(listener_, 4096) != 0) die("listen");
        socklen_t size = sizeof address;
        getsockname(listener_, static_cast<sockaddr*>(static_cast<void*>(&address)), &size);
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
        std::printf("%u\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, kEventsMax> events{};
        for (;;) {
            const int count = epoll_wait(epoll_, events.data(), kEventsMax, -1);
            for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
                if (events[i].data.fd == listener_) {
                    accept_all();
                } else {
                    serve(*connections_[static_cast<std::size_t>(events[i].data.fd)]);
                }
            }
        }
    }

private:
    void watch(int operation, int socket, std::uint32_t wanted) const {
        epoll_event event{};
        event.events = wanted;
        event.data.fd = socket;
        epoll_ctl(epoll_, operation, socket, &event);
    }

    void accept_all() {
        for (;;) {
            const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0) return;
            bench::set_no_delay(socket);
            const auto index = static_cast<std::size_t>(socket);
            if (connections_.size() <= index) connections_.resize(index + 1);
            connections_[index] = std::make_unique<Connection>(Connection{.socket = socket});
            watch(EPOLL_CTL_ADD, socket, EPOLLIN);
        }
    }

    void serve(Connection& connection) {
        std::array<char, 16 * 1024> buffer;
        const ssize_t size = recv(connection.socket, buffer.data(), buffer.size(), 0);
        if (size == 0 || (size < 0 && errno != EAGAIN)) {
            close(connection.socket);
            return;
        }
        for (ssize_t i = 0; i < size; ++i)
            connection.owed_bytes += count_end(connection, buffer[static_cast<std::size_t>(i)]);
        if (connection.owed_bytes > 0) send_owed(connection);
    }

    /// The bytes that are owed for this byte of a request: an answer's, or none.
    std::size_t count_end(Connection& connection, char byte) const {
        constexpr std::string_view kEnd = "\r\n\r\n";
        if (byte == kEnd[connection.matched]) {
            if (++connection.matched < kEnd.size()) return 0;
            connection.matched = 0;
            return answer_bytes_;
        }
        connection.matched = byte == '\r' ? 1 : 0;
        return 0;
    }

    void send_owed(Connection& connection) const {
        while (connection.owed_bytes > 0) {
            const std::size_t size = std::min(connection.owed_bytes, copies_.size() - connection.sent_bytes);
            const ssize_t sent =
                send(connection.socket, copies_.data() + connection.sent_bytes, size, MSG_NOSIGNAL);
            if (sent < 0) break;
            connection.owed_bytes -= static_cast<std::size_t>(sent);
            connection.sent_bytes = (connection.sent_bytes + static_cast<std::size_t>(sent)) % answer_bytes_;
        }
        const bool has_rest = connection.owed_bytes > 0;
        if (has_rest == connection.waits_to_write) return;
        connection.waits_to_write = has_rest;
        watch(EPOLL_CTL_MOD, connection.socket, EPOLLIN | (has_rest ? std::uint32_t{EPOLLOUT} : 0));
    }

    std::size_t answer_bytes_;
    int epoll_;
    int listener_ = -1;
    std::string copies_;
    std::vector<std::unique_ptr<Connection>> connections_;  ///< by socket
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: xbm_bare_epoll FILE\n", stderr);
        return 2;
    }
    Server(bench::read_file(argv[1])).run();
}
