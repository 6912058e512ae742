#include "base/single_flight.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/clock.hpp"

namespace base {

struct SingleFlight::Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : timer(executor, SteadyTime::max()) {}
    asio::steady_timer timer;
    bool is_over = false;
};

SingleFlight::Lead::Lead(SingleFlight& flights, std::string key, std::shared_ptr<Flight> flight)
    : flights_(&flights), key_(std::move(key)), flight_(std::move(flight)) {}

SingleFlight::Lead::~Lead() {
    if (!flight_) return;
    flights_->flights_.erase(key_);
    for (const auto& waiter : flight_->waiters) {
        waiter->is_over = true;
        waiter->timer.cancel();
    }
}

void SingleFlight::Lead::fail(Error error) {
    flight_->failed = std::move(error);
}

Task<SingleFlight::Joined> SingleFlight::join(std::string key) {
    const auto [place, is_new] = flights_.try_emplace(key);
    if (is_new) {
        place->second = std::make_shared<Flight>();
        co_return Joined{.lead = Lead(*this, std::move(key), place->second)};
    }
    const std::shared_ptr<Flight> flight = place->second;
    // Its end cannot come before the wait has begun: it comes from this thread.
    const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
    flight->waiters.push_back(waiter);
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return Joined{.failed = flight->failed, .was_cancelled = !waiter->is_over};
}

}  // namespace base
