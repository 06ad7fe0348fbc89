#include "ledger/rate_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace stargate::ledger {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::Pair;

constexpr MonoTime kNow{seconds(1000)};
constexpr WallTime kWall{seconds(1'764'076'455)};

RateDemand key(policy::RateLimits limits) { return {"api_key", "hash", "ci", limits}; }
RateDemand team(policy::RateLimits limits) { return {"team", "t1", "", limits}; }

class RateBookTest : public testing::Test {
 protected:
  Result<RateLease> take(std::vector<RateDemand> demands, std::int64_t tokens = 0, MonoTime now = kNow) {
    return book_.take(demands, {.tokens = tokens}, now, kWall);
  }
  RateBook book_;
};

TEST_F(RateBookTest, ALeaseHoldsASlotUntilItEndsHoweverItEnds) {
  const std::vector<RateDemand> one = {key({.parallel_requests = 1})};
  auto first = take(one);
  ASSERT_TRUE(first);
  EXPECT_FALSE(take(one));
  RateLease moved = std::move(*first);
  first->finish(5);  // an empty handle says nothing
  EXPECT_FALSE(take(one));
  moved.finish(5);
  moved.undo();
  {
    auto dropped = take(one);
  }
  auto last = take(one);
  EXPECT_TRUE(last);
  *last = RateLease();
  EXPECT_TRUE(take(one));
}

TEST_F(RateBookTest, AllOrNoneAndTheRefusalNamesWhoAndUntilWhen) {
  const std::vector<RateDemand> both = {key({.requests_per_minute = 10}), team({.requests_per_minute = 1})};
  ASSERT_TRUE(take(both));
  const auto refused = take(both);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRateLimited);
  EXPECT_NE(refused.error().message.find("team: t1"), std::string::npos);
  EXPECT_EQ(refused.error().retry_after_s, 60);
  const auto third = take({key({.requests_per_minute = 10})});
  EXPECT_THAT(third->headers(kNow), Contains(Pair("x-ratelimit-api_key-remaining-requests", "8")));
}

TEST_F(RateBookTest, TokensArePutRightAndTheEstimateStandsForWhatWasDropped) {
  const std::vector<RateDemand> one = {key({.tokens_per_minute = 1000})};
  auto first = take(one, 600);
  first->finish(100);
  {
    auto dropped = take(one, 500);
  }
  auto unsent = take(one, 400);
  ASSERT_TRUE(unsent);
  EXPECT_FALSE(take(one, 1));
  unsent->undo();
  EXPECT_TRUE(take(one, 400));
  EXPECT_TRUE(unsent->headers(kNow).empty());
}

TEST_F(RateBookTest, WithoutLimitsNothingIsCounted) {
  auto lease = take({key({}), team({})});
  ASSERT_TRUE(lease);
  lease->finish(5);
  EXPECT_EQ(book_.entities(), 0U);
}

TEST_F(RateBookTest, EntitiesThatNobodyUsesAreForgotten) {
  auto held = take({team({.requests_per_minute = 5})});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(take({{"api_key", std::to_string(i), "", {.requests_per_minute = 5}}}));
  }
  EXPECT_EQ(book_.entities(), 1001U);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(take({{"api_key", "the only one", "", {.parallel_requests = 5}}}, 0, kNow + seconds(61)));
  }
  EXPECT_LE(book_.entities(), 2U);
  EXPECT_THAT(held->headers(kNow), Contains(Pair("x-ratelimit-team-remaining-requests", "4")));
}

TEST_F(RateBookTest, ManyCoresNeverPassALimit) {
  constexpr int kThreads = 8;
  const std::vector<RateDemand> both = {key({.requests_per_minute = 500, .parallel_requests = 20}),
                                        team({.requests_per_minute = 400})};
  std::latch start(kThreads);
  std::atomic<int> passed = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      std::vector<RateLease> leases;
      for (int call = 0; call < 200; ++call) {
        auto lease = take(both);
        if (lease) {
          ++passed;
          const int now = ++at_once;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          leases.push_back(std::move(*lease));
        }
        if (leases.size() > 3 || (!lease && !leases.empty())) {
          --at_once;
          leases.pop_back();
        }
      }
      at_once -= static_cast<int>(leases.size());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 400);  // there were enough tries
  EXPECT_LE(most, 20);
}

}  // namespace
}  // namespace stargate::ledger
