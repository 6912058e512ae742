#include "redis/private_server.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/log.hpp"

namespace redis {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Outcome = std::expected<void, std::string>;

constexpr auto kPollInterval = 10ms;

fs::path socket_path(const base::DataDir& data_dir) {
    return data_dir.sockets() / "redis.sock";
}

}  // namespace

std::string private_url(const base::DataDir& data_dir) {
    return "unix://" + socket_path(data_dir).string();
}

bool answers_ping(const fs::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& path = socket.native();
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const base::FileDescriptor peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    setsockopt(peer.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(peer.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    constexpr std::string_view kPing = "PING\r\n";
    if (send(peer.get(), kPing.data(), kPing.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kPing.size()))
        return false;
    std::array<char, 5> answer{};
    return recv(peer.get(), answer.data(), answer.size(), MSG_WAITALL) == 5 &&
           std::string_view(answer.data(), answer.size()) == "+PONG";
}

PrivateServer::PrivateServer(PrivateServerOptions options) : options_(std::move(options)) {}

fs::path PrivateServer::socket() const {
    return socket_path(options_.data_dir);
}

fs::path PrivateServer::directory() const {
    return options_.data_dir.services() / "redis";
}

fs::path PrivateServer::log_file() const {
    return options_.data_dir.path() / "redis.log";
}

std::vector<std::string> PrivateServer::command() const {
    // A process title that names the socket is how a later run recognises what this one left.
    return {options_.program,
            "--port",
            "0",
            "--unixsocket",
            socket(),
            "--unixsocketperm",
            "700",
            "--dir",
            directory(),
            "--save",
            "",
            "--appendonly",
            "no",
            "--maxmemory",
            std::to_string(options_.memory_bytes_max),
            "--maxmemory-policy",
            "allkeys-lru",
            "--daemonize",
            "no",
            "--set-proc-title",
            "yes",
            "--proc-title-template",
            "{title} {listen-addr}"};
}

std::expected<base::ChildProcess, std::string> PrivateServer::launch(const std::atomic<bool>& give_up) {
    const auto failed = [](const std::string& why) { return std::unexpected("private Redis: " + why); };
    Outcome ready = clear_leftovers();
    if (ready && !fs::exists(directory())) ready = options_.data_dir.make_for_services(directory());
    if (!ready) return failed(ready.error());
    auto child = base::ChildProcess::start({
        .command = command(),
        .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"},
        .directory = directory(),
        .output = log_file(),
        .user = options_.data_dir.service_user(),
        .death_signal = SIGTERM,
    });
    if (!child) return failed(child.error() + " (package redis-server; or set REDIS_URL)");

    const auto end = std::chrono::steady_clock::now() + options_.start_timeout;
    while (!answers_ping(socket())) {
        if (const auto status = child->wait_for(kPollInterval)) {
            return failed(base::describe_status(*status) + ": " + base::read_tail(log_file(), 1000));
        }
        if (give_up || std::chrono::steady_clock::now() > end) {
            stop(*child);
            return failed(fmt::format("does not answer within {} s", options_.start_timeout.count()));
        }
    }
    return child;
}

Outcome PrivateServer::clear_leftovers() const {
    const auto path = socket().string();
    const auto& user = options_.data_dir.service_user();
    const uid_t uid = user ? user->uid : geteuid();
    const base::ProcessMatch ours = [&](std::string_view line) {
        return line.contains("redis-server") && line.contains(path);
    };
    for (const int signal : {SIGTERM, SIGKILL}) {
        if (base::find_processes(ours, uid).empty()) return {};
        base::log::warn("stopping the Redis that an earlier run left", {{"socket", path}});
        base::signal_processes(ours, uid, signal);
        if (base::wait_for_no_process(ours, uid, options_.stop_timeout)) return {};
    }
    return std::unexpected("an earlier server on " + path + " cannot be stopped");
}

void PrivateServer::stop(base::ChildProcess& child) {
    base::stop_child(child, {{.signal = SIGTERM, .patience = options_.stop_timeout},
                             {.signal = SIGKILL, .patience = 10s}});
}

}  // namespace redis
