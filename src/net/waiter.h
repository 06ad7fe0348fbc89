// The one way in which coroutines of this room wait: until somebody wakes them, a deadline passes, or they are
// interrupted.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "net/timer_wheel.h"
#include "ports/task.h"

namespace stargate::net {

class Core;
using Executor = boost::asio::io_context::executor_type;

enum class Wake : std::uint8_t { kReady, kTimeout, kInterrupted };

// A place where at most one coroutine waits at a time. A wake is delivered to whoever waits now; it is not kept for a
// later wait. Lives as a member of a stable object on one core. Every pending wait is interrupted when the core stops,
// so that coroutines end by their ordinary error paths.
class Waiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  explicit Waiter(Core& core);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  ports::Task<Wake> wait(MonoTime deadline = MonoTime::max());
  [[nodiscard]] bool waiting() const { return handler_.has_value(); }

  // Resumes the waiting coroutine, if any, before returning: call it from the event loop's handlers only, as the last
  // thing done to an object that the coroutine may destroy.
  void wake(Wake how);

  // The same from anywhere on the core: the coroutine goes on in one of the event loop's next turns.
  void wake_soon(Wake how);

 private:
  using Handler = boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void(Wake)>::handler_type;

  std::optional<Handler> take();
  void begin(Handler handler, MonoTime deadline);

  Core& core_;
  std::optional<Handler> handler_;
  TimerWheel::Entry entry_;
};

}  // namespace stargate::net
