#include "systemd.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <future>
#include <optional>

#include "base/temporary_dir.hpp"

namespace app {
namespace {

using namespace std::chrono_literals;

/// The service manager's end.
class Listener {
public:
    Listener() : path_((directory_.path() / "notify").string()), socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        EXPECT_EQ(::bind(socket_.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                         sizeof address),
                  0);
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// The next message; nothing when there is none within that time.
    [[nodiscard]] std::optional<std::string> next(std::chrono::milliseconds patience) const {
        pollfd descriptor{.fd = socket_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&descriptor, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
        std::string text(100, '\0');
        text.resize(static_cast<std::size_t>(::recv(socket_.get(), text.data(), text.size(), 0)));
        return text;
    }

private:
    base::TemporaryDir directory_;
    std::string path_;
    base::FileDescriptor socket_;
};

/// A thread that runs an io_context.
struct Loop {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    std::jthread thread{[this] { io.run(); }};
    ~Loop() { io.stop(); }
};

TEST(Systemd, SaysWhatItIsToldTo) {
    const Listener listener;
    const Systemd systemd({.socket = listener.path()});
    systemd.tell("READY=1");
    EXPECT_EQ(listener.next(1s), "READY=1");
}

TEST(Systemd, IsSilentWithoutAListener) {
    Systemd({}).tell("READY=1");
    Systemd({.socket = "/nonexistent/notify"}).tell("READY=1");
    Systemd({.socket = std::string(200, '/')}).tell("READY=1");
    Systemd({.socket = "relative"}).tell("READY=1");
}

TEST(Systemd, TakesItsVariablesAway) {
    ::setenv("NOTIFY_SOCKET", "@name", 1);
    ::setenv("WATCHDOG_USEC", "2500000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    const SystemdOptions options = take_systemd_options();
    EXPECT_EQ(options.socket, "@name");
    EXPECT_EQ(options.watchdog, 2500ms);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
        EXPECT_EQ(std::getenv(name), nullptr);
    ::setenv("WATCHDOG_USEC", "2500000", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(take_systemd_options().watchdog, 0ms) << "of somebody else";
    ::setenv("WATCHDOG_USEC", "soon", 1);
    EXPECT_EQ(take_systemd_options().watchdog, 0ms);
}

TEST(Watchdog, EndsItsSignsOfLifeWhileALoopIsStuck) {
    const Listener listener;
    const Systemd systemd({.socket = listener.path(), .watchdog = 200ms});
    Loop good;
    Loop stuck;
    const Watchdog watchdog(systemd, {&good.io, &stuck.io});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(listener.next(5s), "WATCHDOG=1");
    std::promise<void> reached;
    std::promise<void> release;
    boost::asio::post(stuck.io, [&] {
        reached.set_value();
        release.get_future().wait();
    });
    reached.get_future().wait();
    // Two may still be on their way.
    int late = 0;
    while (listener.next(300ms))
        ASSERT_LE(++late, 2);
    release.set_value();
    EXPECT_EQ(listener.next(5s), "WATCHDOG=1");
}

TEST(Watchdog, IsSilentWhenNobodyWatches) {
    const Listener listener;
    const Systemd systemd({.socket = listener.path()});
    Loop loop;
    const Watchdog watchdog(systemd, {&loop.io});
    EXPECT_FALSE(listener.next(100ms));
}

}  // namespace
}  // namespace app
