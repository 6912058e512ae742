#include "postgres/pool.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "base/usage.hpp"
#include "postgres/error.hpp"

namespace postgres {
namespace {

namespace asio = base::asio;

constexpr std::chrono::seconds kMonitorInterval{5};
/// Beyond the statement timeout PostgreSQL itself must have hung.
constexpr std::chrono::seconds kHangMargin{5};

constexpr Statement kBegin{"transaction.begin", "BEGIN", {}, Access::write};
constexpr Statement kCommit{"transaction.commit", "COMMIT", {}, Access::write};
constexpr Statement kRollback{"transaction.rollback", "ROLLBACK", {}, Access::write};

base::Error no_connection() {
    return {base::Errc::service_unavailable, "No database connection became free in time",
            std::chrono::seconds{1}};
}

}  // namespace

Pool::Pool(asio::io_context& io, PoolOptions options, const base::Clock& clock)
    : io_(io), options_(std::move(options)), clock_(clock), monitor_timer_(io) {}

Pool::~Pool() {
    *alive_ = false;
    stop();
}

base::Task<base::Result<void>> Pool::start() {
    for (std::size_t i = 0; i < options_.min; ++i) {
        if (auto opened = co_await open(); !opened) co_return std::unexpected(opened.error());
    }
    asio::co_spawn(io_, monitor(), asio::detached);
    co_return base::Result<void>{};
}

void Pool::stop() {
    if (stopped_) return;
    stopped_ = true;
    monitor_timer_.cancel();
    for (const auto& waiter : waiters_)
        waiter->timer.cancel();
    for (const Slot& slot : slots_)
        slot.connection->abort();
    slots_.clear();
}

base::Task<base::Result<std::shared_ptr<Connection>>> Pool::open() {
    const auto alive = alive_;
    ++opening_;
    auto opened = co_await Connection::open(io_, options_.connection, clock_);
    if (!*alive) co_return std::unexpected(to_error({}));
    --opening_;
    if (stopped_) co_return std::unexpected(to_error({}));
    if (opened) slots_.push_back({*opened, false, false, clock_.steady()});
    co_return opened;
}

void Pool::drop_broken() {
    std::erase_if(slots_, [](const Slot& slot) { return slot.connection->broken(); });
}

std::shared_ptr<Connection> Pool::pick_shared() {
    drop_broken();
    Slot* best = nullptr;
    for (Slot& slot : slots_) {
        if (slot.owned || slot.draining || slot.connection->in_flight() >= options_.pipeline_depth_max)
            continue;
        if (best == nullptr || slot.connection->in_flight() < best->connection->in_flight()) best = &slot;
    }
    if (best == nullptr) return nullptr;
    best->last_used = clock_.steady();
    return best->connection;
}

base::Task<base::Result<std::shared_ptr<Connection>>> Pool::acquire_shared() {
    // Few connections with deep pipelines are faster than many: PostgreSQL's processes share the same cores.
    const base::SteadyTime deadline = clock_.steady() + options_.acquire_timeout;
    for (;;) {
        if (stopped_) co_return std::unexpected(no_connection());
        if (auto picked = pick_shared()) co_return picked;
        if (slots_.size() + opening_ < options_.max) {
            if (auto opened = co_await open(); opened) co_return opened;
        }
        if (clock_.steady() >= deadline) co_return std::unexpected(no_connection());
        asio::steady_timer pause(io_, std::chrono::milliseconds{20});
        boost::system::error_code ignored;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

base::Task<base::Result<Results>> Pool::run(Commands commands) {
    const base::DatabaseUse use(commands.size(), clock_);
    auto connection = pick_shared();
    if (!connection) {
        auto acquired = co_await acquire_shared();
        if (!acquired) co_return std::unexpected(acquired.error());
        connection = *acquired;
    }
    auto results = co_await connection->run(std::move(commands));
    if (!waiters_.empty()) serve_waiters();
    co_return results;
}

base::Task<base::Result<Rows>> Pool::run(const Statement& statement, Params params) {
    Commands commands;
    commands.push_back({statement, std::move(params), {}});
    auto results = co_await run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    co_return std::move(results->front());
}

std::shared_ptr<Connection> Pool::take_idle() {
    drop_broken();
    // One connection always stays for shared use: single statements must not starve behind transactions.
    const auto shared =
        std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.owned; });
    if (shared < 2) return nullptr;
    for (Slot& slot : slots_) {
        if (slot.owned || slot.connection->in_flight() != 0) continue;
        slot.owned = true;
        slot.draining = false;
        return slot.connection;
    }
    return nullptr;
}

void Pool::drain_one() {
    Slot* best = nullptr;
    std::size_t shared = 0;
    for (Slot& slot : slots_) {
        if (slot.draining) return;
        if (slot.owned) continue;
        ++shared;
        if (best == nullptr || slot.connection->in_flight() < best->connection->in_flight()) best = &slot;
    }
    if (shared >= 2) best->draining = true;
}

base::Task<base::Result<std::shared_ptr<Connection>>> Pool::acquire_owned() {
    if (stopped_) co_return std::unexpected(no_connection());
    if (waiters_.empty()) {
        if (auto taken = take_idle()) co_return taken;
        // A pool without connections needs two: one stays for shared use.
        while (slots_.size() + opening_ < options_.max) {
            if (auto opened = co_await open(); !opened) co_return opened;
            if (auto taken = take_idle()) co_return taken;
        }
    }
    co_return co_await wait_for_owned();
}

base::Task<base::Result<std::shared_ptr<Connection>>> Pool::wait_for_owned() {
    auto waiter =
        std::make_shared<Waiter>(Waiter{asio::steady_timer(io_, options_.acquire_timeout), nullptr});
    waiters_.push_back(waiter);
    drain_one();
    const auto alive = alive_;
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (*alive) waiters_.remove(waiter);
    if (!waiter->connection) co_return std::unexpected(no_connection());
    co_return waiter->connection;
}

void Pool::serve_waiters() {
    for (const auto& waiter : waiters_) {
        if (waiter->connection) continue;
        waiter->connection = take_idle();
        if (!waiter->connection) return drain_one();
        waiter->timer.cancel();
    }
}

void Pool::release(const std::shared_ptr<Connection>& connection) {
    for (Slot& slot : slots_) {
        if (slot.connection != connection) continue;
        slot.owned = false;
        slot.last_used = clock_.steady();
    }
    drop_broken();
    serve_waiters();
}

PoolState Pool::state() const {
    PoolState state;
    for (const Slot& slot : slots_) {
        ++state.total;
        ++(slot.owned || slot.connection->in_flight() > 0 ? state.active : state.idle);
    }
    state.waiting = waiters_.size();
    return state;
}

base::Task<base::Result<Transaction>> Pool::begin() {
    const base::DatabaseUse use(0, clock_);
    auto connection = co_await acquire_owned();
    if (!connection) co_return std::unexpected(connection.error());
    co_return Transaction(*this, std::move(*connection));
}

base::Task<void> Pool::monitor() {
    const auto alive = alive_;
    boost::system::error_code error;
    while (!stopped_) {
        monitor_timer_.expires_after(kMonitorInterval);
        co_await monitor_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (!*alive || stopped_) co_return;
        const base::SteadyTime now = clock_.steady();
        std::size_t surplus = slots_.size() > options_.min ? slots_.size() - options_.min : 0;
        for (Slot& slot : slots_) {
            const auto oldest = slot.connection->oldest();
            if (oldest && now - *oldest > options_.connection.statement_timeout + kHangMargin)
                slot.connection->abort();
            const bool idle = !slot.owned && slot.connection->in_flight() == 0;
            if (surplus > 0 && idle && now - slot.last_used > options_.idle_timeout) {
                slot.connection->abort();
                --surplus;
            }
        }
        drop_broken();
        while (!stopped_ && slots_.size() + opening_ < options_.min) {
            if (!co_await open() || !*alive) break;
        }
        if (!*alive) co_return;
        const PoolState now_state = state();
        if (now_state.active * 10 > options_.max * 8)
            base::log::warn(
                "database pool is nearly used up",
                {{"active", now_state.active}, {"max", options_.max}, {"waiting", now_state.waiting}});
    }
}

Transaction::Transaction(Pool& pool, std::shared_ptr<Connection> connection)
    : pool_(&pool), pool_alive_(pool.alive_), connection_(std::move(connection)) {}

Transaction::Transaction(Transaction&& other) noexcept
    : pool_(other.pool_),
      pool_alive_(std::move(other.pool_alive_)),
      connection_(std::move(other.connection_)),
      begun_(other.begun_) {}

Transaction::~Transaction() {
    if (!connection_ || !*pool_alive_) return;
    if (!begun_) {
        pool_->release(connection_);
        return;
    }
    // co_await-ok: nobody waits for a rollback; the connection goes back when it is clean.
    asio::co_spawn(
        pool_->io_,
        [](Pool* pool, std::shared_ptr<bool> alive,
           std::shared_ptr<Connection> connection) -> base::Task<void> {
            Commands commands;
            commands.push_back({kRollback, {}, {}});
            if (!co_await connection->run(std::move(commands))) connection->abort();
            if (*alive) pool->release(connection);
        }(pool_, pool_alive_, connection_),
        asio::detached);
}

base::Task<base::Result<Results>> Transaction::run(Commands commands) {
    const base::DatabaseUse use(commands.size(), pool_->clock_);
    const bool first = !begun_;
    begun_ = true;
    if (first) commands.insert(commands.begin(), Command{kBegin, {}, {}});
    auto results = co_await connection_->run(std::move(commands));
    if (results && first) results->erase(results->begin());
    co_return results;
}

base::Task<base::Result<Rows>> Transaction::run(const Statement& statement, Params params) {
    Commands commands;
    commands.push_back({statement, std::move(params), {}});
    auto results = co_await run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    co_return std::move(results->front());
}

base::Task<base::Result<Results>> Transaction::commit(Commands commands) {
    commands.push_back({kCommit, {}, {}});
    auto results = co_await run(std::move(commands));
    if (!results) co_return results;
    begun_ = false;
    results->pop_back();
    co_return results;
}

}  // namespace postgres
