// Bounds of the room.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace stargate::store {

struct Settings {
  Duration connect_time_max = std::chrono::seconds(5);
  Duration statement_time_max = std::chrono::seconds(15);
  Duration busy_time_max = std::chrono::seconds(5);           // how long a transaction tries to get past other writers
  Duration reconnect_pause = std::chrono::milliseconds(250);  // after a failed attempt the next one waits so long
  Duration migration_time_max = std::chrono::minutes(10);     // with waiting for another gateway that migrates
  int attempts_max = 12;                                      // ... and how often
};

}  // namespace stargate::store
