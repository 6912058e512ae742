// How many requests one worker works on at a time. Who finds no place waits in a bounded queue or is refused
// at once, so that what is admitted is answered in time however much arrives (guard/adaptive_limit,
// wait_queue). The answers that need no work do not come here.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "base/task.hpp"
#include "guard/adaptive_limit.hpp"
#include "guard/wait_queue.hpp"

namespace app {

struct GateOptions {
    guard::AdaptiveLimitOptions limit;
    guard::WaitQueueOptions queue;
};

/// For the thread that runs `io` only.
class Gate {
    class State;

public:
    /// A place; its end lets the next one in.
    class Pass {
    public:
        Pass(std::shared_ptr<State> state, guard::AdaptiveLimit::Start start);
        Pass(Pass&& other) noexcept = default;
        Pass& operator=(Pass&&) = delete;
        ~Pass();
        /// What took this long says nothing about the load: the request was refused or failed.
        void discount() { counts_ = false; }

    private:
        std::shared_ptr<State> state_;
        guard::AdaptiveLimit::Start start_;
        bool counts_ = true;
    };

    /// `kinds`: of requests, each with latencies of its own. `clock` must outlive it.
    Gate(base::asio::io_context& io, GateOptions options, std::size_t kinds, const base::Clock& clock);
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// A place, perhaps after a wait; nothing: refused.
    base::Task<std::optional<Pass>> enter(std::size_t kind);
    /// Whoever comes now is refused.
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] std::size_t in_progress() const;
    [[nodiscard]] std::size_t waiting() const;
    /// Refuses all that wait and all that come.
    void stop();

private:
    std::shared_ptr<State> state_;
};

}  // namespace app
