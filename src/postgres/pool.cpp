#include "postgres/pool.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "base/usage.hpp"
#include "postgres/error.hpp"
#include "postgres/sizing.hpp"

namespace postgres {
namespace {

namespace asio = base::asio;
using std::chrono::milliseconds;

/// An operation that has been in flight for longer holds up what is sent behind it.
constexpr milliseconds kSlow{25};

constexpr Statement kCancel{
    "pool.cancel_backend", "SELECT pg_cancel_backend($1)", {Type::int4}, Access::write};
constexpr Statement kLocalTimeout{"transaction.set_timeout",
                                  "SELECT set_config('statement_timeout', $1, true)",
                                  {Type::text},
                                  Access::read};
constexpr Statement kLocalSettings{
    "transaction.set_all",
    "SELECT set_config('statement_timeout', $1, true), set_config('TimeZone', 'UTC', true),"
    " set_config('idle_in_transaction_session_timeout', '60000', true)",
    {Type::text},
    Access::read};

base::Error no_connection() {
    return {base::Errc::service_unavailable, "No database connection became free in time",
            std::chrono::seconds{1}};
}

base::Error too_many_wait() {
    return {base::Errc::service_unavailable, "Too many requests wait for the database",
            std::chrono::seconds{1}};
}

bool only_reads(const Commands& commands) {
    return std::ranges::all_of(commands, [](const Command& c) { return c.statement.access == Access::read; });
}

}  // namespace

Pool::Pool(asio::io_context& io, PoolOptions options, const base::Clock& clock)
    : io_(io), options_(std::move(options)), clock_(clock), monitor_timer_(io), repair_timer_(io) {
    slots_.reserve(options_.max);
}

Pool::~Pool() {
    *alive_ = false;
    stop();
}

base::Task<base::Result<void>> Pool::start() {
    while (slots_.size() + opening_ < options_.min) {
        if (!co_await open()) co_return std::unexpected(to_error({}));
    }
    started_ = true;
    asio::co_spawn(io_, monitor(), asio::detached);
    co_return base::Result<void>{};
}

void Pool::stop() {
    if (stopped_) return;
    stopped_ = true;
    monitor_timer_.cancel();
    repair_timer_.cancel();
    fail_waiters();
    for (const SlotPointer& slot : std::exchange(slots_, {}))
        slot->connection->abort();
}

base::Task<bool> Pool::open() {
    const auto alive = alive_;
    ++opening_;
    auto opened = co_await Connection::open(io_, options_.connection, clock_);
    if (!*alive) co_return false;
    --opening_;
    if (stopped_) co_return false;
    if (!opened) {
        ++counters_.open_failed;
        next_attempt_ = clock_.steady() + pause_after(++failures_);
        // Once, not for every attempt of an outage.
        if (failures_ == 1) base::log::warn("the database does not take connections");
        co_return false;
    }
    if (std::exchange(failures_, 0) > 0) base::log::info("the database takes connections again");
    ++counters_.opened;
    const auto slot = std::make_shared<Slot>(Slot{.connection = *opened, .last_used = clock_.steady()});
    slots_.push_back(slot);
    // SAFETY: the connection lives longer than the pool at most in frames that it resumes; `alive` says so.
    const auto guarded = [this, alive](auto call) {
        return [this, alive, call] {
            if (*alive && !stopped_) call(*this);
        };
    };
    slot->connection->listen({
        .answered = guarded([](Pool& pool) { pool.serve_waiters(); }),
        .broken = guarded([](Pool& pool) { pool.on_broken(); }),
        .abandoned = guarded([held = std::weak_ptr(slot)](Pool& pool) {
            if (const auto one = held.lock()) pool.cancel(one);
        }),
    });
    serve_waiters();
    co_return true;
}

void Pool::repair(bool stuck) {
    if (stopped_) return;
    drop_broken();
    const base::SteadyTime now = clock_.steady();
    if (now < next_attempt_) {
        repair_timer_.expires_at(next_attempt_);
        repair_timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
            if (!error && *alive) repair();
        });
        return;
    }
    std::size_t owned = 0;
    for (const SlotPointer& slot : slots_)
        owned += slot->owned ? 1 : 0;
    std::size_t missing = connections_to_open({.min = started_ ? options_.min : 0,
                                               .max = options_.max,
                                               .total = slots_.size(),
                                               .owned = owned,
                                               .opening = opening_,
                                               .waiting_owned = owned_waiters_.size(),
                                               .waiting_shared = shared_waiters_.size(),
                                               .stuck = stuck});
    // A server that refused gets one attempt, not all of them.
    if (failures_ > 0) missing = opening_ > 0 ? 0 : std::min<std::size_t>(missing, 1);
    for (; missing > 0; --missing) {
        // SAFETY: parameters live in the frame; `alive` outlives the pool.
        asio::co_spawn(
            io_,
            [](Pool* pool, std::shared_ptr<bool> alive) -> base::Task<void> {
                const bool opened = co_await pool->open();
                if (!*alive || pool->stopped_) co_return;
                if (!opened && pool->slots_.empty() && pool->opening_ == 0) pool->fail_waiters();
                pool->repair();
            }(this, alive_),
            asio::detached);
    }
}

void Pool::on_broken() {
    drop_broken();
    serve_waiters();
    repair();
}

void Pool::drop_broken() {
    counters_.broken +=
        std::erase_if(slots_, [](const SlotPointer& slot) { return slot->connection->broken(); });
}

Pool::SlotPointer Pool::pick_shared() {
    SlotPointer best;
    std::size_t best_load = options_.pipeline_depth_max;
    const base::SteadyTime now = clock_.steady();
    bool all_slow = true;
    for (const SlotPointer& slot : slots_) {
        if (!slot->takes_shared() || slot->connection->broken()) continue;
        const auto oldest = slot->connection->oldest();
        const bool slow = oldest && now - *oldest > kSlow;
        if (slot->load() >= options_.pipeline_depth_max || (slow && !all_slow)) continue;
        if (slot->load() < best_load || (all_slow && !slow)) {
            best = slot;
            best_load = slot->load();
        }
        if (!slow) all_slow = false;
    }
    if (best && all_slow && opening_ == 0 && slots_.size() < options_.max) repair(true);
    if (best) best->last_used = now;
    return best;
}

std::size_t Pool::add_settings(Commands& commands, std::optional<base::SteadyTime> deadline) const {
    const bool all = !options_.connection.named_statements;
    if (!all && !deadline) return 0;
    milliseconds timeout = options_.connection.statement_timeout;
    if (deadline) {
        const auto left = std::chrono::ceil<milliseconds>(*deadline - clock_.steady());
        timeout = std::max(milliseconds{1}, std::min(left, timeout));
    }
    commands.insert(commands.begin(), Command{all ? kLocalSettings : kLocalTimeout,
                                              std::move(Params().text(std::to_string(timeout.count()))),
                                              {}});
    return 1;
}

base::Task<base::Result<Results>> Pool::run(Commands commands, std::optional<base::SteadyTime> deadline) {
    const base::DatabaseUse use(commands.size(), clock_);
    const bool may_leave = only_reads(commands);
    const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
    const auto has_left = [&] { return may_leave && caller.cancelled() != asio::cancellation_type::none; };
    if (has_left()) co_return std::unexpected(nobody_waits());
    SlotPointer slot = shared_waiters_.empty() && !stopped_ ? pick_shared() : nullptr;
    if (!slot) {
        auto waited = co_await wait_in(shared_waiters_, deadline);
        if (!waited) co_return std::unexpected(waited.error());
        slot = std::move(*waited);
        --slot->promised;
        if (has_left()) {
            serve_waiters();
            co_return std::unexpected(nobody_waits());
        }
    } else {
        ++counters_.acquired;
    }
    const std::size_t extra = add_settings(commands, deadline);
    auto results =
        co_await slot->connection->run(std::move(commands), {.deadline = deadline, .may_leave = may_leave});
    if (results && extra > 0) results->erase(results->begin());
    co_return results;
}

base::Task<base::Result<Rows>> Pool::run(const Statement& statement, Params params,
                                         std::optional<base::SteadyTime> deadline) {
    Commands commands;
    commands.push_back({statement, std::move(params), {}});
    auto results = co_await run(std::move(commands), deadline);
    if (!results) co_return std::unexpected(results.error());
    co_return std::move(results->front());
}

Pool::SlotPointer Pool::take_idle() {
    const auto shared = static_cast<std::size_t>(std::ranges::count_if(
        slots_, [](const SlotPointer& slot) { return !slot->owned && !slot->connection->broken(); }));
    if (shared <= reserved_for_sharing(options_.max)) return nullptr;
    for (const SlotPointer& slot : slots_) {
        if (slot->owned || slot->cancelling || slot->connection->broken() || slot->load() != 0) continue;
        slot->owned = true;
        slot->draining = false;
        return slot;
    }
    return nullptr;
}

void Pool::drain_one() {
    Slot* best = nullptr;
    std::size_t shared = 0;
    for (const SlotPointer& slot : slots_) {
        if (slot->draining && !slot->connection->broken()) return;
        if (slot->owned || slot->connection->broken()) continue;
        ++shared;
        if (best == nullptr || slot->load() < best->load()) best = slot.get();
    }
    if (shared > reserved_for_sharing(options_.max)) best->draining = draining_ = true;
}

// Nobody waits for a connection of his own any more: what was kept free goes back to work.
void Pool::stop_draining() {
    if (!std::exchange(draining_, false)) return;
    for (const SlotPointer& slot : slots_)
        slot->draining = false;
}

base::Task<base::Result<Pool::SlotPointer>> Pool::wait_in(Waiters& waiters,
                                                          std::optional<base::SteadyTime> deadline) {
    if (stopped_) co_return std::unexpected(no_connection());
    if (shared_waiters_.size() + owned_waiters_.size() >= options_.waiters_max) {
        ++counters_.refused;
        co_return std::unexpected(too_many_wait());
    }
    const base::SteadyTime latest = clock_.steady() + options_.acquire_timeout;
    const auto waiter = std::make_shared<Waiter>(
        Waiter{asio::steady_timer(io_, std::min(latest, deadline.value_or(latest)))});
    waiters.push_back(waiter);
    repair();
    serve_waiters();
    const auto alive = alive_;
    const base::SteadyTime begun = clock_.steady();
    if (!waiter->slot && !waiter->error) {
        boost::system::error_code ignored;
        co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (!*alive) co_return std::unexpected(no_connection());
    if (auto* const recorder = options_.connection.recorder; recorder != nullptr)
        recorder->add_wait(std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - begun));
    if (waiter->slot) {
        ++counters_.acquired;
        ++counters_.waited;
        co_return std::move(waiter->slot);
    }
    waiters.remove(waiter);
    if (owned_waiters_.empty()) stop_draining();
    if (waiter->error) co_return std::unexpected(std::move(*waiter->error));
    ++counters_.timed_out;
    co_return std::unexpected(no_connection());
}

// Waiters are served in the order in which they came; nobody who comes later overtakes them.
void Pool::serve_waiters() {
    while (!owned_waiters_.empty()) {
        SlotPointer slot = take_idle();
        if (!slot) {
            drain_one();
            break;
        }
        const auto waiter = std::move(owned_waiters_.front());
        owned_waiters_.pop_front();
        waiter->slot = std::move(slot);
        waiter->timer.cancel();
    }
    if (owned_waiters_.empty()) stop_draining();
    while (!shared_waiters_.empty()) {
        SlotPointer slot = pick_shared();
        if (!slot) break;
        ++slot->promised;
        const auto waiter = std::move(shared_waiters_.front());
        shared_waiters_.pop_front();
        waiter->slot = std::move(slot);
        waiter->timer.cancel();
    }
}

void Pool::fail_waiters() {
    for (Waiters* waiters : {&shared_waiters_, &owned_waiters_}) {
        for (const auto& waiter : std::exchange(*waiters, {})) {
            waiter->error = to_error({});
            waiter->timer.cancel();
        }
    }
}

void Pool::release(const SlotPointer& slot) {
    slot->owned = false;
    slot->last_used = clock_.steady();
    serve_waiters();
}

// The request goes over another connection, where its answer says that the signal was sent: until then
// nothing may run that it could hit. PostgreSQL ignores one that arrives between two statements.
void Pool::cancel(const SlotPointer& slot) {
    const auto backend = slot->connection->backend();
    if (!backend || slot->cancelling || slot->promised > 0) return;
    slot->cancelling = true;
    SlotPointer other = pick_shared();
    if (!other) {  // the statement timeout will end it
        slot->cancelling = false;
        return;
    }
    ++counters_.cancelled;
    // SAFETY: parameters live in the frame; `alive` outlives the pool.
    asio::co_spawn(
        io_,
        [](Pool* pool, std::shared_ptr<bool> alive, SlotPointer target, SlotPointer through,
           std::int32_t number) -> base::Task<void> {
            Commands commands;
            commands.push_back({kCancel, std::move(Params().int4(number)), {}});
            co_await through->connection->run(std::move(commands));
            target->cancelling = false;
            if (*alive && !pool->stopped_) pool->serve_waiters();
        }(this, alive_, slot, std::move(other), *backend),
        asio::detached);
}

PoolState Pool::state() const {
    PoolState state;
    for (const SlotPointer& slot : slots_) {
        ++state.total;
        ++(slot->owned || slot->load() > 0 ? state.active : state.idle);
    }
    state.waiting = shared_waiters_.size() + owned_waiters_.size();
    return state;
}

base::Task<base::Result<Transaction>> Pool::begin(Isolation isolation) {
    const base::DatabaseUse use(0, clock_);
    SlotPointer slot = owned_waiters_.empty() && !stopped_ ? take_idle() : nullptr;
    if (!slot) {
        auto waited = co_await wait_in(owned_waiters_, {});
        if (!waited) co_return std::unexpected(waited.error());
        slot = std::move(*waited);
    } else {
        ++counters_.acquired;
    }
    co_return Transaction(*this, std::move(slot), isolation);
}

void publish(const Pool& pool, observe::LoopState& state) {
    const PoolState now = pool.state();
    const PoolCounters& counted = pool.counters();
    state.pool_total = static_cast<std::int64_t>(now.total);
    state.pool_active = static_cast<std::int64_t>(now.active);
    state.pool_idle = static_cast<std::int64_t>(now.idle);
    state.pool_waiting = static_cast<std::int64_t>(now.waiting);
    state.pool_max = static_cast<std::int64_t>(pool.max());
    state.acquired = counted.acquired;
    state.waited = counted.waited;
    state.timed_out = counted.timed_out + counted.refused;
    state.broken = counted.broken;
}

}  // namespace postgres
