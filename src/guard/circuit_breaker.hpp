// Stops asking a dependency that keeps failing and finds out with single probes when it answers again. Pure:
// time is an argument.
//
//   state     | what happens                                | next
//   closed    | success                                     | closed, failures in a row = 0
//   closed    | failure, fewer than `failures` in a row     | closed
//   closed    | failure number `failures` in a row          | open until now + open_time
//   open      | try_pass before that time                   | open, refused
//   open      | try_pass from that time on                  | half_open, this call is the probe
//   half_open | try_pass while the probe is out             | half_open, refused
//   half_open | try_pass, probe abandoned or out too long   | half_open, this call is the probe
//   half_open | success, fewer than `successes` in a row    | half_open, the next call is a probe
//   half_open | success number `successes` in a row         | closed
//   half_open | failure of the probe                        | open until now + open_time
//   any       | outcome of a call that an earlier state let through | nothing: it says nothing about now
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace guard {

struct CircuitBreakerOptions {
    unsigned failures = 5;   ///< in a row that open it; at least 1
    unsigned successes = 3;  ///< probes in a row that close it; at least 1
    /// How long nobody is let through; also how long a probe may be out before another one goes.
    std::chrono::milliseconds open_time{60'000};
};

class CircuitBreaker {
public:
    enum class State : std::uint8_t { closed, open, half_open };
    /// Permission for one call; its outcome is to be told with it.
    struct Pass {
        std::uint64_t epoch = 0;
    };

    explicit CircuitBreaker(CircuitBreakerOptions options);

    /// Nothing: do not call.
    [[nodiscard]] std::optional<Pass> try_pass(base::SteadyTime now);
    void succeed(Pass pass);
    void fail(Pass pass, base::SteadyTime now);
    /// The call ended without saying anything about the dependency.
    void abandon(Pass pass);

    [[nodiscard]] State state() const { return state_; }
    /// Until the next call may pass; zero when one may pass now.
    [[nodiscard]] base::SteadyTime::duration retry_after(base::SteadyTime now) const;

private:
    void enter(State state);

    CircuitBreakerOptions options_;
    State state_ = State::closed;
    unsigned count_ = 0;       ///< closed: failures in a row; half_open: successes in a row
    std::uint64_t epoch_ = 0;  ///< grows with every change of state and every probe
    bool is_probing_ = false;
    base::SteadyTime until_{};  ///< open: of refusing; half_open: of waiting for the probe
};

}  // namespace guard
