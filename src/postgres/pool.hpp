// The connections of one worker. Single statements and batches share connections in pipeline mode; a
// transaction owns one. Everything waits with a bound: past it the error is service_unavailable.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>

#include "postgres/connection.hpp"

namespace postgres {

struct PoolOptions {
    ConnectionOptions connection;
    std::size_t min = 2;
    std::size_t max = 12;
    std::chrono::milliseconds idle_timeout{30'000};
    std::chrono::milliseconds acquire_timeout{5'000};
    std::size_t pipeline_depth_max = 64;  ///< operations that may wait on one shared connection
};

struct PoolState {
    std::size_t total = 0;
    std::size_t active = 0;
    std::size_t idle = 0;
    std::size_t waiting = 0;
};

class Transaction;

class Pool {
public:
    Pool(base::asio::io_context& io, PoolOptions options, const base::Clock& clock);
    ~Pool();

    /// Runs the commands as one operation on a shared connection: one round trip, one transaction.
    base::Task<base::Result<Results>> run(Commands commands);
    /// One statement.
    base::Task<base::Result<Rows>> run(const Statement& statement, Params params);
    /// Owns a connection until it is committed or dropped.
    base::Task<base::Result<Transaction>> begin();
    /// Opens the minimum of connections and starts the monitor. Error: service_unavailable.
    base::Task<base::Result<void>> start();
    /// Ends the monitor and drops all connections.
    void stop();
    [[nodiscard]] PoolState state() const;

private:
    friend class Transaction;
    struct Slot {
        std::shared_ptr<Connection> connection;
        bool owned = false;
        bool draining = false;  ///< takes no new operations: a transaction waits for it
        base::SteadyTime last_used;
    };
    struct Waiter {
        base::asio::steady_timer timer;
        std::shared_ptr<Connection> connection;
    };

    /// A live connection for shared use, or null when none can take more.
    std::shared_ptr<Connection> pick_shared();
    base::Task<base::Result<std::shared_ptr<Connection>>> acquire_shared();
    base::Task<base::Result<std::shared_ptr<Connection>>> acquire_owned();
    /// Takes a connection without unanswered operations for a transaction; null when there is none.
    std::shared_ptr<Connection> take_idle();
    /// Keeps one shared connection from new operations, so that it becomes free for a waiting transaction.
    void drain_one();
    base::Task<base::Result<std::shared_ptr<Connection>>> wait_for_owned();
    void release(const std::shared_ptr<Connection>& connection);
    void serve_waiters();
    base::Task<base::Result<std::shared_ptr<Connection>>> open();
    void drop_broken();
    base::Task<void> monitor();

    base::asio::io_context& io_;
    PoolOptions options_;
    const base::Clock& clock_;
    std::list<Slot> slots_;
    std::list<std::shared_ptr<Waiter>> waiters_;
    std::size_t opening_ = 0;
    bool stopped_ = false;
    base::asio::steady_timer monitor_timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

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
    Transaction(Pool& pool, std::shared_ptr<Connection> connection);

    Pool* pool_;
    std::shared_ptr<bool> pool_alive_;
    std::shared_ptr<Connection> connection_;
    bool begun_ = false;
};

}  // namespace postgres
