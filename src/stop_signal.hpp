// SIGTERM and SIGINT (contract 7 "stop").
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace app {

/// Waits for the signals on a thread of its own. Make it before any other thread, so that all threads block
/// them. The second signal ends the process at once, with the status that shells give to it; the private
/// services see the end of their parent and follow.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// Blocks until the first signal.
    void wait();
    [[nodiscard]] bool requested() const;
    /// Called once on a thread of its own when the first signal comes, or at once if it has.
    void on_request(std::function<void()> action);
    /// Nothing is called any more; a call that is being made has ended when this returns.
    void forget_action();

private:
    void listen(const std::stop_token& end);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool requested_ = false;
    std::function<void()> action_;
    std::jthread actor_;  ///< runs the action, so that a second signal is seen meanwhile; guarded by mutex_
    std::jthread thread_;
};

}  // namespace app
