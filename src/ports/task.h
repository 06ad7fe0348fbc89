// The coroutine type of everything that waits. One io_context per core; a task never leaves its core.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace stargate::ports {

template <class T = void>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

}  // namespace stargate::ports
