// For tests: a private PostgreSQL of their own, and running coroutines to their end.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <vector>

#include "base/supervisor.hpp"
#include "base/temporary_dir.hpp"
#include "postgres/pool.hpp"
#include "postgres/private_server.hpp"

namespace postgres::test {

/// One server for all tests of a suite.
class Database : public testing::Test {
protected:
    static void SetUpTestSuite() {
        root_ = std::make_unique<base::TemporaryDir>();
        auto dir = base::DataDir::open({.path = root_->path() / "data"});
        ASSERT_TRUE(dir) << dir.error();
        data_ = std::make_unique<base::DataDir>(std::move(*dir));
        server_ = std::make_unique<PrivateServer>(
            PrivateServerOptions{.data_dir = *data_, .memory_bytes = 256U << 20U});
        start_server();
    }

    static void TearDownTestSuite() {
        stop_server();
        server_.reset();
        data_.reset();
        root_.reset();
    }

    static void start_server() {
        supervisor_ =
            std::make_unique<base::Supervisor>(std::vector<base::Supervised*>{server_.get()}, clock_);
        const auto started = supervisor_->start();
        ASSERT_TRUE(started) << started.error();
    }
    static void stop_server() {
        if (supervisor_) supervisor_->stop();
        supervisor_.reset();
    }

    std::unique_ptr<Pool> make_pool(PoolOptions options) {
        options.connection.conninfo = server_->connection_string();
        return std::make_unique<Pool>(io_, std::move(options), clock_);
    }

    template <class T>
    std::future<T> spawn(base::Task<T> task) {
        return base::asio::co_spawn(io_, std::move(task), base::asio::use_future);
    }
    template <class T>
    T finish(std::future<T> future) {
        io_.restart();
        while (future.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
            io_.run_one();
        return future.get();
    }
    template <class T>
    T run(base::Task<T> task) {
        return finish(spawn(std::move(task)));
    }
    /// Runs the loop until `holds`; gives up after `patience`.
    template <class Condition>
    bool wait_until(Condition holds, std::chrono::milliseconds patience = std::chrono::seconds{20}) {
        const auto end = std::chrono::steady_clock::now() + patience;
        io_.restart();
        while (!holds() && std::chrono::steady_clock::now() < end)
            io_.run_one_for(std::chrono::milliseconds{20});
        return holds();
    }
    /// Ends a pool and lets its coroutines end.
    void stop(Pool& pool) {
        pool.stop();
        io_.restart();
        io_.run();
    }

    static inline std::unique_ptr<base::TemporaryDir> root_;
    static inline std::unique_ptr<base::DataDir> data_;
    static inline std::unique_ptr<PrivateServer> server_;
    static inline std::unique_ptr<base::Supervisor> supervisor_;
    static inline const base::SystemClock clock_;
    base::asio::io_context io_;
};

}  // namespace postgres::test
