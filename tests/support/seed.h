// The seed of a random test: STARGATE_SEED where that is set, else `otherwise`, else one of the system's. Tests show it
// in a SCOPED_TRACE.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>

namespace stargate::test {

inline std::uint64_t seed(std::optional<std::uint64_t> otherwise = std::nullopt) {
  if (const char* given = std::getenv("STARGATE_SEED")) return std::strtoull(given, nullptr, 10);
  return otherwise ? *otherwise : std::random_device{}();
}

}  // namespace stargate::test
