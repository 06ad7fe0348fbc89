// Money without floating point. NanoUsd: 10^-9 US dollars. PicoUsd: 10^-12 US dollars, the unit of a price per token
// (1 $ per million tokens = 1,000,000 pico-dollars per token).
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace stargate::base {

struct NanoUsd {
  std::int64_t value = 0;
  auto operator<=>(const NanoUsd&) const = default;
};

struct PicoUsd {
  std::int64_t value = 0;
  auto operator<=>(const PicoUsd&) const = default;
};

inline constexpr std::int64_t kPicoUsdPerUsdPerMillion = 1'000'000;

// "$3.00", "$0.0625": dollars per million tokens of a per-token price, exact, at least two decimals.
std::string dollars_per_million(PicoUsd per_token);

}  // namespace stargate::base
