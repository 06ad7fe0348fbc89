#include "aws/clock_skew.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "aws/timestamp.h"

namespace stargate::aws {

std::optional<Duration> clock_offset(std::string_view error_type, std::string_view date_header, WallTime now,
                                     Duration added) {
  constexpr std::array<std::string_view, 6> kTypes = {"RequestTimeTooSkewed",  "RequestExpired",
                                                      "RequestInTheFuture",    "InvalidSignatureException",
                                                      "SignatureDoesNotMatch", "AuthFailure"};
  constexpr std::chrono::minutes kTolerated{4};
  if (std::ranges::find(kTypes, error_type) == kTypes.end()) return std::nullopt;
  const auto theirs = parse_http_date(date_header);
  if (!theirs) return std::nullopt;
  const Duration offset = *theirs - now;
  if (std::chrono::abs(offset - added) <= kTolerated) return std::nullopt;
  return offset;
}

}  // namespace stargate::aws
