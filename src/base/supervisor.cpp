#include "base/supervisor.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <ranges>
#include <stdexcept>

#include "base/log.hpp"

namespace base {
namespace {

using namespace std::chrono_literals;

constexpr auto kDelayFirst = 100ms;
constexpr auto kDelayMax = 10'000ms;
constexpr auto kUptimeGood = 60s;
constexpr auto kLogCheckInterval = 60'000ms;

}  // namespace

std::chrono::milliseconds restart_delay(std::chrono::milliseconds previous, SteadyTime::duration uptime) {
    if (previous == 0ms || uptime >= kUptimeGood) return kDelayFirst;
    return std::min<std::chrono::milliseconds>(previous * 2, kDelayMax);
}

void bound_log(const std::filesystem::path& file, std::uintmax_t limit_bytes) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error || size <= limit_bytes) return;
    auto older = file;
    older += ".1";
    std::filesystem::copy_file(file, older, std::filesystem::copy_options::overwrite_existing, error);
    std::filesystem::resize_file(file, 0, error);
    if (error)
        log::warn("service log cannot be emptied", {{"file", file.string()}, {"reason", error.message()}});
}

Supervisor::Supervisor(std::vector<Supervised*> services, const Clock& clock)
    : clock_(clock), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw std::runtime_error("eventfd failed");
    for (auto* service : services)
        slots_.push_back({.service = service});
}

Supervisor::~Supervisor() {
    stop();
}

std::expected<void, std::string> Supervisor::start() {
    std::unique_lock lock(mutex_);
    // All children are started on this one thread, because the kernel ties their death signal to it.
    thread_ = std::thread([this] { run(); });
    changed_.wait(lock, [this] { return outcome_.has_value(); });
    return *outcome_;
}

void Supervisor::stop() {
    stopping_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
    std::thread ending;
    {
        const std::lock_guard lock(mutex_);
        std::swap(ending, thread_);
    }
    if (ending.joinable()) ending.join();
}

void Supervisor::run() {
    // Signals are the main thread's business.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);

    const auto outcome = start_all();
    {
        const std::lock_guard lock(mutex_);
        outcome_ = outcome;
    }
    changed_.notify_all();
    if (outcome) watch();
    stop_all();
}

std::expected<void, std::string> Supervisor::start_all() {
    for (auto& slot : slots_) {
        bound_log(slot.service->log_file(), kLogBytesMax);
        auto child = slot.service->launch(stopping_);
        if (!child) return std::unexpected(child.error());
        slot.child.emplace(std::move(*child));
        slot.started = clock_.steady();
        log::info("private service started", {{"service", slot.service->name()}, {"pid", slot.child->pid()}});
    }
    return {};
}

void Supervisor::watch() {
    while (!stopping_) {
        wait_for_event();
        for (auto& slot : slots_) {
            if (!stopping_) look_after(slot);
        }
    }
}

void Supervisor::wait_for_event() const {
    std::vector<pollfd> events{{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
    auto timeout = kLogCheckInterval;
    for (const auto& slot : slots_) {
        if (slot.child) {
            events.push_back({.fd = slot.child->pidfd(), .events = POLLIN, .revents = 0});
        } else {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(slot.next_attempt - clock_.steady());
            timeout = std::clamp<std::chrono::milliseconds>(left, 0ms, timeout);
        }
    }
    poll(events.data(), events.size(), static_cast<int>(timeout.count()));
}

void Supervisor::look_after(Slot& slot) {
    const auto now = clock_.steady();
    const auto name = slot.service->name();
    if (slot.child) {
        const auto status = slot.child->wait_for(0ms);
        if (!status) return bound_log(slot.service->log_file(), kLogBytesMax);
        slot.child.reset();
        slot.delay = restart_delay(slot.delay, now - slot.started);
        slot.next_attempt = now + slot.delay;
        log::error(
            "private service ended",
            {{"service", name}, {"reason", describe_status(*status)}, {"restart_in_ms", slot.delay.count()}});
        return;
    }
    if (now < slot.next_attempt) return;
    auto child = slot.service->launch(stopping_);
    slot.started = clock_.steady();
    if (!child) {
        slot.delay = restart_delay(slot.delay, 0s);
        slot.next_attempt = slot.started + slot.delay;
        log::error("private service does not start",
                   {{"service", name}, {"reason", child.error()}, {"restart_in_ms", slot.delay.count()}});
        return;
    }
    slot.child.emplace(std::move(*child));
    ++restarts_;
    log::warn("private service restarted", {{"service", name}, {"pid", slot.child->pid()}});
}

void Supervisor::stop_all() {
    for (auto& slot : slots_ | std::views::reverse) {
        if (!slot.child) continue;
        slot.service->stop(*slot.child);
        slot.child.reset();
        log::info("private service stopped", {{"service", slot.service->name()}});
    }
}

}  // namespace base
