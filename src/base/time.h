// Clock types. Pure rooms receive time as a value; only adapters behind ports::Env read a clock.
#pragma once

#include <chrono>

namespace stargate::base {

using Duration = std::chrono::nanoseconds;
using MonoTime = std::chrono::steady_clock::time_point;  // deadlines, latencies
using WallTime = std::chrono::system_clock::time_point;  // signatures, logs, expiry

}  // namespace stargate::base

namespace stargate {
using base::Duration;
using base::MonoTime;
using base::WallTime;
}  // namespace stargate
