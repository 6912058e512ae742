// What a service manager wants to be told: sd_notify(3) over its datagram socket, and a watchdog that vouches
// for the loops of the threads. Without a service manager nothing happens.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/file_descriptor.hpp"

namespace app {

/// As the service manager gives it.
struct SystemdOptions {
    std::string socket;                       ///< a path, or `@name`; empty: nobody listens
    std::chrono::milliseconds watchdog = {};  ///< longest time between two signs of life; 0: none is wanted
};

/// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that children do not speak
/// for us. Before there are threads.
[[nodiscard]] SystemdOptions take_systemd_options();

/// Any thread.
class Systemd {
public:
    explicit Systemd(SystemdOptions options);

    /// `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`. What cannot be delivered is lost.
    void tell(std::string_view state) const;
    [[nodiscard]] std::chrono::milliseconds watchdog() const { return watchdog_; }

private:
    std::chrono::milliseconds watchdog_;
    std::string address_;
    base::FileDescriptor socket_;
};

/// Tells the service manager that we live, four times in the time it grants, as long as every loop comes
/// round: one that is stuck ends the signs of life, and the service manager starts us again.
class Watchdog {
public:
    /// Starts its thread, unless nobody watches. The loops must outlive it.
    Watchdog(const Systemd& systemd, const std::vector<boost::asio::io_context*>& loops);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    struct Probe {
        boost::asio::io_context& loop;
        /// Shared with what is posted, which may outlive us.
        std::shared_ptr<std::atomic<bool>> came_round = std::make_shared<std::atomic<bool>>(true);
    };
    void watch(const std::stop_token& end);
    bool probe_all();

    const Systemd& systemd_;
    std::vector<Probe> probes_;
    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::jthread thread_;
};

}  // namespace app
