#include "gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_map>
#include <utility>

namespace app {
namespace {

namespace asio = base::asio;
using guard::AdaptiveLimit;
using guard::WaitQueue;

/// How often the queue is looked through for those who have waited too long, when nobody leaves.
constexpr std::chrono::milliseconds kTick{5};
/// What is answered faster waited for no store and tells nothing of how busy they are; mixed with the rest it
/// would make the mean depend on how many answers were in memory.
constexpr std::chrono::microseconds kAtOnce{100};

}  // namespace

class Gate::State : public std::enable_shared_from_this<State> {
public:
    State(asio::io_context& io, GateOptions options, std::size_t kinds, const base::Clock& clock)
        : io_(io),
          clock_(clock),
          limit_(options.limit, kinds, clock.steady()),
          queue_(options.queue),
          tick_(io) {}

    /// One that waits. Lives in the frame that waits.
    struct Waiter {
        Waiter(State& owner, std::size_t what) : state(owner), kind(what), timer(owner.io_) {}
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter();
        State& state;
        std::size_t kind;
        asio::steady_timer timer;
        WaitQueue::Ticket ticket = 0;
        std::optional<AdaptiveLimit::Start> place = {};  ///< was let in
        bool is_queued = false;
    };

    static base::Task<std::optional<Pass>> enter(std::shared_ptr<State> self, std::size_t kind);
    void leave(const AdaptiveLimit::Start& start, bool counts);
    void stop();
    [[nodiscard]] bool is_full() const {
        return stopped_ || (!limit_.has_room() && queue_.is_full(clock_.steady()));
    }
    [[nodiscard]] std::size_t in_progress() const { return limit_.in_progress(); }
    [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

private:
    void admit(base::SteadyTime now);
    Waiter* take(WaitQueue::Ticket ticket);
    void watch();

    asio::io_context& io_;
    const base::Clock& clock_;
    AdaptiveLimit limit_;
    WaitQueue queue_;
    std::unordered_map<WaitQueue::Ticket, Waiter*> waiters_;
    asio::steady_timer tick_;
    bool is_watching_ = false;
    bool stopped_ = false;
};

// Also when the frame that waits is destroyed before it goes on.
Gate::State::Waiter::~Waiter() {
    if (is_queued) {
        state.queue_.remove(ticket, state.clock_.steady());
        state.waiters_.erase(ticket);
    }
    if (place) state.leave(*place, false);
}

base::Task<std::optional<Gate::Pass>> Gate::State::enter(std::shared_ptr<State> self, std::size_t kind) {
    State& state = *self;
    const auto now = state.clock_.steady();
    if (state.stopped_) co_return std::nullopt;
    if (state.queue_.empty() && state.limit_.has_room()) {
        const auto start = state.limit_.begin(kind, now);
        co_return Pass(std::move(self), start);
    }
    state.admit(now);
    const auto ticket = state.queue_.push(now);
    if (!ticket) co_return std::nullopt;
    Waiter waiter(state, kind);
    waiter.ticket = *ticket;
    waiter.is_queued = true;
    state.waiters_.emplace(*ticket, &waiter);
    state.watch();
    // Its end cannot come before the wait has begun: it comes from this thread.
    waiter.timer.expires_at(base::SteadyTime::max());
    co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!waiter.place) co_return std::nullopt;
    const auto start = *std::exchange(waiter.place, std::nullopt);
    co_return Pass(self, start);
}

Gate::State::Waiter* Gate::State::take(WaitQueue::Ticket ticket) {
    const auto found = waiters_.find(ticket);
    Waiter* waiter = found->second;
    waiters_.erase(found);
    waiter->is_queued = false;
    waiter->timer.cancel();
    return waiter;
}

void Gate::State::admit(base::SteadyTime now) {
    while (const auto late = queue_.pop_overdue(now))
        take(*late);
    while (limit_.has_room()) {
        const auto next = queue_.pop(now);
        if (!next) return;
        Waiter* waiter = take(*next);
        waiter->place = limit_.begin(waiter->kind, now);
    }
}

void Gate::State::leave(const AdaptiveLimit::Start& start, bool counts) {
    const auto now = clock_.steady();
    limit_.end(start, counts && now - start.at >= kAtOnce, now);
    if (!stopped_) admit(now);
}

void Gate::State::watch() {
    if (std::exchange(is_watching_, true)) return;
    tick_.expires_after(kTick);
    tick_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        self->is_watching_ = false;
        if (error || self->stopped_) return;
        self->admit(self->clock_.steady());
        if (!self->queue_.empty()) self->watch();
    });
}

void Gate::State::stop() {
    stopped_ = true;
    tick_.cancel();
    const auto now = clock_.steady();
    while (const auto next = queue_.pop(now))
        take(*next);
}

Gate::Pass::Pass(std::shared_ptr<State> state, AdaptiveLimit::Start start)
    : state_(std::move(state)), start_(start) {}

Gate::Pass::~Pass() {
    if (state_) state_->leave(start_, counts_);
}

Gate::Gate(asio::io_context& io, GateOptions options, std::size_t kinds, const base::Clock& clock)
    : state_(std::make_shared<State>(io, options, kinds, clock)) {}

Gate::~Gate() {
    stop();
}

base::Task<std::optional<Gate::Pass>> Gate::enter(std::size_t kind) {
    return State::enter(state_, kind);
}
bool Gate::is_full() const {
    return state_->is_full();
}
std::size_t Gate::in_progress() const {
    return state_->in_progress();
}
std::size_t Gate::waiting() const {
    return state_->waiting();
}
void Gate::stop() {
    state_->stop();
}

}  // namespace app
