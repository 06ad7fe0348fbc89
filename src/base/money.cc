#include "base/money.h"

#include <fmt/format.h>

namespace stargate::base {
namespace {

constexpr std::size_t kDecimalsMin = 2;

// Drops zeros at the end while more than two decimals stand.
void shorten(std::string& text) {
  while (text.back() == '0' && text[text.size() - kDecimalsMin - 1] != '.') text.pop_back();
}

}  // namespace

std::string dollars(NanoUsd amount) {
  // The magnitude as unsigned: the smallest value has no positive twin.
  const bool negative = amount.value < 0;
  const auto bits = static_cast<std::uint64_t>(amount.value);
  const std::uint64_t magnitude = negative ? ~bits + 1 : bits;
  constexpr auto kUnit = static_cast<std::uint64_t>(kNanoUsdPerUsd);
  std::string text = fmt::format("{}{}.{:09}", negative ? "-" : "", magnitude / kUnit, magnitude % kUnit);
  shorten(text);
  return text;
}

std::string dollars_per_million(PicoUsd per_token) {
  const std::int64_t whole = per_token.value / kPicoUsdPerUsdPerMillion;
  const std::int64_t rest = per_token.value % kPicoUsdPerUsdPerMillion;
  std::string text = fmt::format("${}.{:06}", whole, rest);
  shorten(text);
  return text;
}

}  // namespace stargate::base
