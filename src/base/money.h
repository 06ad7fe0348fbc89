// Money without floating point. NanoUsd: 10^-9 US dollars. PicoUsd: 10^-12 US dollars, the unit of a price per token
// (1 $ per million tokens = 1,000,000 pico-dollars per token).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
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

inline constexpr std::int64_t kPicoUsdPerNanoUsd = 1'000;
inline constexpr std::int64_t kNanoUsdPerUsd = 1'000'000'000;

// Sums stop at the ends of the type (9.2 thousand million dollars): a total never wraps into a credit.
constexpr std::int64_t saturating_add(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(left, right, &sum)) return sum;
  return right > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

constexpr NanoUsd operator+(NanoUsd left, NanoUsd right) { return {saturating_add(left.value, right.value)}; }
constexpr PicoUsd operator+(PicoUsd left, PicoUsd right) { return {saturating_add(left.value, right.value)}; }
constexpr NanoUsd operator-(NanoUsd left, NanoUsd right) {
  return left + NanoUsd{right.value == std::numeric_limits<std::int64_t>::min()
                            ? std::numeric_limits<std::int64_t>::max()
                            : -right.value};
}
constexpr NanoUsd& operator+=(NanoUsd& left, NanoUsd right) { return left = left + right; }
constexpr NanoUsd& operator-=(NanoUsd& left, NanoUsd right) { return left = left - right; }

// "12.50", "0.000000105", "-3.00": exact dollars, at least two decimals.
std::string dollars(NanoUsd amount);

// "$3.00", "$0.0625": dollars per million tokens of a per-token price, exact, at least two decimals.
std::string dollars_per_million(PicoUsd per_token);

}  // namespace stargate::base
