#include "stop_signal.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/log.hpp"

namespace app {
namespace {

// How soon the thread notices that the program ends without a signal.
constexpr timespec kPoll{.tv_sec = 0, .tv_nsec = 100'000'000};

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

}  // namespace

StopSignal::StopSignal() {
    const sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A client that leaves and a closed standard output are errors of a write, not the end.
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::jthread([this](const std::stop_token& end) { listen(end); });
}

StopSignal::~StopSignal() = default;

void StopSignal::listen(const std::stop_token& end) {
    const sigset_t set = stop_signals();
    while (!end.stop_requested()) {
        const int number = sigtimedwait(&set, nullptr, &kPoll);
        if (number < 0) continue;
        std::unique_lock lock(mutex_);
        if (requested_) _exit(128 + number);
        requested_ = true;
        if (action_) actor_ = std::jthread(std::move(action_));
        changed_.notify_all();
        lock.unlock();
        base::log::info("stopping", {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}});
    }
}

void StopSignal::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return requested_; });
}

bool StopSignal::requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
}

void StopSignal::on_request(std::function<void()> action) {
    const std::lock_guard lock(mutex_);
    if (requested_)
        actor_ = std::jthread(std::move(action));
    else
        action_ = std::move(action);
}

void StopSignal::forget_action() {
    std::unique_lock lock(mutex_);
    action_ = nullptr;
    const std::jthread actor = std::move(actor_);
    lock.unlock();
}

}  // namespace app
