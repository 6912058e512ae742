// Who waits for a place, in the order of arrival, bounded in number and in time. Pure: time is an argument;
// the driver resumes or refuses whoever a ticket stands for.
//
// The bound in time is CoDel's (RFC 8289) in its form for servers: a queue that was empty within the last
// `interval` is a burst, which may wait that long; one that has not been empty for longer is a standing
// queue, which adds nothing but delay, so that each member may wait `target` only. Up to `tolerated` members
// are no queue worth speaking of: so few clients at a time are served, however slow the machine, and each may
// wait `longest`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"

namespace guard {

struct WaitQueueOptions {
    std::size_t max = 256;  ///< members
    std::chrono::milliseconds interval{100};
    std::chrono::milliseconds target{5};
    std::size_t tolerated = 0;
    std::chrono::milliseconds longest{5'000};
};

class WaitQueue {
public:
    using Ticket = std::uint64_t;

    explicit WaitQueue(WaitQueueOptions options) : options_(options) {}

    /// Nothing: the queue is full.
    [[nodiscard]] std::optional<Ticket> push(base::SteadyTime now);
    /// The member that has waited longest, which leaves; nothing when there is none. Call `pop_overdue` until
    /// it is empty before.
    [[nodiscard]] std::optional<Ticket> pop(base::SteadyTime now);
    /// A member that has waited longer than is allowed, which leaves; nothing when there is none.
    [[nodiscard]] std::optional<Ticket> pop_overdue(base::SteadyTime now);
    /// Takes a member out that no longer waits; nothing happens when it has left already.
    void remove(Ticket ticket, base::SteadyTime now);

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] bool empty() const { return members_.empty(); }
    [[nodiscard]] bool is_full() const { return members_.size() >= options_.max; }
    /// How long a member may wait at the moment.
    [[nodiscard]] std::chrono::milliseconds patience(base::SteadyTime now) const;

private:
    struct Member {
        Ticket ticket;
        base::SteadyTime since;
    };
    Ticket take_front(base::SteadyTime now);

    WaitQueueOptions options_;
    std::deque<Member> members_;
    Ticket last_ = 0;
    base::SteadyTime last_empty_{};
};

}  // namespace guard
