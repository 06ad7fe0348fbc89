#include "base/money.h"

#include <fmt/format.h>

namespace stargate::base {

std::string dollars_per_million(PicoUsd per_token) {
  const std::int64_t whole = per_token.value / kPicoUsdPerUsdPerMillion;
  const std::int64_t rest = per_token.value % kPicoUsdPerUsdPerMillion;
  std::string text = fmt::format("${}.{:06}", whole, rest);
  while (text.back() == '0' && text[text.size() - 3] != '.') text.pop_back();
  return text;
}

}  // namespace stargate::base
