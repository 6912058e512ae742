// Keeps the private services running: starts them, restarts what dies, stops them in reverse order.
// Owned by main; knows nothing of what the services are.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/child_process.hpp"
#include "base/clock.hpp"

namespace base {

/// A service that a Supervisor can run. All three are called on the supervisor's thread only.
class Supervised {
public:
    virtual ~Supervised() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Cleans up what an earlier run left, starts the service and returns when it answers. `give_up` becomes
    /// true when the wait is to be ended; the error is then of no interest.
    [[nodiscard]] virtual std::expected<ChildProcess, std::string> launch(
        const std::atomic<bool>& give_up) = 0;
    /// Ends it in its gentlest way that has an end; blocks until it has ended.
    virtual void stop(ChildProcess& child) = 0;
    /// What it writes its messages to; kept below `Supervisor::kLogBytesMax`.
    [[nodiscard]] virtual std::filesystem::path log_file() const = 0;
};

/// Wait before the next attempt to start a service: nothing before it ever failed, then 0.1 s doubling to 10
/// s. A service that ran for a minute starts from the beginning again.
[[nodiscard]] std::chrono::milliseconds restart_delay(std::chrono::milliseconds previous,
                                                      SteadyTime::duration uptime);

/// Keeps a log bounded: one that is larger than `limit_bytes` is copied to FILE.1 and emptied. Its writer has
/// it open for appending, so that nothing but what it writes during the copy is lost.
void bound_log(const std::filesystem::path& file, std::uintmax_t limit_bytes);

class Supervisor {
public:
    static constexpr std::uintmax_t kLogBytesMax = std::uintmax_t{8} << 20U;

    /// The services outlive the supervisor; they are started in this order.
    Supervisor(std::vector<Supervised*> services, const Clock& clock);
    /// As `stop`.
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Returns when all answer; when one cannot start, the others are stopped again. Call it once.
    [[nodiscard]] std::expected<void, std::string> start();
    /// Stops all, last started first, and returns when they have ended. May be called again and from any
    /// thread; a service that is being restarted at the moment is given up.
    void stop();
    /// How many times a service has been started again. Thread-safe.
    [[nodiscard]] std::uint64_t restarts() const { return restarts_.load(); }

private:
    struct Slot {
        Supervised* service = nullptr;
        std::optional<ChildProcess> child = {};
        SteadyTime started{};
        SteadyTime next_attempt{};
        std::chrono::milliseconds delay{};
    };
    void run();
    std::expected<void, std::string> start_all();
    void watch();
    void wait_for_event() const;
    void look_after(Slot& slot);
    void stop_all();

    std::vector<Slot> slots_;
    const Clock& clock_;
    FileDescriptor wake_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> restarts_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::expected<void, std::string>> outcome_;  // of start_all; guarded by mutex_
    std::thread thread_;                                       // guarded by mutex_ once started
};

}  // namespace base
