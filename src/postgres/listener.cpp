#include "postgres/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postgres {
namespace {

namespace asio = base::asio;

constexpr std::chrono::milliseconds kRetry{500};
/// A connection that died without a word is noticed within this.
constexpr std::chrono::seconds kHeartbeat{15};

const Statement kAlive{"", "SELECT 1", {}, Access::read};

}  // namespace

Listener::Listener(asio::io_context& io, ConnectionOptions connection, std::string channel, Events events,
                   const base::Clock& clock)
    : io_(io),
      options_(std::move(connection)),
      sql_("LISTEN " + channel),
      events_(std::move(events)),
      clock_(clock),
      timer_(io) {}

Listener::~Listener() {
    stop();
}

void Listener::start() {
    if (!options_.named_statements || alive_) return;
    alive_ = std::make_shared<bool>(true);
    asio::co_spawn(io_, run(alive_), asio::detached);
}

void Listener::stop() {
    alive_.reset();
    timer_.cancel();
    if (connection_) connection_->abort();
    connection_.reset();
    listening_ = false;
}

void Listener::tell(bool listening) {
    if (listening_ == listening) return;
    listening_ = listening;
    events_.state(listening);
}

base::Task<bool> Listener::open() {
    const std::weak_ptr<bool> alive = alive_;
    auto opened = co_await Connection::open(io_, options_, clock_);
    if (!opened || alive.expired()) co_return false;
    connection_ = std::move(*opened);
    connection_->listen({.answered = {},
                         .broken =
                             [this, alive] {
                                 if (!alive.expired()) timer_.cancel();
                             },
                         .abandoned = {},
                         .notified = [this](std::string_view payload) { events_.notified(payload); }});
    Commands commands;
    commands.push_back({Statement{"", sql_, {}, Access::write}, {}, {}});
    const auto connection = connection_;  // `stop` may drop it meanwhile
    co_return (co_await connection->run(std::move(commands))).has_value();
}

base::Task<void> Listener::run(std::weak_ptr<bool> alive) {
    while (!alive.expired()) {
        const bool opened = co_await open();
        if (alive.expired()) co_return;
        tell(opened);
        while (opened && !connection_->broken()) {
            timer_.expires_after(kHeartbeat);
            co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
            if (alive.expired()) co_return;
            if (connection_->broken()) break;
            Commands commands;
            commands.push_back({kAlive, {}, {}});
            const auto connection = connection_;
            const auto answered = co_await connection->run(
                std::move(commands),
                {.deadline = clock_.steady() + options_.connect_timeout, .may_leave = true});
            if (alive.expired()) co_return;
            if (!answered) connection_->abort();
        }
        tell(false);
        timer_.expires_after(kRetry);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace postgres
