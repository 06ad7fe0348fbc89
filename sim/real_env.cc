#include "sim/real_env.h"

#include <sys/random.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stargate::sim {
namespace {

using Executor = boost::asio::io_context::executor_type;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace

MonoTime RealEnv::now() const { return std::chrono::steady_clock::now(); }

WallTime RealEnv::wall() const { return std::chrono::system_clock::now(); }

std::uint64_t RealEnv::random() {
  std::uint64_t value = 0;
  // 8 bytes come whole or not at all, and not at all only before the system's generator is seeded at boot.
  if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) value = 0;
  return value;
}

ports::Task<Result<void>> RealEnv::sleep(Duration time, ports::Cancel& cancel) {
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  Timer timer(*io_, time);
  const ports::Cancel::Hook hook(cancel, [&timer] { timer.cancel(); });
  boost::system::error_code ignored;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>(), ignored));
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  co_return Result<void>{};
}

}  // namespace stargate::sim
