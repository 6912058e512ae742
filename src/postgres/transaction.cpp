#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/usage.hpp"
#include "postgres/pool.hpp"

namespace postgres {
namespace {

constexpr Statement kBegin{"transaction.begin", "BEGIN", {}, Access::write};
constexpr Statement kBeginOneMoment{
    "transaction.begin_one_moment", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", {}, Access::write};
constexpr Statement kCommit{"transaction.commit", "COMMIT", {}, Access::write};
constexpr Statement kRollback{"transaction.rollback", "ROLLBACK", {}, Access::write};

}  // namespace

Transaction::Transaction(Pool& pool, Pool::SlotPointer slot, Isolation isolation)
    : pool_(&pool), pool_alive_(pool.alive_), slot_(std::move(slot)), isolation_(isolation) {}

Transaction::Transaction(Transaction&& other) noexcept
    : pool_(other.pool_),
      pool_alive_(std::move(other.pool_alive_)),
      slot_(std::move(other.slot_)),
      isolation_(other.isolation_),
      begun_(other.begun_),
      failed_(other.failed_) {}

Transaction::~Transaction() {
    if (!slot_ || !*pool_alive_) return;
    if (!begun_) {
        pool_->release(slot_);
        return;
    }
    // Nobody waits for a rollback; the connection goes back when it is clean.
    // SAFETY: parameters live in the frame; `alive` outlives the pool.
    base::asio::co_spawn(
        pool_->io_,
        [](Pool* pool, std::shared_ptr<bool> alive, Pool::SlotPointer slot) -> base::Task<void> {
            Commands commands;
            commands.push_back({kRollback, {}, {}});
            if (!co_await slot->connection->run(std::move(commands))) slot->connection->abort();
            if (*alive) pool->release(slot);
        }(pool_, pool_alive_, slot_),
        base::asio::detached);
}

base::Task<base::Result<Results>> Transaction::run(Commands commands) {
    const base::DatabaseUse use(commands.size(), pool_->clock_);
    std::ptrdiff_t extra = 0;
    if (!begun_ && isolation_ == Isolation::one_moment) {
        // By itself: statements that are new to the connection are parsed in front of all, which takes a
        // snapshot, and then it is too late.
        begun_ = true;
        Commands begin;
        begin.push_back({kBeginOneMoment, {}, {}});
        if (auto started = co_await slot_->connection->run(std::move(begin)); !started) {
            failed_ = true;
            co_return started;
        }
        extra = static_cast<std::ptrdiff_t>(pool_->add_settings(commands, {}));
    } else if (!std::exchange(begun_, true)) {
        extra = 1 + static_cast<std::ptrdiff_t>(pool_->add_settings(commands, {}));
        commands.insert(commands.begin(), Command{kBegin, {}, {}});
    }
    auto results = co_await slot_->connection->run(std::move(commands));
    if (!results) failed_ = true;
    if (results && extra > 0) results->erase(results->begin(), results->begin() + extra);
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
    // PostgreSQL answers COMMIT of an aborted transaction as if it were well.
    if (failed_) co_return base::fail(base::Errc::internal_error, "The transaction had failed before");
    commands.push_back({kCommit, {}, {}});
    auto results = co_await run(std::move(commands));
    if (!results) co_return results;
    begun_ = false;
    results->pop_back();
    co_return results;
}

}  // namespace postgres
