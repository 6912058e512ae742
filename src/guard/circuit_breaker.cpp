#include "guard/circuit_breaker.hpp"

#include <algorithm>

namespace guard {

CircuitBreaker::CircuitBreaker(CircuitBreakerOptions options) : options_(options) {
    options_.failures = std::max(options_.failures, 1U);
    options_.successes = std::max(options_.successes, 1U);
}

void CircuitBreaker::enter(State state) {
    state_ = state;
    count_ = 0;
    is_probing_ = false;
    ++epoch_;
}

std::optional<CircuitBreaker::Pass> CircuitBreaker::try_pass(base::SteadyTime now) {
    if (state_ == State::closed) return Pass{epoch_};
    if (state_ == State::open) {
        if (now < until_) return std::nullopt;
        enter(State::half_open);
    } else if (is_probing_ && now < until_) {
        return std::nullopt;
    }
    is_probing_ = true;
    until_ = now + options_.open_time;
    return Pass{++epoch_};
}

void CircuitBreaker::succeed(Pass pass) {
    if (pass.epoch != epoch_) return;
    if (state_ == State::closed) {
        count_ = 0;
        return;
    }
    is_probing_ = false;
    ++epoch_;
    if (++count_ >= options_.successes) enter(State::closed);
}

void CircuitBreaker::fail(Pass pass, base::SteadyTime now) {
    if (pass.epoch != epoch_) return;
    if (state_ == State::closed && ++count_ < options_.failures) return;
    enter(State::open);
    until_ = now + options_.open_time;
}

void CircuitBreaker::abandon(Pass pass) {
    if (pass.epoch != epoch_ || state_ != State::half_open) return;
    is_probing_ = false;
    ++epoch_;
}

base::SteadyTime::duration CircuitBreaker::retry_after(base::SteadyTime now) const {
    const bool refuses = state_ == State::open || (state_ == State::half_open && is_probing_);
    return refuses && now < until_ ? until_ - now : base::SteadyTime::duration::zero();
}

}  // namespace guard
