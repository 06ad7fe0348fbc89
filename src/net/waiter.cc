#include "net/waiter.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "net/core.h"

namespace stargate::net {

Waiter::Waiter(Core& core)
    : core_(core), entry_([](void* self) { static_cast<Waiter*>(self)->wake(Wake::kTimeout); }, this) {}

ports::Task<Wake> Waiter::wait(MonoTime deadline) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void(Wake)>(
      [this, deadline](Handler handler) { begin(std::move(handler), deadline); },
      boost::asio::use_awaitable_t<Executor>{});
}

void Waiter::begin(Handler handler, MonoTime deadline) {
  if (core_.stopping()) {
    boost::asio::post(core_.executor(), [waiting = std::move(handler)]() mutable { waiting(Wake::kInterrupted); });
    return;
  }
  handler_.emplace(std::move(handler));
  core_.waiters_.push_back(*this);
  core_.wheel().arm(entry_, deadline);
}

std::optional<Waiter::Handler> Waiter::take() {
  if (!handler_) return std::nullopt;
  TimerWheel::disarm(entry_);
  unlink();
  std::optional<Handler> handler = std::move(handler_);
  handler_.reset();
  return handler;
}

void Waiter::wake(Wake how) {
  std::optional<Handler> handler = take();
  if (handler) (*handler)(how);
}

void Waiter::wake_soon(Wake how) {
  std::optional<Handler> handler = take();
  if (!handler) return;
  boost::asio::post(core_.executor(), [waiting = std::move(*handler), how]() mutable { waiting(how); });
}

}  // namespace stargate::net
