#include "app/config_price.h"

#include <cstdint>
#include <string>

namespace stargate::app {
namespace {

constexpr int kPicoDigits = 12;
constexpr int kExponentMax = 40;                             // larger ones cannot be a price
constexpr std::int64_t kPicoUsdMax = 1'000'000'000'000'000;  // $1,000 per token
constexpr std::size_t kDigitsMax = 64;

Failure bad(std::string_view text, std::string_view why) {
  return base::client_error(ErrorCode::kBadRequest, "'" + std::string(text) + "' " + std::string(why));
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// Digits without the point, and how many of them stand behind it.
struct Decimal {
  std::string digits;
  int decimals = 0;
};

bool read_mantissa(std::string_view& rest, Decimal& out) {
  bool point = false;
  while (!rest.empty() && (digit(rest[0]) || (rest[0] == '.' && !point))) {
    if (rest[0] == '.') {
      point = true;
    } else {
      out.digits += rest[0];
      out.decimals += point ? 1 : 0;
    }
    rest.remove_prefix(1);
  }
  return !out.digits.empty() && out.digits.size() <= kDigitsMax;
}

bool read_exponent(std::string_view rest, Decimal& out) {
  if (rest.empty()) return true;
  if (rest[0] != 'e' && rest[0] != 'E') return false;
  rest.remove_prefix(1);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) return false;
  int exponent = 0;
  for (const char c : rest) {
    if (!digit(c)) return false;
    exponent = exponent * 10 + (c - '0');
    if (exponent > kExponentMax) return false;
  }
  out.decimals += negative ? exponent : -exponent;
  return true;
}

}  // namespace

Result<base::PicoUsd> parse_dollars_per_token(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('-')) return bad(text, "is a negative price");
  if (rest.starts_with('+')) rest.remove_prefix(1);
  Decimal decimal;
  if (!read_mantissa(rest, decimal) || !read_exponent(rest, decimal)) return bad(text, "is not a decimal number");
  // Shift the point to the right until the number counts pico-dollars.
  int shift = kPicoDigits - decimal.decimals;
  while (shift < 0 && decimal.digits.size() > 1 && decimal.digits.back() == '0') {
    decimal.digits.pop_back();
    ++shift;
  }
  if (decimal.digits.find_first_not_of('0') == std::string::npos) return base::PicoUsd{0};
  if (shift < 0) return bad(text, "has digits below a pico-dollar (10^-12), which would have to be rounded");
  std::int64_t value = 0;
  for (const char c : decimal.digits) {
    value = value * 10 + (c - '0');
    if (value > kPicoUsdMax) return bad(text, "is more than $1,000 per token");
  }
  for (; shift > 0; --shift) {
    value *= 10;
    if (value > kPicoUsdMax) return bad(text, "is more than $1,000 per token");
  }
  return base::PicoUsd{value};
}

}  // namespace stargate::app
