#include "cache/flights.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace cache {

namespace asio = base::asio;

Flights::Lead::Lead(Flights& flights, std::string key, std::shared_ptr<Flight> flight)
    : flights_(&flights), key_(std::move(key)), flight_(std::move(flight)) {}

Flights::Lead::Lead(Lead&& other) noexcept
    : flights_(other.flights_), key_(std::move(other.key_)), flight_(std::move(other.flight_)) {}

Flights::Lead::~Lead() {
    finish(nullptr);
}

void Flights::Lead::finish(AnswerPointer answer) {
    if (!flight_) return;
    flights_->end(key_, std::exchange(flight_, nullptr), std::move(answer));
}

base::Task<Flights::Joined> Flights::join(std::string key, std::chrono::milliseconds patience) {
    std::shared_ptr<Flight> flight;
    std::shared_ptr<Waiter> waiter;
    const auto executor = co_await asio::this_coro::executor;
    {
        const std::lock_guard lock(mutex_);
        const auto [place, is_new] = flights_.try_emplace(key);
        if (is_new) {
            place->second = flight = std::make_shared<Flight>();
        } else {
            flight = place->second;
            waiter = std::make_shared<Waiter>(executor);
            flight->waiters.push_back(waiter);
        }
    }
    if (!waiter) co_return Joined{Lead(*this, std::move(key), std::move(flight)), nullptr};
    // The end of the flight is posted to this thread, so it cannot come before the wait has begun.
    waiter->timer.expires_after(patience);
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const std::lock_guard lock(mutex_);
    if (!flight->done) std::erase(flight->waiters, waiter);
    co_return Joined{std::nullopt, flight->answer};
}

void Flights::end(const std::string& key, const std::shared_ptr<Flight>& flight, AnswerPointer answer) {
    std::vector<std::shared_ptr<Waiter>> waiters;
    {
        const std::lock_guard lock(mutex_);
        flight->done = true;
        flight->answer = std::move(answer);
        waiters.swap(flight->waiters);
        flights_.erase(key);
    }
    for (const auto& waiter : waiters)
        asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); });
}

std::size_t Flights::size() const {
    const std::lock_guard lock(mutex_);
    return flights_.size();
}

}  // namespace cache
