#include "aws/clock_skew.h"

#include <gtest/gtest.h>

#include <chrono>

#include "aws/timestamp.h"

namespace stargate::aws {
namespace {

using namespace std::chrono_literals;
constexpr const char* kDate = "Thu, 01 Jan 2026 00:00:00 GMT";

TEST(ClockSkew, is_the_distance_to_the_servers_date) {
  const WallTime server = *parse_http_date(kDate);
  EXPECT_EQ(clock_offset("InvalidSignatureException", kDate, server - 10min, 0s), 10min);
  EXPECT_EQ(clock_offset("RequestTimeTooSkewed", kDate, server + 1h, 0s), -1h);
  EXPECT_FALSE(clock_offset("InvalidSignatureException", kDate, server + 4min, 0s));
  EXPECT_FALSE(clock_offset("InvalidSignatureException", kDate, server - 4min, 0s));
  EXPECT_FALSE(clock_offset("ThrottlingException", kDate, server - 1h, 0s));
  EXPECT_FALSE(clock_offset("InvalidSignatureException", "", server - 1h, 0s));
}

TEST(ClockSkew, counts_from_the_time_that_was_signed_with) {
  const WallTime server = *parse_http_date(kDate);
  EXPECT_FALSE(clock_offset("InvalidSignatureException", kDate, server - 1h - 300ms, 1h));
  EXPECT_EQ(clock_offset("InvalidSignatureException", kDate, server - 1h, 2h), 1h);
  EXPECT_EQ(clock_offset("InvalidSignatureException", kDate, server + 1s, 1h), -1s) << "our clock was set right";
}

}  // namespace
}  // namespace stargate::aws
