#include "net/system_env.h"

#include <sys/random.h>

#include <utility>

#include "net/waiter.h"

namespace stargate::net {

std::uint64_t SystemEnv::random() {
  if (random_left_ == 0) {
    // Up to 256 bytes come whole and, once the system has started, without waiting (getrandom(2)).
    static_assert(sizeof random_ <= 256);
    while (getrandom(random_.data(), sizeof random_, 0) != static_cast<ssize_t>(sizeof random_)) {
    }
    random_left_ = random_.size();
  }
  return std::exchange(random_[--random_left_], 0);
}

ports::Task<Result<void>> SystemEnv::sleep(Duration time, ports::Cancel& cancel) {
  Waiter waiter(core_);
  const ports::Cancel::Hook hook(cancel, [&waiter] { waiter.wake_soon(Wake::kInterrupted); });
  if (!cancel.requested()) {
    const Wake wake = co_await waiter.wait(Core::now() + time);
    if (wake == Wake::kTimeout) co_return Result<void>{};
  }
  co_return base::fail(ErrorCode::kCancelled, "cancelled");
}

}  // namespace stargate::net
