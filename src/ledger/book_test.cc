#include "ledger/book.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace stargate::ledger {
namespace {

using base::NanoUsd;
using policy::account::Scope;
using policy::account::ScopeKind;
using std::chrono::hours;

constexpr std::int64_t kCent = 10'000'000;
constexpr std::int64_t kDollar = base::kNanoUsdPerUsd;
constexpr WallTime kNoon{std::chrono::seconds(1'764'072'000)};  // 2025-11-25 12:00 UTC

const Scope kKey{ScopeKind::kKey, "k1"};
const Scope kUser{ScopeKind::kUser, "u1"};
const Scope kTeam{ScopeKind::kTeam, "t1"};

// A request that may cost `worst`, and is not sent for less.
policy::HoldPlan whole(std::int64_t worst) {
  policy::HoldPlan plan;
  plan.input = {worst * base::kPicoUsdPerNanoUsd};
  plan.worst = plan.least = plan.expected = {worst};
  return plan;
}

class BookTest : public testing::Test {
 protected:
  void open(const Scope& key, std::optional<std::int64_t> limit, std::string_view duration = {}) {
    book_.open(key, terms(limit, duration), std::nullopt, kNoon);
  }

  static BudgetTerms terms(std::optional<std::int64_t> limit, std::string_view duration = {}) {
    BudgetTerms out;
    if (limit) out.limit = NanoUsd{*limit};
    if (!duration.empty()) out.period = *policy::parse_budget_duration(duration);
    out.anchor = kNoon;
    return out;
  }

  BudgetSet set(std::vector<Scope> keys) { return *book_.resolve(keys); }

  std::pair<std::int64_t, std::int64_t> figures(const Scope& key, WallTime now = kNoon) {
    const auto found = book_.figures(key, now);
    return found ? std::pair(found->spent.value, found->held.value) : std::pair<std::int64_t, std::int64_t>(-1, -1);
  }

  Book book_{cctz::utc_time_zone()};
};

using Figures = std::pair<std::int64_t, std::int64_t>;

TEST_F(BookTest, AHoldIsReplacedByTheRealCostOnEveryBudget) {
  open(kKey, kDollar);
  open(kUser, std::nullopt);
  auto granted = book_.hold(set({kKey, kUser}), whole(40 * kCent), kNoon);
  ASSERT_TRUE(granted);
  EXPECT_EQ(figures(kKey), Figures(0, 40 * kCent));
  EXPECT_EQ(figures(kUser), Figures(0, 40 * kCent));
  const Settlement settlement = book_.settle(std::move(granted->hold), NanoUsd{3 * kCent});
  EXPECT_EQ(settlement.overrun, NanoUsd{0});
  EXPECT_EQ(figures(kKey), Figures(3 * kCent, 0));
  EXPECT_EQ(figures(kUser), Figures(3 * kCent, 0));
}

TEST_F(BookTest, AllBudgetsOrNoneAndTheRefusalNamesTheTightest) {
  open(kKey, kDollar);
  open(kTeam, 50 * kCent);
  const auto both = set({kKey, kTeam});
  auto first = book_.hold(both, whole(30 * kCent), kNoon);
  ASSERT_TRUE(first);
  const auto refused = book_.hold(both, whole(30 * kCent), kNoon);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().budget.key, kTeam);
  EXPECT_EQ(refused.error().budget.held, NanoUsd{30 * kCent});
  EXPECT_EQ(refused.error().needed, NanoUsd{30 * kCent});
  EXPECT_EQ(figures(kKey), Figures(0, 30 * kCent));
  book_.void_hold(std::move(first->hold));
  EXPECT_EQ(figures(kTeam), Figures(0, 0));
  EXPECT_EQ(figures(kKey), Figures(0, 0));
}

TEST_F(BookTest, AHoldEndsOnce) {
  open(kKey, kDollar);
  const auto keys = set({kKey});
  {
    auto dropped = book_.hold(keys, whole(10 * kCent), kNoon);  // never dispatched: voided
  }
  EXPECT_EQ(figures(kKey), Figures(0, 0));
  {
    auto dropped = book_.hold(keys, whole(10 * kCent), kNoon);
    dropped->hold.mark_dispatched();  // something may have been generated: the held amount counts
  }
  EXPECT_EQ(figures(kKey), Figures(10 * kCent, 0));
  auto granted = book_.hold(keys, whole(10 * kCent), kNoon);
  Hold moved = std::move(granted->hold);
  book_.settle(std::move(moved), NanoUsd{kCent});
  EXPECT_FALSE(moved.live());
  book_.settle(std::move(moved), NanoUsd{kCent});
  book_.void_hold(std::move(granted->hold));
  EXPECT_EQ(figures(kKey), Figures(11 * kCent, 0));
  const BookCounts counts = book_.counts();
  EXPECT_EQ(counts.granted, 3U);
  EXPECT_EQ(counts.settled, 2U);
  EXPECT_EQ(counts.voided, 1U);
  EXPECT_EQ(counts.abandoned, 1U);
  EXPECT_EQ(counts.in_flight(), 0U);
}

TEST_F(BookTest, AnAssignedHandleEndsWhatItHeld) {
  open(kKey, kDollar);
  auto first = book_.hold(set({kKey}), whole(10 * kCent), kNoon);
  auto second = book_.hold(set({kKey}), whole(5 * kCent), kNoon);
  first->hold = std::move(second->hold);
  EXPECT_EQ(figures(kKey), Figures(0, 5 * kCent));
}

TEST_F(BookTest, AnOverrunIsBilledAndCounted) {
  open(kKey, 10 * kCent);
  auto granted = book_.hold(set({kKey}), whole(10 * kCent), kNoon);
  EXPECT_EQ(book_.settle(std::move(granted->hold), NanoUsd{12 * kCent}).overrun, NanoUsd{2 * kCent});
  EXPECT_EQ(figures(kKey), Figures(12 * kCent, 0));
  EXPECT_EQ(book_.counts().overruns, 1U);
  EXPECT_EQ(book_.counts().overrun, NanoUsd{2 * kCent});
  EXPECT_FALSE(book_.hold(set({kKey}), whole(0), kNoon));
}

TEST_F(BookTest, AResetGivesTheWholeBudgetAndLeavesOldRequestsToTheOldWindow) {
  open(kKey, kDollar, "daily");
  const auto keys = set({kKey});
  auto early = book_.hold(keys, whole(90 * kCent), kNoon);
  EXPECT_FALSE(book_.hold(keys, whole(90 * kCent), kNoon));
  const WallTime midnight = kNoon + hours(12);
  EXPECT_FALSE(book_.hold(keys, whole(90 * kCent), midnight - std::chrono::nanoseconds(1)));
  auto late = book_.hold(keys, whole(90 * kCent), midnight);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->hold.parts().at(0).window_begin, midnight);
  EXPECT_EQ(book_.settle(std::move(early->hold), NanoUsd{80 * kCent}).late, 1U);
  EXPECT_EQ(figures(kKey, midnight), Figures(0, 90 * kCent));
  book_.settle(std::move(late->hold), NanoUsd{7 * kCent});
  EXPECT_EQ(figures(kKey, midnight), Figures(7 * kCent, 0));
  EXPECT_EQ(figures(kKey, midnight + hours(24 * 400)), Figures(0, 0));
}

TEST_F(BookTest, AClockThatGoesBackFindsItsWindow) {
  open(kKey, kDollar, "daily");
  const auto keys = set({kKey});
  book_.settle(std::move(book_.hold(keys, whole(90 * kCent), kNoon)->hold), NanoUsd{90 * kCent});
  book_.settle(std::move(book_.hold(keys, whole(5 * kCent), kNoon + hours(24 * 365))->hold), NanoUsd{5 * kCent});
  EXPECT_EQ(figures(kKey, kNoon), Figures(90 * kCent, 0));
  EXPECT_FALSE(book_.hold(keys, whole(20 * kCent), kNoon));
}

TEST_F(BookTest, AWindowWithHoldsIsNeverForgotten) {
  open(kKey, kDollar, "daily");
  const auto keys = set({kKey});
  auto early = book_.hold(keys, whole(10 * kCent), kNoon);
  for (int day = 1; day <= 30; ++day) {
    book_.settle(std::move(book_.hold(keys, whole(kCent), kNoon + hours(24 * day))->hold), NanoUsd{kCent});
  }
  EXPECT_EQ(figures(kKey, kNoon), Figures(0, 10 * kCent));
  book_.settle(std::move(early->hold), NanoUsd{4 * kCent});
  EXPECT_EQ(figures(kKey, kNoon), Figures(4 * kCent, 0));
}

TEST_F(BookTest, WindowsWithHoldsDoNotCrowdOutTheOneJustLeft) {
  open(kKey, kDollar, "daily");
  const auto keys = set({kKey});
  std::vector<Hold> holds;
  for (int day = -20; day < 0; ++day) {
    holds.push_back(std::move(book_.hold(keys, whole(kCent), kNoon + hours(24 * day))->hold));
  }
  book_.settle(std::move(book_.hold(keys, whole(90 * kCent), kNoon)->hold), NanoUsd{90 * kCent});
  EXPECT_TRUE(book_.hold(keys, whole(kCent), kNoon + hours(24 * 365)));
  EXPECT_FALSE(book_.hold(keys, whole(20 * kCent), kNoon));
}

TEST_F(BookTest, EditsTakeEffectAtOnce) {
  open(kKey, 10 * kCent);
  const auto keys = set({kKey});
  auto granted = book_.hold(keys, whole(8 * kCent), kNoon);
  ASSERT_TRUE(book_.edit(kKey, terms(5 * kCent), kNoon));
  EXPECT_FALSE(book_.hold(keys, whole(1), kNoon));
  BudgetTerms raised = terms(5 * kCent);
  raised.increase = {6 * kCent};
  raised.increase_until = kNoon + hours(1);
  book_.edit(kKey, raised, kNoon);
  EXPECT_TRUE(book_.hold(keys, whole(3 * kCent), kNoon));
  EXPECT_FALSE(book_.hold(keys, whole(3 * kCent), kNoon + hours(1)));
  EXPECT_FALSE(book_.edit(kUser, raised, kNoon));
}

TEST_F(BookTest, AnEditedPeriodMovesTheResetAndKeepsTheMoney) {
  open(kKey, kDollar, "monthly");
  const auto keys = set({kKey});
  auto granted = book_.hold(keys, whole(30 * kCent), kNoon);
  book_.settle(std::move(book_.hold(keys, whole(20 * kCent), kNoon)->hold), NanoUsd{20 * kCent});
  book_.edit(kKey, terms(kDollar, "daily"), kNoon);
  EXPECT_EQ(figures(kKey), Figures(20 * kCent, 30 * kCent));
  EXPECT_EQ(book_.figures(kKey, kNoon)->resets_at, kNoon + hours(12));
  book_.settle(std::move(granted->hold), NanoUsd{kCent});
  EXPECT_EQ(figures(kKey), Figures(21 * kCent, 0));
  EXPECT_EQ(figures(kKey, kNoon + hours(12)), Figures(0, 0));
}

TEST_F(BookTest, BeginsWithWhatIsStoredAndRestored) {
  const WallTime begin = kNoon - hours(12);
  book_.open(kKey, terms(kDollar, "daily"), StoredWindow{begin, begin + hours(24), NanoUsd{10 * kCent}}, kNoon);
  EXPECT_TRUE(book_.restore(kKey, begin, NanoUsd{5 * kCent}));
  EXPECT_TRUE(book_.restore(kKey, begin - hours(24), NanoUsd{7 * kCent}));  // yesterday's
  EXPECT_FALSE(book_.restore(kKey, begin + hours(1), NanoUsd{7 * kCent}));  // no window of these terms
  EXPECT_FALSE(book_.restore(kUser, begin, NanoUsd{kCent}));
  EXPECT_EQ(figures(kKey), Figures(15 * kCent, 0));
}

TEST_F(BookTest, SetsNameOpenBudgetsOnceAndKeepThemOpen) {
  open(kKey, kDollar);
  EXPECT_EQ(book_.resolve(std::vector{kKey, kUser}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(set({kKey, kKey}).size(), 1U);
  std::vector<Scope> tags;
  for (int i = 0; i < 17; ++i) tags.push_back({ScopeKind::kTag, std::to_string(i)});
  EXPECT_EQ(book_.resolve(tags).error().code, ErrorCode::kUnprocessable);
  const std::vector<Scope> endless = {{ScopeKind::kUser, std::string(400, 'u')}};
  EXPECT_EQ(book_.resolve(endless).error().code, ErrorCode::kUnprocessable);
  {
    const auto keys = set({kKey});
    EXPECT_FALSE(book_.close(kKey));
  }
  EXPECT_TRUE(book_.close(kKey));
  EXPECT_FALSE(book_.close(kKey));
}

TEST_F(BookTest, WithoutBudgetsEverythingPasses) {
  auto granted = book_.hold({}, whole(kDollar), kNoon);
  ASSERT_TRUE(granted);
  EXPECT_FALSE(granted->size.clamped);
  EXPECT_EQ(book_.settle(std::move(granted->hold), NanoUsd{kCent}).late, 0U);
}

TEST_F(BookTest, FreeRequestsPassAnEmptyBudget) {
  open(kKey, 0);
  EXPECT_FALSE(book_.hold(set({kKey}), whole(0), kNoon));
  policy::HoldPlan free;
  free.free = true;
  EXPECT_TRUE(book_.hold(set({kKey}), free, kNoon));
}

TEST_F(BookTest, LenientAdmitsWhileSpentAndInFlightAreBelowTheLimit) {
  open(kKey, 10 * kCent);
  policy::HoldPlan plan = whole(50 * kCent);
  plan.mode = policy::BudgetMode::kLenient;
  plan.expected = {4 * kCent};
  std::vector<Hold> holds;
  for (auto granted = book_.hold(set({kKey}), plan, kNoon); granted; granted = book_.hold(set({kKey}), plan, kNoon)) {
    EXPECT_FALSE(granted->size.clamped);
    holds.push_back(std::move(granted->hold));
  }
  EXPECT_EQ(holds.size(), 3U);  // 0, 4 and 8 cents in flight are below the limit, 12 are not
  book_.settle(std::move(holds.back()), NanoUsd{kCent});
  EXPECT_EQ(figures(kKey), Figures(kCent, 8 * kCent));
}

// Twenty calls of Claude Code at once on ten dollars of Opus: none is refused; when all generate what they may, the
// bill stays below the cap, and when they generate a thousand tokens each, most of the budget is there again.
TEST_F(BookTest, TwentyCallsWithTheLargestWishShareTenDollars) {
  policy::Deployment opus;
  policy::Price& price = opus.price.emplace();
  price.input = {5'000'000};
  price.output = {25'000'000};
  price.cache_write_5m = {6'250'000};
  opus.max_output_tokens = 128'000;
  const std::vector<const policy::Deployment*> candidates = {&opus};
  const auto plan = policy::plan_hold(
      candidates, {.input_tokens = 15'000, .max_output_tokens = 128'000, .cache_writes = policy::CacheWrites::k5m}, {});
  for (const bool greedy : {true, false}) {
    const Scope user{ScopeKind::kUser, greedy ? "greedy" : "modest"};
    open(user, 10 * kDollar);
    const auto one = set({user});
    std::vector<Granted> calls;
    for (int i = 0; i < 20; ++i) {
      auto granted = book_.hold(one, *plan, kNoon);
      ASSERT_TRUE(granted) << i;
      calls.push_back(std::move(*granted));
    }
    for (Granted& call : calls) {
      const std::int64_t output = greedy ? call.size.output_tokens : 1'000;
      const auto bill =
          policy::cost(*policy::rate_card(opus.price), {.output_tokens = output, .cache_write_tokens = 15'000});
      EXPECT_EQ(book_.settle(std::move(call.hold), *bill).overrun, NanoUsd{0});
    }
    EXPECT_LE(figures(user).first, 10 * kDollar);
    EXPECT_EQ(figures(user).second, 0);
    if (!greedy) {
      EXPECT_EQ(figures(user).first, 20 * (15'000LL * 6'250 + 1'000LL * 25'000));
    }
  }
}

// Four hundred calls at once, of 1.05 cents each, on ten cents: as many as fit are let in, and not one more.
TEST_F(BookTest, FourHundredAtOnceOnTenCents) {
  constexpr int kThreads = 8;
  constexpr int kCallsEach = 50;
  constexpr std::int64_t kCost = kCent + kCent / 20;
  open(kKey, 10 * kCent);
  open(kTeam, kDollar);
  const auto keys = set({kKey, kTeam});
  std::latch start(kThreads);
  std::atomic<int> admitted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      std::vector<Hold> holds;  // all stay in flight until the end, as with a slow upstream
      start.arrive_and_wait();
      for (int call = 0; call < kCallsEach; ++call) {
        auto granted = book_.hold(keys, whole(kCost), kNoon);
        if (granted) holds.push_back(std::move(granted->hold));
      }
      admitted += static_cast<int>(holds.size());
      for (Hold& hold : holds) book_.settle(std::move(hold), NanoUsd{kCost});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto spent = figures(kKey).first;
  EXPECT_LE(spent, 10 * kCent);
  EXPECT_EQ(admitted, 10 * kCent / kCost);  // all nine that fit
  EXPECT_EQ(figures(kTeam), Figures(spent, 0));
  EXPECT_EQ(book_.counts().in_flight(), 0U);
}

}  // namespace
}  // namespace stargate::ledger
