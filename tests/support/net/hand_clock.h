// A clock that a test moves by hand, readable from any thread. Waiting on it takes no time.
#pragma once

#include <atomic>
#include <chrono>

#include "ports/env.h"

namespace stargate::test {

class HandClock : public ports::Env {
 public:
  explicit HandClock(WallTime start) : start_(start) {}
  MonoTime now() const override { return MonoTime(std::chrono::hours(1)) + passed(); }
  WallTime wall() const override { return start_ + passed(); }
  std::uint64_t random() override { return 0; }
  ports::Task<Result<void>> sleep(Duration /*time*/, ports::Cancel& /*cancel*/) override { co_return Result<void>(); }
  void advance(Duration time) { passed_ += time.count(); }

 private:
  [[nodiscard]] Duration passed() const { return Duration(passed_.load()); }
  const WallTime start_;
  std::atomic<Duration::rep> passed_ = 0;
};

}  // namespace stargate::test
