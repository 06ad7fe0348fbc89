// The world's inconstant parts: time, sleep, randomness. Tests give a clock that they move by hand.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/time.h"
#include "ports/cancel.h"
#include "ports/task.h"

namespace stargate::ports {

class Env {
 public:
  virtual ~Env() = default;
  [[nodiscard]] virtual MonoTime now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual std::uint64_t random() = 0;  // from the system's generator, uniform over 64 bits
  // kCancelled when `cancel` is requested before the time is over.
  virtual Task<Result<void>> sleep(Duration time, Cancel& cancel) = 0;
};

}  // namespace stargate::ports
