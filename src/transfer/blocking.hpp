// How a thread that reads a file uses the database: it runs a task on a worker's loop and waits for its end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <future>

#include "base/log.hpp"
#include "base/task.hpp"

namespace transfer {

/// Where an import may use the database. All of it outlives the import.
struct Loop {
    base::asio::io_context& io;
    /// True when the import has to end; then nothing is waited for longer than `kGrace`. For any thread.
    std::function<bool()> stopping;
    static constexpr std::chrono::seconds kGrace{5};

    /// Starts a task on the loop.
    template <class T>
    [[nodiscard]] std::future<base::Result<T>> start(base::Task<base::Result<T>> task) const {
        return base::asio::co_spawn(io, std::move(task), base::asio::use_future);
    }

    /// Waits for what `start` returned. When the loop has stopped the error is service_unavailable; the task
    /// must therefore own what it uses.
    template <class T>
    [[nodiscard]] base::Result<T> wait(std::future<base::Result<T>> future) const {
        constexpr std::chrono::milliseconds kStep{100};
        for (std::chrono::milliseconds waited{}; future.wait_for(kStep) != std::future_status::ready;) {
            if (stopping() && (waited += kStep) > kGrace)
                return base::fail(base::Errc::service_unavailable, "The server is being stopped");
        }
        try {
            return future.get();
        } catch (const std::future_error&) {
            return base::fail(base::Errc::service_unavailable, "The server is being stopped");
        } catch (const std::exception& error) {
            base::log::error("task of an import failed", {{"error", error.what()}});
            return base::fail(base::Errc::internal_error);
        }
    }

    template <class T>
    [[nodiscard]] base::Result<T> run(base::Task<base::Result<T>> task) const {
        return wait(start(std::move(task)));
    }
};

}  // namespace transfer
