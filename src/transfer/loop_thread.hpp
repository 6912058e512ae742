// A loop that runs while a command does its work.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "base/task.hpp"

namespace transfer {

/// Runs a loop on a thread for its life.
class LoopThread {
public:
    explicit LoopThread(base::asio::io_context& io) : io_(io), work_(io.get_executor()) {
        io_.restart();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~LoopThread() {
        work_.reset();
        io_.stop();
        thread_.join();
    }
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

private:
    base::asio::io_context& io_;
    base::asio::executor_work_guard<base::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace transfer
