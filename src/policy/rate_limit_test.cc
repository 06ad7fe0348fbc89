#include "policy/rate_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace stargate::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::Pair;

constexpr MonoTime kStart{seconds(1000)};
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

class RateLimitTest : public testing::Test {
 protected:
  RateGate gate(RateLimits limits, RateUse& use) { return {"api_key", "ci", limits, &use}; }

  RateUse key_;
  RateUse team_;
};

TEST_F(RateLimitTest, RequestsAreExactAndTheWindowBeginsWithTheFirst) {
  std::array gates = {gate({.requests_per_minute = 2}, key_)};
  EXPECT_TRUE(take(gates, {}, kStart));
  EXPECT_TRUE(take(gates, {}, kStart + seconds(59)));
  const auto refused = take(gates, {}, kStart + milliseconds(59'001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().figure.kind, RateKind::kRequests);
  EXPECT_EQ(refused.error().figure.remaining, 0);
  EXPECT_EQ(refused.error().figure.resets_after, milliseconds(999));
  EXPECT_TRUE(take(gates, {}, kStart + seconds(60)));
  EXPECT_EQ(figures(gates[0], kStart + seconds(60))[0].remaining, 1);
}

TEST_F(RateLimitTest, ConcurrencyIsExactAcrossWindows) {
  std::array gates = {gate({.parallel_requests = 2}, key_)};
  const auto first = take(gates, {}, kStart);
  ASSERT_TRUE(take(gates, {}, kStart));
  EXPECT_EQ(take(gates, {}, kStart + seconds(600)).error().figure.kind, RateKind::kParallel);
  give_back(gates, *first, 0);
  EXPECT_TRUE(take(gates, {}, kStart + seconds(600)));
  EXPECT_FALSE(take(gates, {}, kStart + seconds(600)));
}

TEST_F(RateLimitTest, TokensAreReservedByEstimateAndPutRightByUsage) {
  std::array gates = {gate({.tokens_per_minute = 1000}, key_)};
  const auto first = take(gates, {.tokens = 600}, kStart);
  ASSERT_TRUE(first);
  EXPECT_EQ(take(gates, {.tokens = 401}, kStart).error().figure.remaining, 400);
  give_back(gates, *first, 100);
  EXPECT_EQ(figures(gates[0], kStart)[0].remaining, 900);
  const auto second = take(gates, {.tokens = 900}, kStart);
  ASSERT_TRUE(second);
  give_back(gates, *second, 5000);  // more than was thought
  EXPECT_EQ(figures(gates[0], kStart)[0].remaining, 0);
  EXPECT_FALSE(take(gates, {.tokens = 1}, kStart));
}

TEST_F(RateLimitTest, UsageThatComesInALaterWindowCorrectsNothing) {
  std::array gates = {gate({.tokens_per_minute = 1000}, key_)};
  const auto early = take(gates, {.tokens = 900}, kStart);
  ASSERT_TRUE(take(gates, {.tokens = 300}, kStart + seconds(61)));
  give_back(gates, *early, 100);
  EXPECT_EQ(figures(gates[0], kStart + seconds(61))[0].remaining, 700);
}

TEST_F(RateLimitTest, ARequestAboveTheWholeLimitPassesAloneOnly) {
  std::array gates = {gate({.tokens_per_minute = 1000}, key_)};
  ASSERT_TRUE(take(gates, {.tokens = 5000}, kStart));
  EXPECT_FALSE(take(gates, {.tokens = 1}, kStart));
  EXPECT_TRUE(take(gates, {.tokens = kMost}, kStart + seconds(60)));
  std::array closed = {gate({.tokens_per_minute = 0}, team_)};
  EXPECT_FALSE(take(closed, {.tokens = 1}, kStart));
}

TEST_F(RateLimitTest, AllGatesOrNone) {
  std::array gates = {gate({.requests_per_minute = 10, .parallel_requests = 10}, key_),
                      RateGate{"team", "t1", {.requests_per_minute = 1}, &team_}};
  ASSERT_TRUE(take(gates, {}, kStart));
  const auto refused = take(gates, {}, kStart);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().gate, 1U);
  EXPECT_EQ(key_.requests, 1);
  EXPECT_EQ(key_.parallel, 1);
}

TEST_F(RateLimitTest, CountingTokensIsHeldUpByNoRequestLimit) {
  std::array gates = {gate({.requests_per_minute = 1, .parallel_requests = 1}, key_)};
  ASSERT_TRUE(take(gates, {}, kStart));
  for (int i = 0; i < 26; ++i) {
    const auto counted = take(gates, {.counts_request = false}, kStart);
    ASSERT_TRUE(counted);
    give_back(gates, *counted, 0);
  }
  EXPECT_EQ(key_.requests, 1);
  EXPECT_EQ(key_.parallel, 1);
}

TEST_F(RateLimitTest, WhatWasNeverSentIsAsIfNotTaken) {
  std::array gates = {gate({.requests_per_minute = 1, .tokens_per_minute = 100, .parallel_requests = 1}, key_)};
  const auto taken = take(gates, {.tokens = 100}, kStart);
  ASSERT_TRUE(taken);
  undo(gates, *taken);
  EXPECT_TRUE(take(gates, {.tokens = 100}, kStart));
}

TEST_F(RateLimitTest, TheRefusalSpeaksAsLiteLlmDoes) {
  std::array gates = {gate({.requests_per_minute = 0, .parallel_requests = 0}, key_)};
  const WallTime wall{seconds(1'764'076'455)};
  const Error error = rate_limited(gates, take(gates, {}, kStart).error(), wall);
  EXPECT_EQ(error.code, ErrorCode::kRateLimited);
  EXPECT_EQ(error.retry_after_s, 60);
  EXPECT_EQ(
      error.message,
      "Rate limit exceeded for api_key: ci. Limit type: requests. Current limit: 0, Remaining: 0. Limit resets at: "
      "2025-11-25 13:15:15 UTC");
  gates[0].limits.requests_per_minute.reset();
  EXPECT_EQ(rate_limited(gates, take(gates, {}, kStart).error(), wall).retry_after_s, 1);
}

TEST_F(RateLimitTest, HeadersTellEveryGateAndTheTightest) {
  std::array gates = {gate({.requests_per_minute = 10, .tokens_per_minute = 1000}, key_),
                      RateGate{"team", "t1", {.requests_per_minute = 5, .parallel_requests = 3}, &team_}};
  ASSERT_TRUE(take(gates, {.tokens = 300}, kStart));
  const auto headers = rate_limit_headers(gates, kStart + milliseconds(22'500));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-api_key-limit-requests", "10")));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-api_key-remaining-requests", "9")));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-api_key-remaining-tokens", "700")));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-team-remaining-max_parallel_requests", "2")));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-remaining-requests", "4")));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-limit-requests", "5")));
  EXPECT_THAT(headers, Contains(Pair("x-ratelimit-reset-requests", "38s")));
  EXPECT_TRUE(rate_limit_headers({}, kStart).empty());
}

}  // namespace
}  // namespace stargate::policy
