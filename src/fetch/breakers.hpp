// One circuit breaker per host, shared by all threads of the process. Hosts come from the configuration, so
// there are few.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "guard/circuit_breaker.hpp"

namespace fetch {

class Breakers {
public:
    explicit Breakers(guard::CircuitBreakerOptions options) : options_(options) {}

    /// Nothing: do not call; `retry_after` says for how long.
    [[nodiscard]] std::optional<guard::CircuitBreaker::Pass> try_pass(std::string_view host,
                                                                      base::SteadyTime now);
    void succeed(std::string_view host, guard::CircuitBreaker::Pass pass);
    void fail(std::string_view host, guard::CircuitBreaker::Pass pass, base::SteadyTime now);
    void abandon(std::string_view host, guard::CircuitBreaker::Pass pass);
    [[nodiscard]] guard::CircuitBreaker::State state(std::string_view host) const;
    /// Of every host that was asked, by name.
    [[nodiscard]] std::map<std::string, guard::CircuitBreaker::State> states() const;
    [[nodiscard]] base::SteadyTime::duration retry_after(std::string_view host, base::SteadyTime now) const;

private:
    guard::CircuitBreaker& of(std::string_view host);

    guard::CircuitBreakerOptions options_;
    mutable std::mutex mutex_;
    std::map<std::string, guard::CircuitBreaker, std::less<>> breakers_;
};

}  // namespace fetch
