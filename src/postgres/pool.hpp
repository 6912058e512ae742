// The connections of one worker. Single statements and batches share connections in pipeline mode; a
// transaction owns one. Everything waits with a bound: past it the error is service_unavailable. Broken
// connections are replaced in the background. For the worker's thread only.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "observe/hub.hpp"
#include "postgres/connection.hpp"

namespace postgres {

struct PoolOptions {
    ConnectionOptions connection;
    std::size_t min = 2;
    std::size_t max = 12;
    std::chrono::milliseconds idle_timeout{30'000};
    std::chrono::milliseconds acquire_timeout{5'000};
    std::size_t pipeline_depth_max = 64;  ///< operations that may be in flight on one shared connection
    std::size_t waiters_max = 512;        ///< more are refused at once
};

struct PoolState {
    std::size_t total = 0;
    std::size_t active = 0;  ///< owned by a transaction, or with operations in flight
    std::size_t idle = 0;
    std::size_t waiting = 0;  ///< operations and transactions without a connection
};

/// Counted since the start.
struct PoolCounters {
    std::uint64_t acquired = 0;   ///< connections given to an operation or a transaction
    std::uint64_t waited = 0;     ///< of them, after waiting
    std::uint64_t refused = 0;    ///< at once, because too many wait
    std::uint64_t timed_out = 0;  ///< waited in vain
    std::uint64_t opened = 0;
    std::uint64_t open_failed = 0;
    std::uint64_t broken = 0;     ///< connections that ended by themselves
    std::uint64_t idled_out = 0;  ///< connections that were closed because nobody used them
    std::uint64_t cancelled = 0;  ///< statements that PostgreSQL was asked to stop
    /// Share of acquisitions that did not wait, 0 to 1; 1 before the first.
    [[nodiscard]] double efficiency() const {
        return acquired == 0 ? 1.0 : static_cast<double>(acquired - waited) / static_cast<double>(acquired);
    }
};

class Transaction;

/// What a transaction sees of others (PostgreSQL's documentation, "Transaction Isolation").
enum class Isolation : std::uint8_t {
    read_committed,
    one_moment,  ///< REPEATABLE READ, READ ONLY: all that it reads is of one moment
};

class Pool {
public:
    Pool(base::asio::io_context& io, PoolOptions options, const base::Clock& clock);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Runs the commands as one operation on a shared connection: one round trip, one transaction. With a
    /// deadline PostgreSQL stops statements there (query_timeout). If all commands only read, a caller whose
    /// coroutine is cancelled gets query_timeout at once and the statement is stopped where that can be
    /// aimed.
    base::Task<base::Result<Results>> run(Commands commands, std::optional<base::SteadyTime> deadline = {});
    /// One statement.
    base::Task<base::Result<Rows>> run(const Statement& statement, Params params,
                                       std::optional<base::SteadyTime> deadline = {});
    /// Owns a connection until it is committed or dropped.
    base::Task<base::Result<Transaction>> begin(Isolation isolation = Isolation::read_committed);
    /// Opens the minimum of connections and starts the monitor. Error: service_unavailable.
    base::Task<base::Result<void>> start();
    /// Ends the monitor and drops all connections.
    void stop();
    [[nodiscard]] PoolState state() const;
    /// Connections that it opens at most.
    [[nodiscard]] std::size_t max() const { return options_.max; }
    [[nodiscard]] const PoolCounters& counters() const { return counters_; }

private:
    friend class Transaction;
    struct Slot {
        std::shared_ptr<Connection> connection;
        bool owned = false;
        bool draining = false;     ///< takes no new operations: a transaction waits for it
        bool cancelling = false;   ///< takes nothing: a request to stop a statement is on its way
        std::size_t promised = 0;  ///< operations of waiters that are about to run
        base::SteadyTime last_used{};

        [[nodiscard]] std::size_t load() const { return connection->in_flight() + promised; }
        [[nodiscard]] bool takes_shared() const { return !owned && !draining && !cancelling; }
    };
    using SlotPointer = std::shared_ptr<Slot>;
    struct Waiter {
        base::asio::steady_timer timer;
        SlotPointer slot = nullptr;
        std::optional<base::Error> error = {};
    };
    using Waiters = std::list<std::shared_ptr<Waiter>>;

    /// A live connection for shared use, or null when none can take more.
    SlotPointer pick_shared();
    /// Takes a connection without unanswered operations for a transaction; null when there is none.
    SlotPointer take_idle();
    /// Keeps one shared connection from new operations, so that it becomes free for a waiting transaction.
    void drain_one();
    void stop_draining();
    base::Task<base::Result<SlotPointer>> wait_in(Waiters& waiters, std::optional<base::SteadyTime> deadline);
    void release(const SlotPointer& slot);
    void serve_waiters();
    void fail_waiters();
    /// Puts local settings in front; returns how many results they add.
    std::size_t add_settings(Commands& commands, std::optional<base::SteadyTime> deadline) const;
    /// Opens in the background what is missing, or when the pause after a failure is over.
    void repair(bool stuck = false);
    base::Task<bool> open();
    void on_broken();
    void cancel(const SlotPointer& slot);
    void drop_broken();
    base::Task<void> monitor();
    void close_surplus();
    void report();

    base::asio::io_context& io_;
    PoolOptions options_;
    const base::Clock& clock_;
    std::vector<SlotPointer> slots_;
    Waiters shared_waiters_;
    Waiters owned_waiters_;
    std::size_t opening_ = 0;
    std::size_t failures_ = 0;  ///< attempts to open, in a row
    base::SteadyTime next_attempt_{};
    PoolCounters counters_;
    bool started_ = false;
    bool stopped_ = false;
    bool nearly_used_up_ = false;
    bool draining_ = false;  ///< one of the slots is
    base::asio::steady_timer monitor_timer_;
    base::asio::steady_timer repair_timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Writes down the state of a pool where others can read it. For the pool's thread.
void publish(const Pool& pool, observe::LoopState& state);

/// A transaction. Dropped without commit it is rolled back in the background and the connection goes back
/// afterwards. BEGIN travels with the first statement.
class Transaction {
public:
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    base::Task<base::Result<Results>> run(Commands commands);
    base::Task<base::Result<Rows>> run(const Statement& statement, Params params);
    /// Runs the commands and commits, in one round trip.
    base::Task<base::Result<Results>> commit(Commands commands = {});

private:
    friend class Pool;
    Transaction(Pool& pool, Pool::SlotPointer slot, Isolation isolation);

    Pool* pool_;
    std::shared_ptr<bool> pool_alive_;
    Pool::SlotPointer slot_;
    Isolation isolation_;
    bool begun_ = false;
    bool failed_ = false;
};

}  // namespace postgres
