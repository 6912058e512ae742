// Runs CPU-heavy or blocking work on a thread pool, so that it never holds up a worker.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/task.hpp"

namespace base {

/// Calls `work()` on a thread of `pool` and resumes on the worker with what it returned.
template <class Work>
Task<std::invoke_result_t<Work>> offload(asio::thread_pool& pool, Work work) {
    using Outcome = std::invoke_result_t<Work>;
    // SAFETY: the work is a parameter of the coroutine, not a capture: it lives in the frame.
    // Without the caller's cancellation slot: it may be used on the caller's thread only.
    co_return co_await asio::co_spawn(
        pool, [](Work inner) -> Task<Outcome> { co_return inner(); }(std::move(work)),
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace base
