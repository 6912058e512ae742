// What one request has asked of the database, while somebody wants to know (contract 1.5 "Server-Timing").
// Requests of a worker share its thread and its connections, so whoever waits for the database says again
// whose turn it is when it goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/clock.hpp"

namespace base {

struct Usage {
    std::uint32_t statements = 0;
    std::uint32_t round_trips = 0;
    std::chrono::nanoseconds database{};  ///< waited for it
};

/// Of the request that this thread works on; null: nobody wants to know.
[[nodiscard]] inline std::shared_ptr<Usage>& current_usage() {
    thread_local std::shared_ptr<Usage> current;
    return current;
}

/// One round trip to the database, or (without statements) a wait for a connection: lives in the frame of the
/// coroutine that waits for it.
class DatabaseUse {
public:
    DatabaseUse(std::size_t statements, const Clock& clock) : usage_(current_usage()), clock_(clock) {
        if (!usage_) return;
        begun_ = clock_.steady();
        usage_->statements += static_cast<std::uint32_t>(statements);
        usage_->round_trips += statements > 0 ? 1 : 0;
    }
    ~DatabaseUse() {
        if (usage_) usage_->database += clock_.steady() - begun_;
        current_usage() = std::move(usage_);
    }
    DatabaseUse(const DatabaseUse&) = delete;
    DatabaseUse& operator=(const DatabaseUse&) = delete;

private:
    std::shared_ptr<Usage> usage_;
    const Clock& clock_;
    SteadyTime begun_{};
};

}  // namespace base
