// Task: what a function that waits returns. The only one of our headers that may bring Asio in.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/error.hpp"

namespace base {

namespace asio = boost::asio;

/// A coroutine of one worker thread. It starts when awaited and resumes on the worker's io_context.
template <class T>
using Task = asio::awaitable<T>;

}  // namespace base
