// The seed of a random test: STARGATE_SEED where that is set, else one of the system's. Tests show it in a
// SCOPED_TRACE.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace stargate::test {

inline std::uint64_t seed() {
  const char* given = std::getenv("STARGATE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

}  // namespace stargate::test
