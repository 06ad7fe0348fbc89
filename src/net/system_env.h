// The real world: the system's clocks, its random numbers, and sleep.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "net/core.h"
#include "ports/env.h"

namespace stargate::net {

// One per core. Sleep is as coarse as the timer wheel (TimerWheel::kTick late at most).
class SystemEnv final : public ports::Env {
 public:
  explicit SystemEnv(Core& core) : core_(core) {}

  [[nodiscard]] MonoTime now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }
  [[nodiscard]] std::uint64_t random() override;
  ports::Task<Result<void>> sleep(Duration time, ports::Cancel& cancel) override;

 private:
  Core& core_;
  // Random numbers are fetched a few at a time: a system call for each was the dearest part of making a request id.
  std::array<std::uint64_t, 32> random_{};
  std::size_t random_left_ = 0;
};

}  // namespace stargate::net
