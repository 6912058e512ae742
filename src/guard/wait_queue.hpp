// Who waits for a place, in the order of arrival, bounded in number and in time. Pure: time is an argument;
// the driver resumes or refuses whoever a ticket stands for.
//
// The bound in time is CoDel's (RFC 8289) in its form for servers: a queue that was empty within the last
// `interval` is a burst, which may wait that long; one that has not been empty for longer is a standing
// queue, which adds nothing but delay, so that each member may wait `target` only. Up to `tolerated` members
// are no queue worth speaking of: so few clients at a time are served, however slow the machine, and each may
// wait `longest`; beyond them a standing queue takes nobody, since they would only wait to be refused. After
// a standing queue nothing counts as a burst for some intervals: under lasting overload arrivals pause now
// and then, and a queue that was emptied by a pause would be let grow each time.
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
    /// Whoever comes now is refused.
    [[nodiscard]] bool is_full(base::SteadyTime now) const;
    /// How long a member may wait at the moment.
    [[nodiscard]] std::chrono::milliseconds patience(base::SteadyTime now) const;

private:
    struct Member {
        Ticket ticket;
        base::SteadyTime since;
    };
    Ticket take_front(base::SteadyTime now);
    [[nodiscard]] bool is_standing(base::SteadyTime now) const {
        return !members_.empty() && (now - last_empty_ > options_.interval || now < cautious_until_);
    }
    void look(base::SteadyTime now);

    WaitQueueOptions options_;
    std::deque<Member> members_;
    Ticket last_ = 0;
    base::SteadyTime last_empty_{};
    base::SteadyTime cautious_until_{};
};

}  // namespace guard
