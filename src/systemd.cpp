#include "systemd.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace app {
namespace {

std::string take_variable(const char* name) {
    const char* const value = std::getenv(name);
    std::string out = value == nullptr ? std::string() : std::string(value);
    ::unsetenv(name);
    return out;
}

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

SystemdOptions take_systemd_options() {
    SystemdOptions options{.socket = take_variable("NOTIFY_SOCKET")};
    const auto watchdog = std::chrono::microseconds(number_of(take_variable("WATCHDOG_USEC")));
    const std::string pid = take_variable("WATCHDOG_PID");
    if (pid.empty() || number_of(pid) == ::getpid())
        options.watchdog = std::chrono::duration_cast<std::chrono::milliseconds>(watchdog);
    return options;
}

Systemd::Systemd(SystemdOptions options) : watchdog_(options.watchdog), address_(std::move(options.socket)) {
    const bool is_address = address_.size() > 1 && (address_.front() == '/' || address_.front() == '@') &&
                            address_.size() < sizeof(sockaddr_un::sun_path);
    if (!is_address) return;
    if (address_.front() == '@') address_.front() = '\0';  // Linux's abstract names
    socket_ = base::FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

void Systemd::tell(std::string_view state) const {
    if (!socket_) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    // A service manager that does not read must not stop us.
    ::sendto(socket_.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             static_cast<const sockaddr*>(static_cast<const void*>(&address)), length);
}

Watchdog::Watchdog(const Systemd& systemd, const std::vector<boost::asio::io_context*>& loops)
    : systemd_(systemd) {
    if (systemd_.watchdog().count() == 0) return;
    for (auto* const loop : loops)
        probes_.push_back({.loop = *loop});
    thread_ = std::jthread([this](const std::stop_token& end) { watch(end); });
}

Watchdog::~Watchdog() = default;

void Watchdog::watch(const std::stop_token& end) {
    const auto period = systemd_.watchdog() / 4;
    std::unique_lock lock(mutex_);
    while (!end.stop_requested()) {
        if (probe_all()) systemd_.tell("WATCHDOG=1");
        ended_.wait_for(lock, end, period, [] { return false; });
    }
}

/// Whether all loops came round since they were asked last; asks those again.
bool Watchdog::probe_all() {
    bool all = true;
    for (const Probe& probe : probes_) {
        if (!probe.came_round->exchange(false)) {
            all = false;  // what was posted is still waiting: nothing piles up behind it
            continue;
        }
        boost::asio::post(probe.loop, [came_round = probe.came_round] { came_round->store(true); });
    }
    return all;
}

}  // namespace app
