// The time of everything that is stored: UTC, whole microseconds, so that both databases give back what they were
// given.
#pragma once

#include <chrono>
#include <string>

#include "base/time.h"

namespace stargate::policy::account {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Day = std::chrono::sys_days;  // a UTC day

inline Instant instant_of(WallTime time) { return std::chrono::floor<std::chrono::microseconds>(time); }
inline Day day_of(Instant time) { return std::chrono::floor<std::chrono::days>(time); }

// A JSON value as text, kept as it came. Whoever writes one has checked that it is JSON.
using JsonText = std::string;

}  // namespace stargate::policy::account
