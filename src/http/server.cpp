#include "http/server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "http/connection.hpp"

namespace http {
namespace {

namespace asio = base::asio;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kTickMax{1000};
constexpr std::chrono::milliseconds kDrainTick{50};
/// Beyond max_connections this many at a time are told so; the rest is closed without a word.
constexpr std::size_t kRefusingMax = 64;

WriterOptions writer_options(const ServerOptions& options) {
    WriterOptions out;
    out.codings = parse_codings(options.compression);
    out.compression_min_bytes = options.compression_min_bytes;
    out.gzip_level = options.gzip_level;
    out.api_max_age_seconds = options.api_max_age_seconds;
    return out;
}

/// A quarter of the shortest time limit: no limit is overrun by more than that.
std::chrono::milliseconds tick_of(const ServerOptions& options) {
    const auto shortest = std::min({options.header_timeout, options.body_idle_timeout,
                                    options.keep_alive_timeout, options.write_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds(5), kTickMax);
}

}  // namespace

std::optional<Response> Application::try_answer(Call&) {
    return std::nullopt;
}

class Server::State : public std::enable_shared_from_this<State> {
public:
    State(asio::io_context& io, ServerOptions options, Application& application, const base::Clock& clock)
        : io_(io),
          acceptor_(io),
          timer_(io),
          environment_{options, application, clock, Writer(writer_options(options), clock)},
          tick_(tick_of(options)) {}

    std::expected<void, std::string> listen();
    void drain();
    void stop();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::size_t count() const { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] asio::io_context& io() { return io_; }
    void share(std::shared_ptr<Server::Peers> peers);
    [[nodiscard]] bool is_accepting() const { return accepting_.load(std::memory_order_relaxed); }

private:
    static base::Task<void> accept(std::shared_ptr<State> self);
    static base::Task<void> tick(std::shared_ptr<State> self);
    using Leaving = std::shared_ptr<asio::cancellation_signal>;
    /// One connection in `count`, from the moment on at which it is given to this server.
    class Place {
    public:
        explicit Place(std::shared_ptr<State> state) : state_(std::move(state)) {
            state_->count_.fetch_add(1, std::memory_order_relaxed);
        }
        Place(Place&&) noexcept = default;
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (state_) state_->count_.fetch_sub(1, std::memory_order_relaxed);
        }

    private:
        std::shared_ptr<State> state_;
    };
    static base::Task<void> serve(std::shared_ptr<State> self, Connection::Socket socket, bool refuse,
                                  Leaving leaving, Place place);
    void take(Connection::Socket socket);
    void admit(Connection::Socket socket, Place place);
    static void hand_over(Connection::Socket socket, std::shared_ptr<State> to);
    void accept_waiting();
    template <class Task>
    void spawn(Task task, asio::cancellation_slot slot = {});

    asio::io_context& io_;
    Acceptor acceptor_;
    Timer timer_;
    Environment environment_;
    std::chrono::milliseconds tick_;
    std::unordered_set<Connection*> connections_;
    std::atomic<std::size_t> count_{0};
    std::atomic<bool> accepting_{false};
    std::shared_ptr<Server::Peers> peers_;
    std::uint16_t port_ = 0;
    bool stopped_ = false;
};

class Server::Peers {
public:
    void add(std::weak_ptr<State> state) {
        const std::lock_guard lock(mutex_);
        states_.push_back(std::move(state));
    }
    /// The one with the fewest connections; null when nobody has fewer than `own`.
    [[nodiscard]] std::shared_ptr<State> find_idler(std::size_t own) const {
        const std::lock_guard lock(mutex_);
        std::shared_ptr<State> idlest;
        for (const auto& weak : states_) {
            auto state = weak.lock();
            if (!state || !state->is_accepting() || state->count() >= own) continue;
            own = state->count();
            idlest = std::move(state);
        }
        return idlest;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<State>> states_;
};

std::shared_ptr<Server::Peers> Server::make_peers() {
    return std::make_shared<Peers>();
}

void Server::State::share(std::shared_ptr<Server::Peers> peers) {
    peers_ = std::move(peers);
    peers_->add(weak_from_this());
}

template <class Task>
void Server::State::spawn(Task task, asio::cancellation_slot slot) {
    const auto ended = [](const std::exception_ptr& thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
            base::log::error("exception in a connection", {{"what", e.what()}});
        }
    };
    asio::co_spawn(io_, std::move(task), asio::bind_cancellation_slot(slot, ended));
}

std::expected<void, std::string> Server::State::listen() {
    const ServerOptions& options = environment_.options;
    boost::system::error_code ec;
    std::string host = options.host;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    auto address = asio::ip::make_address(host, ec);
    if (ec) {
        tcp::resolver resolver(io_);
        const auto found = resolver.resolve(host, std::to_string(options.port), ec);
        if (ec || found.empty()) return std::unexpected("cannot resolve the listen address \"" + host + "\"");
        address = found.begin()->endpoint().address();
    }
    const tcp::endpoint endpoint(address, options.port);
    const auto failed = [&](std::string_view what) {
        return std::unexpected("cannot " + std::string(what) + " " + options.host + " port " +
                               std::to_string(options.port) + ": " + ec.message());
    };
    if (acceptor_.open(endpoint.protocol(), ec); ec) return failed("open a socket for");
    const int on = 1;
    acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
        ec.assign(errno, boost::system::system_category());
        return failed("share");
    }
    if (acceptor_.bind(endpoint, ec); ec) return failed("bind");
    if (acceptor_.listen(kBacklog, ec); ec) return failed("listen on");
    acceptor_.non_blocking(true, ec);
    port_ = acceptor_.local_endpoint(ec).port();
    accepting_ = true;
    spawn(accept(shared_from_this()));
    spawn(tick(shared_from_this()));
    return {};
}

base::Task<void> Server::State::accept(std::shared_ptr<State> self) {
    State& state = *self;
    while (state.acceptor_.is_open()) {
        Connection::Socket socket(state.io_);
        const auto [ec] = co_await state.acceptor_.async_accept(socket, kAwait);
        if (!ec) {
            state.take(std::move(socket));
            continue;
        }
        if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) break;
        if (ec == asio::error::connection_aborted) continue;
        // No descriptors or no memory: waiting connections stay in the queue, so that asking at once would
        // spin.
        base::log::warn("accepting a connection failed", {{"error", ec.message()}});
        Timer pause(state.io_);
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kAwait);
    }
}

// The system spreads connections by a hash of their addresses, by which one worker can get twice as many of a
// few as another. A connection stays where it begins, so it begins where there are fewest.
void Server::State::take(Connection::Socket socket) {
    if (peers_ && !stopped_ && !environment_.draining) {
        if (auto idler = peers_->find_idler(count()); idler && idler.get() != this)
            return hand_over(std::move(socket), std::move(idler));
    }
    admit(std::move(socket), Place(shared_from_this()));
}

void Server::State::hand_over(Connection::Socket socket, std::shared_ptr<State> to) {
    struct Descriptor {
        explicit Descriptor(int number) : value(number) {}
        Descriptor(Descriptor&& other) noexcept : value(std::exchange(other.value, -1)) {}
        Descriptor& operator=(Descriptor&&) = delete;
        ~Descriptor() {
            if (value >= 0) ::close(value);
        }
        int value;
    };
    boost::system::error_code ec;
    const auto protocol = socket.local_endpoint(ec).protocol();
    if (ec) return;
    Descriptor descriptor(socket.release(ec));
    if (ec) return;
    Place place(to);
    asio::io_context& io = to->io_;
    asio::post(io, [to = std::move(to), protocol, descriptor = std::move(descriptor),
                    place = std::move(place)]() mutable {
        boost::system::error_code failed;
        Connection::Socket mine(to->io_);
        mine.assign(protocol, descriptor.value, failed);
        if (failed) return;
        descriptor.value = -1;
        to->admit(std::move(mine), std::move(place));
    });
}

void Server::State::admit(Connection::Socket socket, Place place) {
    const std::size_t most = environment_.options.max_connections;
    const std::size_t now = count();  // with this one
    if (stopped_ || now > most + kRefusingMax) return;
    auto leaving = std::make_shared<asio::cancellation_signal>();
    const auto slot = leaving->slot();
    spawn(serve(shared_from_this(), std::move(socket), now > most, std::move(leaving), std::move(place)),
          slot);
}

// SAFETY: the signal lives in this frame, which is what its slot is bound to.
base::Task<void> Server::State::serve(std::shared_ptr<State> self, Connection::Socket socket, bool refuse,
                                      Leaving leaving, Place place) {
    const Place counted(std::move(place));
    Connection connection(std::move(socket), self->environment_, *leaving);
    // Also when the io_context is destroyed and this frame with it.
    struct Membership {
        State& state;
        Connection& connection;
        Membership(State& s, Connection& c) : state(s), connection(c) {
            state.connections_.insert(&connection);
        }
        Membership(const Membership&) = delete;
        Membership& operator=(const Membership&) = delete;
        ~Membership() { state.connections_.erase(&connection); }
    };
    const Membership membership(*self, connection);
    if (refuse)
        co_await connection.run_refusing();
    else
        co_await connection.run();
}

base::Task<void> Server::State::tick(std::shared_ptr<State> self) {
    State& state = *self;
    while (!state.stopped_) {
        state.timer_.expires_after(state.environment_.draining ? std::min(kDrainTick, state.tick_)
                                                               : state.tick_);
        co_await state.timer_.async_wait(kAwait);
        const auto now = state.environment_.clock.steady();
        for (Connection* connection : state.connections_)
            connection->check(now);
        if (state.environment_.draining && state.connections_.empty()) break;
    }
}

// Connections that the system has accepted for us would be reset when the listening socket closes.
void Server::State::accept_waiting() {
    boost::system::error_code ec;
    while (!ec) {
        Connection::Socket socket(io_);
        acceptor_.accept(socket, ec);
        if (!ec) take(std::move(socket));
    }
}

void Server::State::drain() {
    if (environment_.draining || stopped_) return;
    environment_.draining = true;
    accepting_ = false;
    if (acceptor_.is_open()) accept_waiting();
    boost::system::error_code ec;
    acceptor_.close(ec);
    for (Connection* connection : connections_)
        connection->drain();
    timer_.cancel();
}

void Server::State::stop() {
    if (std::exchange(stopped_, true)) return;
    accepting_ = false;
    boost::system::error_code ec;
    acceptor_.close(ec);
    timer_.cancel();
    for (Connection* connection : connections_)
        connection->close();
}

Server::Server(asio::io_context& io, ServerOptions options, Application& application,
               const base::Clock& clock)
    : state_(std::make_shared<State>(io, std::move(options), application, clock)) {}

Server::~Server() {
    state_->stop();
}

void Server::share(std::shared_ptr<Peers> peers) {
    state_->share(std::move(peers));
}
std::expected<void, std::string> Server::listen() {
    return state_->listen();
}
std::uint16_t Server::port() const {
    return state_->port();
}
void Server::drain() {
    asio::dispatch(state_->io(), [state = state_] { state->drain(); });
}
void Server::stop() {
    asio::dispatch(state_->io(), [state = state_] { state->stop(); });
}
std::size_t Server::connections() const {
    return state_->count();
}

}  // namespace http
