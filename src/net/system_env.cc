#include "net/system_env.h"

#include <sys/random.h>

#include "net/waiter.h"

namespace stargate::net {

std::uint64_t SystemEnv::random() {
  std::uint64_t value = 0;
  // Up to 256 bytes come whole and, once the system has started, without waiting (getrandom(2)).
  while (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
  }
  return value;
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
