#include "redis/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "base/log.hpp"

namespace redis {
namespace {

namespace asio = base::asio;
using base::Errc;
using Socket = asio::generic::stream_protocol::socket;
using Endpoint = asio::generic::stream_protocol::endpoint;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 16UL * 1024;

// A command whose reply is due; the reply of one that nobody waits for (any more) is thrown away.
struct Pending {
    explicit Pending(asio::io_context& io) : timer(io) {}
    asio::steady_timer timer;
    std::optional<Reply> reply;
    bool lost = false;
};

/// `message channel payload`, which a subscribed connection gets without having asked (RESP2 push).
bool is_message(const Reply& reply) {
    return reply.kind == Reply::Kind::array && reply.items.size() == 3 && reply.items[0].text == "message";
}

std::unexpected<base::Error> unavailable() {
    return base::fail(Errc::service_unavailable, "The cache is not reachable.");
}

}  // namespace

// Transitions: down → (connected) greeting → (PING answered) ready → (any error) down. Every wait holds a
// share of it.
class Connection::State : public std::enable_shared_from_this<State> {
public:
    State(asio::io_context& io, ConnectionOptions options)
        : io_(io), options_(std::move(options)), socket_(io), retry_(io), watchdog_(io), heartbeat_(io) {}

    static base::Task<void> keep_connected(std::shared_ptr<State> self);
    static base::Task<base::Result<Reply>> exchange(std::shared_ptr<State> self,
                                                    std::vector<std::string> words,
                                                    std::chrono::milliseconds patience);
    static base::Task<base::Result<std::vector<Reply>>> exchange_all(
        std::shared_ptr<State> self, std::vector<std::vector<std::string>> commands,
        std::chrono::milliseconds patience);
    bool send(const std::vector<std::string>& words);
    void stop();
    [[nodiscard]] bool ready() const { return ready_; }
    [[nodiscard]] asio::io_context& io() { return io_; }
    [[nodiscard]] std::chrono::milliseconds patience() const { return options_.command_timeout; }

private:
    static base::Task<bool> connect(std::shared_ptr<State> self);
    static base::Task<std::vector<Endpoint>> endpoints(std::shared_ptr<State> self);
    static base::Task<void> greet(std::shared_ptr<State> self);
    static base::Task<void> read(std::shared_ptr<State> self);
    static base::Task<void> beat(std::shared_ptr<State> self);
    std::shared_ptr<Pending> queue(const std::vector<std::string>& words);
    void set_ready(bool ready);
    void watch(std::chrono::milliseconds limit);
    void write();
    void close();
    void drop_pending();
    bool take_replies();

    asio::io_context& io_;
    ConnectionOptions options_;
    Socket socket_;
    asio::steady_timer retry_;
    asio::steady_timer watchdog_;
    asio::steady_timer heartbeat_;
    std::deque<std::shared_ptr<Pending>> pending_;
    std::string out_;
    std::string sending_;
    std::string in_;
    std::uint64_t connection_ = 0;  ///< counts connections, so that a heartbeat knows its own
    bool writing_ = false;
    bool sent_ = false;  ///< since the last heartbeat
    bool ready_ = false;
    bool was_ready_ = false;
    bool stopped_ = false;
};

base::Task<std::vector<Endpoint>> Connection::State::endpoints(std::shared_ptr<State> self) {
    const Address& address = self->options_.address;
    std::vector<Endpoint> out;
    if (!address.socket.empty()) {
        // The system's limit; a longer path would throw.
        if (address.socket.size() < 108)
            out.emplace_back(asio::local::stream_protocol::endpoint(address.socket));
        co_return out;
    }
    asio::ip::tcp::resolver resolver(self->io_);
    const auto [error, found] = co_await resolver.async_resolve(address.host, address.port, kAwait);
    if (!error) {
        for (const auto& entry : found)
            out.emplace_back(entry.endpoint());
    }
    co_return out;
}

base::Task<bool> Connection::State::connect(std::shared_ptr<State> self) {
    State& state = *self;
    for (const Endpoint& endpoint : co_await endpoints(self)) {
        if (state.stopped_) co_return false;
        boost::system::error_code ignored;
        state.socket_.close(ignored);
        state.watch(state.options_.connect_timeout);
        const auto [error] = co_await state.socket_.async_connect(endpoint, kAwait);
        state.watchdog_.cancel();
        if (!error) co_return true;
    }
    co_return false;
}

// Closes the socket unless the wait that it guards ends first and cancels the timer.
void Connection::State::watch(std::chrono::milliseconds limit) {
    watchdog_.expires_after(limit);
    watchdog_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->close();
    });
}

base::Task<void> Connection::State::keep_connected(std::shared_ptr<State> self) {
    State& state = *self;
    auto delay = state.options_.retry_min;
    while (!state.stopped_) {
        if (co_await connect(self)) {
            asio::co_spawn(state.io_, greet(self), asio::detached);
            co_await read(self);
            if (state.was_ready_) delay = state.options_.retry_min;
        }
        state.close();
        state.drop_pending();
        if (state.stopped_) break;
        if (std::exchange(state.was_ready_, false)) base::log::warn("Redis connection lost");
        state.retry_.expires_after(delay);
        co_await state.retry_.async_wait(kAwait);
        delay = std::min(delay * 2, state.options_.retry_max);
    }
}

// AUTH and SELECT as the address says, then PING: a server that is loading its data is not ready.
base::Task<void> Connection::State::greet(std::shared_ptr<State> self) {
    State& state = *self;
    const Address& address = state.options_.address;
    std::vector<std::vector<std::string>> commands;
    if (!address.password.empty()) {
        commands.push_back({"AUTH"});
        if (!address.user.empty()) commands.back().push_back(address.user);
        commands.back().push_back(address.password);
    }
    if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
    commands.push_back({"PING"});
    if (!state.options_.channel.empty()) commands.push_back({"SUBSCRIBE", state.options_.channel});
    for (auto& command : commands) {
        const std::string name = command.front();
        const auto reply = co_await exchange(self, std::move(command), state.options_.command_timeout);
        if (reply && !reply->is_error()) continue;
        if (reply)
            base::log::warn("Redis refuses the connection", {{"command", name}, {"error", reply->text}});
        state.close();
        co_return;
    }
    state.was_ready_ = true;
    state.set_ready(true);
    base::log::debug("Redis connected");
    if (state.options_.heartbeat.count() > 0) co_await beat(self);
}

// A server that hangs keeps its socket open: only a reply that does not come tells.
base::Task<void> Connection::State::beat(std::shared_ptr<State> self) {
    State& state = *self;
    const std::uint64_t own = state.connection_;
    while (true) {
        state.heartbeat_.expires_after(state.options_.heartbeat);
        co_await state.heartbeat_.async_wait(kAwait);
        if (!state.ready_ || state.connection_ != own) co_return;
        if (std::exchange(state.sent_, false) && state.pending_.empty()) continue;
        std::vector<std::string> ping;
        ping.emplace_back("PING");
        if (!co_await exchange(self, std::move(ping), state.options_.command_timeout)) co_return;
    }
}

base::Task<void> Connection::State::read(std::shared_ptr<State> self) {
    State& state = *self;
    std::array<char, kReadBytes> buffer;
    while (true) {
        const auto [error, count] = co_await state.socket_.async_read_some(asio::buffer(buffer), kAwait);
        if (error) co_return;
        state.in_.append(buffer.data(), count);
        if (!state.take_replies()) co_return;
    }
}

// False: what came is no reply, or nobody asked for it.
bool Connection::State::take_replies() {
    std::size_t used = 0;
    while (used < in_.size()) {
        auto parsed = parse_reply(std::string_view(in_).substr(used));
        if (!parsed) return false;
        if (!*parsed) break;
        used += (*parsed)->used;
        if (!options_.channel.empty() && is_message((*parsed)->reply)) {
            if (options_.on_message) options_.on_message((*parsed)->reply.items[2].text);
            continue;
        }
        if (pending_.empty()) return false;
        pending_.front()->reply = std::move((*parsed)->reply);
        pending_.front()->timer.cancel();
        pending_.pop_front();
    }
    in_.erase(0, used);
    return true;
}

std::shared_ptr<Pending> Connection::State::queue(const std::vector<std::string>& words) {
    if (!socket_.is_open() || pending_.size() >= options_.queue_max) return nullptr;
    if (out_.size() + sending_.size() > options_.queue_bytes_max) return nullptr;
    auto pending = std::make_shared<Pending>(io_);
    const std::vector<std::string_view> views(words.begin(), words.end());
    append_command(out_, views);
    pending_.push_back(pending);
    sent_ = true;
    write();
    return pending;
}

bool Connection::State::send(const std::vector<std::string>& words) {
    return queue(words) != nullptr;
}

base::Task<base::Result<Reply>> Connection::State::exchange(std::shared_ptr<State> self,
                                                            std::vector<std::string> words,
                                                            std::chrono::milliseconds patience) {
    State& state = *self;
    const auto pending = state.queue(words);
    if (!pending) co_return unavailable();
    pending->timer.expires_after(patience);
    // A caller that is cancelled is not one whose reply did not come.
    co_await pending->timer.async_wait(asio::bind_cancellation_slot(asio::cancellation_slot(), kAwait));
    if (pending->reply) co_return std::move(*pending->reply);
    // Replies come in order: after the full time none can be expected. An impatient caller says nothing of
    // that.
    if (!pending->lost && patience >= state.options_.command_timeout) state.close();
    co_return unavailable();
}

// Replies come in order: the last one means all.
base::Task<base::Result<std::vector<Reply>>> Connection::State::exchange_all(
    std::shared_ptr<State> self, std::vector<std::vector<std::string>> commands,
    std::chrono::milliseconds patience) {
    State& state = *self;
    std::vector<Reply> replies;
    if (commands.empty()) co_return replies;
    if (state.pending_.size() + commands.size() > state.options_.queue_max) co_return unavailable();
    std::vector<std::shared_ptr<Pending>> pending;
    for (const auto& command : commands) {
        pending.push_back(state.queue(command));
        if (!pending.back()) co_return unavailable();
    }
    const auto last = pending.back();
    last->timer.expires_after(patience);
    co_await last->timer.async_wait(kAwait);
    if (!last->reply) co_return unavailable();
    for (const auto& each : pending)
        replies.push_back(std::move(*each->reply));
    co_return replies;
}

void Connection::State::write() {
    if (writing_ || out_.empty()) return;
    writing_ = true;
    sending_.clear();
    std::swap(sending_, out_);
    asio::async_write(socket_, asio::buffer(sending_),
                      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                          self->writing_ = false;
                          self->sending_.clear();
                          if (error)
                              self->close();
                          else
                              self->write();
                      });
}

// The reader sees the closed socket and tidies up.
void Connection::State::close() {
    set_ready(false);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Connection::State::set_ready(bool ready) {
    if (ready_ == ready) return;
    ready_ = ready;
    if (ready) ++connection_;
    if (!ready) heartbeat_.cancel();
    if (options_.on_state) options_.on_state(ready);
}

void Connection::State::drop_pending() {
    for (const auto& pending : pending_) {
        pending->lost = true;
        pending->timer.cancel();
    }
    pending_.clear();
    out_.clear();
    in_.clear();
}

void Connection::State::stop() {
    stopped_ = true;
    retry_.cancel();
    watchdog_.cancel();
    close();
    drop_pending();
}

Connection::Connection(asio::io_context& io, ConnectionOptions options)
    : state_(std::make_shared<State>(io, std::move(options))) {}

Connection::~Connection() {
    stop();
}

void Connection::start() {
    asio::co_spawn(state_->io(), State::keep_connected(state_), asio::detached);
}

void Connection::stop() {
    state_->stop();
}

bool Connection::ready() const {
    return state_->ready();
}

base::Task<base::Result<Reply>> Connection::run(std::vector<std::string> words) {
    if (!ready()) co_return unavailable();
    const auto patience = state_->patience();
    co_return co_await State::exchange(state_, std::move(words), patience);
}

base::Task<base::Result<Reply>> Connection::run(std::vector<std::string> words,
                                                std::chrono::milliseconds patience) {
    if (!ready()) co_return unavailable();
    co_return co_await State::exchange(state_, std::move(words), patience);
}

base::Task<base::Result<std::vector<Reply>>> Connection::run_all(
    std::vector<std::vector<std::string>> commands, std::chrono::milliseconds patience) {
    if (!ready()) co_return unavailable();
    co_return co_await State::exchange_all(state_, std::move(commands), patience);
}

bool Connection::send(const std::vector<std::string>& words) {
    return ready() && state_->send(words);
}

base::Task<bool> Connection::ping() {
    std::vector<std::string> words;
    words.emplace_back("PING");
    const auto reply = co_await run(std::move(words));
    co_return reply && reply->kind == Reply::Kind::status && reply->text == "PONG";
}

}  // namespace redis
