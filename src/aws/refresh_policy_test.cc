#include "aws/refresh_policy.h"

#include <gtest/gtest.h>

#include "aws/credential_chain.h"

namespace stargate::aws {
namespace {

using namespace std::chrono_literals;

SigningIdentity expiring_in(Duration left, const char* origin = "container") {
  SigningIdentity identity;
  identity.expires = WallTime() + left;
  identity.origin = origin;
  return identity;
}

TEST(RefreshPolicy, windows) {
  EXPECT_EQ(standing_of(SigningIdentity(), WallTime()), Standing::kFresh);
  EXPECT_EQ(standing_of(expiring_in(15min + 1s), WallTime()), Standing::kFresh);
  EXPECT_EQ(standing_of(expiring_in(15min), WallTime()), Standing::kAdvisory);
  EXPECT_EQ(standing_of(expiring_in(10min), WallTime()), Standing::kMandatory);
  EXPECT_EQ(standing_of(expiring_in(0s), WallTime()), Standing::kExpired);
  EXPECT_FALSE(usable(expiring_in(0s), WallTime()));
  EXPECT_TRUE(usable(expiring_in(0s, kImdsOrigin), WallTime()));
}

TEST(RefreshPolicy, pauses_stay_within_their_bounds) {
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{999}, UINT64_MAX}) {
    EXPECT_EQ(pause_after_success(expiring_in(1h), WallTime(), random), 0s);
    EXPECT_EQ(pause_after_success(expiring_in(30s), WallTime(), random), 15s);
    EXPECT_EQ(pause_after_success(expiring_in(9min), WallTime(), random), 60s);
    const Duration stability = pause_after_success(expiring_in(-1h, kImdsOrigin), WallTime(), random);
    EXPECT_GE(stability, 5min);
    EXPECT_LT(stability, 10min);
    Duration before = 0s;
    for (int failures = 1; failures < 40; ++failures) {
      const Duration pause = pause_after_failure(failures, nullptr, WallTime(), random);
      EXPECT_GE(pause, before);
      EXPECT_LE(pause, 30s);
      EXPECT_GE(pause, 500ms);
      before = pause;
    }
    const SigningIdentity held = expiring_in(5min);
    EXPECT_GE(pause_after_failure(1, &held, WallTime(), random), 30s);
    const SigningIdentity stale = expiring_in(-1min, kImdsOrigin);
    EXPECT_GE(pause_after_failure(1, &stale, WallTime(), random), 5min);
  }
}

}  // namespace
}  // namespace stargate::aws
