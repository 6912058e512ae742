#include "fetch/breakers.hpp"

#include "base/log.hpp"

namespace fetch {

using guard::CircuitBreaker;

CircuitBreaker& Breakers::of(std::string_view host) {
    const auto found = breakers_.find(host);
    if (found != breakers_.end()) return found->second;
    return breakers_.emplace(host, CircuitBreaker(options_)).first->second;
}

std::optional<CircuitBreaker::Pass> Breakers::try_pass(std::string_view host, base::SteadyTime now) {
    const std::scoped_lock lock(mutex_);
    return of(host).try_pass(now);
}

void Breakers::succeed(std::string_view host, CircuitBreaker::Pass pass) {
    const std::scoped_lock lock(mutex_);
    CircuitBreaker& breaker = of(host);
    const bool was_closed = breaker.state() == CircuitBreaker::State::closed;
    breaker.succeed(pass);
    if (!was_closed && breaker.state() == CircuitBreaker::State::closed)
        base::log::info("a host answers again", {{"host", host}});
}

void Breakers::fail(std::string_view host, CircuitBreaker::Pass pass, base::SteadyTime now) {
    const std::scoped_lock lock(mutex_);
    CircuitBreaker& breaker = of(host);
    const bool was_closed = breaker.state() == CircuitBreaker::State::closed;
    breaker.fail(pass, now);
    if (was_closed && breaker.state() == CircuitBreaker::State::open)
        base::log::warn("a host keeps failing and is left alone for a while", {{"host", host}});
}

void Breakers::abandon(std::string_view host, CircuitBreaker::Pass pass) {
    const std::scoped_lock lock(mutex_);
    of(host).abandon(pass);
}

CircuitBreaker::State Breakers::state(std::string_view host) const {
    const std::scoped_lock lock(mutex_);
    const auto found = breakers_.find(host);
    return found == breakers_.end() ? CircuitBreaker::State::closed : found->second.state();
}

std::map<std::string, guard::CircuitBreaker::State> Breakers::states() const {
    std::map<std::string, guard::CircuitBreaker::State> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& [host, breaker] : breakers_)
        out.emplace(host, breaker.state());
    return out;
}

base::SteadyTime::duration Breakers::retry_after(std::string_view host, base::SteadyTime now) const {
    const std::scoped_lock lock(mutex_);
    const auto found = breakers_.find(host);
    return found == breakers_.end() ? base::SteadyTime::duration::zero() : found->second.retry_after(now);
}

}  // namespace fetch
