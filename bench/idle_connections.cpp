// xbm_idle_connections PORT COUNT FILE: opens COUNT connections to 127.0.0.1:PORT, sends the request in FILE
// on each and reads its answer, then prints `ready` and keeps them until standard input ends. Last it prints
// how many are still open.
#include <cerrno>
#include <string_view>
#include <vector>

#include "sockets.hpp"

namespace {

using bench::die;

int open_connection(std::uint16_t port) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) die("socket");
    const sockaddr_in address = bench::loopback(port);
    if (connect(connection, bench::general(address), sizeof address) != 0) die("connect");
    return connection;
}

/// Reads one answer with a Content-Length.
void read_answer(int connection) {
    std::string bytes;
    std::size_t whole = std::string::npos;
    while (bytes.size() < whole) {
        char buffer[16 * 1024];
        const ssize_t size = recv(connection, buffer, sizeof buffer, 0);
        if (size <= 0) die("recv");
        bytes.append(buffer, static_cast<std::size_t>(size));
        const std::size_t end = bytes.find("\r\n\r\n");
        if (whole != std::string::npos || end == std::string::npos) continue;
        constexpr std::string_view kName = "\r\nContent-Length: ";
        const std::size_t field = bytes.find(kName);
        if (!bytes.starts_with("HTTP/1.1 200") || field == std::string::npos) {
            std::fputs("the answer is not 200 with a Content-Length\n", stderr);
            std::exit(1);
        }
        whole = end + 4 + std::stoul(bytes.substr(field + kName.size()));
    }
}

bool is_open(int connection) {
    char byte = 0;
    return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: xbm_idle_connections PORT COUNT FILE\n", stderr);
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[1]));
    const std::string request = bench::read_file(argv[3]);
    std::vector<int> connections(std::stoul(argv[2]));
    for (int& connection : connections) {
        connection = open_connection(port);
        if (send(connection, request.data(), request.size(), MSG_NOSIGNAL) < 0) die("send");
        read_answer(connection);
    }
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    std::size_t open = 0;
    for (const int connection : connections)
        open += is_open(connection) ? 1 : 0;
    std::printf("%zu\n", open);
}
