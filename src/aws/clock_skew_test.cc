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
  EXPECT_EQ(clock_offset("InvalidSignatureException", kDate, server - 10min), 10min);
  EXPECT_EQ(clock_offset("RequestTimeTooSkewed", kDate, server + 1h), -1h);
  EXPECT_FALSE(clock_offset("InvalidSignatureException", kDate, server + 4min));
  EXPECT_FALSE(clock_offset("InvalidSignatureException", kDate, server - 4min));
  EXPECT_FALSE(clock_offset("ThrottlingException", kDate, server - 1h));
  EXPECT_FALSE(clock_offset("InvalidSignatureException", "", server - 1h));
}

}  // namespace
}  // namespace stargate::aws
