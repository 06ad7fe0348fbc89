#include "policy/hold.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace stargate::policy {
namespace {

using base::NanoUsd;

constexpr std::int64_t kDollar = base::kNanoUsdPerUsd;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Deployment deployment(std::int64_t input, std::int64_t output, std::int64_t max_output_tokens = 128'000) {
  Deployment out;
  out.model_name = "model";
  out.upstream_model = "x.model-v1:0";
  out.max_output_tokens = max_output_tokens;
  Price price;
  price.input = {input};
  price.output = {output};
  price.cache_read = {input / 10};
  price.cache_write_5m = {input / 4 * 5};
  price.cache_write_1h = {input * 2};
  out.price = price;
  return out;
}

Deployment opus() { return deployment(5'000'000, 25'000'000); }

Result<HoldPlan> planned(const std::vector<Deployment>& deployments, const HoldAsk& ask, const HoldRules& rules = {}) {
  std::vector<const Deployment*> candidates;
  for (const Deployment& one : deployments) candidates.push_back(&one);
  return plan_hold(candidates, ask, rules);
}

// The whole rule on one model of 1 $ per million tokens in (nothing cached) and 10 $ out, where 1,000 tokens of input
// cost 0.001 $ and 1,000 of output 0.01 $.
struct SizeCase {
  std::string what;
  std::int64_t asked;
  std::int64_t thinking;
  std::int64_t remaining;  // nano-dollars
  std::int64_t amount;     // -1: refused
  std::int64_t output_tokens;
  bool clamped;
};

TEST(SizeHold, Table) {
  const std::int64_t input = 1'000'000;  // 1,000 tokens
  const std::vector<SizeCase> cases = {
      {"small request, much money: the worst case", 500, 0, 10 * kDollar, input + 5'000'000, 500, false},
      {"exactly a share", 99'900, 0, 16 * kDollar, kDollar, 99'900, false},
      {"one token above a share", 99'901, 0, 16 * kDollar, kDollar, 99'900, true},
      {"a share", 128'000, 0, 10 * kDollar, 625'000'000, 62'400, true},
      {"a share below the floor: the floor", 128'000, 0, 100'000'000, input + 10'240'000, 1'024, true},
      {"a share below the floor, which is more than the least", 900, 0, 100'000'000, input + 9'000'000, 900, false},
      {"less remains than the floor", 128'000, 0, 11'500'000, input + 10'240'000, 1'024, true},
      {"the least fits exactly", 128'000, 0, input + 10'240'000, input + 10'240'000, 1'024, true},
      {"the least misses by a nano-dollar", 128'000, 0, input + 10'239'999, -1, 0, false},
      {"a request smaller than the least", 10, 0, input + 100'000, input + 100'000, 10, false},
      {"never below the thinking budget and a margin", 128'000, 4'000, 100'000'000, input + 50'240'000, 5'024, true},
      {"a thinking budget that does not fit", 128'000, 16'000, 100'000'000, -1, 0, false},
      {"a thinking budget above the wish itself", 2'000, 4'000, 100'000'000, input + 20'000'000, 2'000, false},
      {"nothing remains", 10, 0, 0, -1, 0, false},
      {"overdrawn", 10, 0, -kDollar, -1, 0, false},
  };
  for (const SizeCase& c : cases) {
    SCOPED_TRACE(c.what);
    const HoldAsk ask{.input_tokens = 1'000,
                      .max_output_tokens = c.asked,
                      .thinking_budget_tokens = c.thinking,
                      .cache_writes = CacheWrites::kNone};
    const auto plan = planned({deployment(1'000'000, 10'000'000)}, ask);
    ASSERT_TRUE(plan);
    const auto size = size_hold(*plan, NanoUsd{c.remaining});
    ASSERT_EQ(size.has_value(), c.amount >= 0);
    if (!size) continue;
    EXPECT_EQ(size->amount.value, c.amount);
    EXPECT_EQ(size->output_tokens, c.output_tokens);
    EXPECT_EQ(size->clamped, c.clamped);
  }
}

TEST(SizeHold, WithoutALimitTheWorstCaseIsHeldAndNothingClamped) {
  const auto plan = planned({opus()}, {.input_tokens = 1000, .max_output_tokens = 128'000});
  const auto size = size_hold(*plan, std::nullopt);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->amount, plan->worst);
  EXPECT_FALSE(size->clamped);
}

TEST(SizeHold, WithoutClampingTheWorstCaseIsHeldOrNothing) {
  const HoldRules rules{.clamp = false};
  const auto plan = planned({opus()}, {.max_output_tokens = 128'000}, rules);
  EXPECT_EQ(size_hold(*plan, NanoUsd{10 * kDollar})->amount, NanoUsd{3'200'000'000});
  EXPECT_FALSE(size_hold(*plan, NanoUsd{3'199'999'999}));
}

TEST(SizeHold, LenientAdmitsWhileAnythingRemains) {
  const HoldRules rules{.mode = BudgetMode::kLenient};
  const auto plan = planned({opus()}, {.max_output_tokens = 128'000}, rules);
  const auto size = size_hold(*plan, NanoUsd{1});
  ASSERT_TRUE(size);
  EXPECT_EQ(size->amount, NanoUsd{4'096 * 25'000});
  EXPECT_FALSE(size->clamped);
  EXPECT_FALSE(size_hold(*plan, NanoUsd{0}));
}

TEST(PlanHold, TheDearestCandidateCounts) {
  // One is dearer on input, the other on output: the bill of either is covered.
  const auto plan = planned({deployment(8'000'000, 10'000'000), deployment(1'000'000, 20'000'000)},
                            {.input_tokens = 100, .max_output_tokens = 100, .cache_writes = CacheWrites::kNone});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->worst, NanoUsd{100 * 8'000 + 100 * 20'000});
}

TEST(PlanHold, ACheaperTierIsHeldAsIfItWereServedAsTheStandardOne) {
  Deployment model = deployment(1'000'000, 10'000'000);
  model.price->tiers.push_back(
      {.tier = ServiceTier::kFlex, .rates = {{500'000}, {5'000'000}, {}, {}, {}}, .above = {}});
  model.price->tiers.push_back(
      {.tier = ServiceTier::kPriority, .rates = {{2'000'000}, {20'000'000}, {}, {}, {}}, .above = {}});
  const HoldAsk ask{.max_output_tokens = 100, .tier = ServiceTier::kFlex};
  EXPECT_EQ(planned({model}, ask)->worst, NanoUsd{100 * 10'000});
  EXPECT_EQ(planned({model}, {.max_output_tokens = 100, .tier = ServiceTier::kPriority})->worst, NanoUsd{100 * 20'000});
}

TEST(PlanHold, WithoutAWishTheModelsOwnMaximumCounts) {
  const auto plan = planned({deployment(0, 1'000, 4'000), deployment(0, 1'000, 8'000)}, {});
  EXPECT_EQ(plan->output_tokens, 8'000);
  EXPECT_FALSE(plan->bound);
  // A model whose maximum is unknown gets one, so that something bounds its answer.
  const auto unbounded = planned({deployment(0, 1'000, 0)}, {});
  EXPECT_EQ(unbounded->output_tokens, kOutputTokensMax);
  EXPECT_TRUE(size_hold(*unbounded, std::nullopt)->clamped);
}

TEST(PlanHold, AnAbsurdWishIsClampedLikeAnyOther) {
  const auto plan = planned({opus()}, {.input_tokens = kMost, .max_output_tokens = kMost});
  ASSERT_TRUE(plan);
  EXPECT_FALSE(size_hold(*plan, NanoUsd{10 * kDollar}));  // the input alone
  const auto output = planned({opus()}, {.max_output_tokens = kMost});
  EXPECT_EQ(size_hold(*output, NanoUsd{16 * kDollar})->output_tokens, 40'000);
  EXPECT_EQ(planned({opus()}, {.max_output_tokens = -5})->output_tokens, 0);
}

TEST(PlanHold, FreeModelsAskNoBudget) {
  const auto plan = planned({deployment(0, 0)}, {.input_tokens = 1000, .max_output_tokens = 128'000});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->free);
  EXPECT_FALSE(plan->unpriced);
  EXPECT_EQ(size_hold(*plan, NanoUsd{-kDollar})->amount, NanoUsd{0});
}

TEST(PlanHold, AnUnknownPriceIsRefusedWithTheLineToAdd) {
  Deployment unpriced = opus();
  unpriced.price.reset();
  const auto refused = planned({opus(), unpriced}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(refused.error().type, "unknown_price");
  EXPECT_NE(refused.error().message.find("input_cost_per_token"), std::string::npos);
  EXPECT_NE(refused.error().message.find("x.model-v1:0"), std::string::npos);

  const auto allowed = planned({unpriced}, {}, {.unknown_price_is_free = true});
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(allowed->free);
  EXPECT_TRUE(allowed->unpriced);
  EXPECT_FALSE(planned({opus()}, {.tier = ServiceTier::kPriority}));
}

// Twenty calls of Claude Code at once on ten dollars: none is refused, and when the upstream generates all that it may,
// the bill stays below the budget.
TEST(SizeHold, TwentyCallsWithTheLargestWishShareTenDollars) {
  const HoldAsk ask{.input_tokens = 18'000, .max_output_tokens = 128'000, .cache_writes = CacheWrites::k5m};
  const auto plan = planned({opus()}, ask);
  NanoUsd remaining{10 * kDollar};
  NanoUsd billed{0};
  for (int call = 0; call < 20; ++call) {
    const auto size = size_hold(*plan, remaining);
    ASSERT_TRUE(size) << call;
    EXPECT_TRUE(size->clamped);
    EXPECT_GE(size->output_tokens, 1'024);
    remaining -= size->amount;
    billed +=
        *cost(*rate_card(opus().price),
              {.output_tokens = size->output_tokens, .cache_write_tokens = 18'000, .cache_write_5m_tokens = 18'000});
  }
  EXPECT_GE(remaining.value, 0);
  EXPECT_LE(billed.value, 10 * kDollar - remaining.value);
}

std::int64_t below(std::mt19937_64& random, std::int64_t bound) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
}

// Whatever is asked: the hold fits what remains, and covers the bill of each candidate for all the output it was given.
TEST(SizeHold, CoversWhatMayBeBilledAndFitsWhatRemains) {
  const std::uint64_t seed = test::seed();
  SCOPED_TRACE("STARGATE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int step = 0; step < 20'000; ++step) {
    const std::vector<Deployment> models = {deployment(below(random, 20'000'000), below(random, 100'000'000)),
                                            deployment(below(random, 20'000'000), below(random, 100'000'000))};
    const HoldAsk ask{.input_tokens = below(random, 100'000),
                      .max_output_tokens = below(random, 200'000),
                      .thinking_budget_tokens = below(random, 2) * below(random, 30'000)};
    const HoldRules rules{.divisor = 1 + below(random, 40), .floor = {below(random, kDollar)}};
    const auto plan = planned(models, ask, rules);
    ASSERT_TRUE(plan);
    const NanoUsd remaining{below(random, 20 * kDollar)};
    const auto size = size_hold(*plan, remaining);
    if (!size) {
      ASSERT_TRUE(plan->least > remaining || remaining.value == 0);
      continue;
    }
    ASSERT_LE(size->amount, remaining);
    ASSERT_LE(size->output_tokens, *ask.max_output_tokens);
    const std::int64_t thinking = ask.thinking_budget_tokens > 0 ? ask.thinking_budget_tokens + 1'024 : 0;
    ASSERT_GE(size->output_tokens, std::min(*ask.max_output_tokens, std::max<std::int64_t>(1'024, thinking)));
    ASSERT_EQ(size->clamped, size->output_tokens < *ask.max_output_tokens);
    for (const Deployment& model : models) {
      const llm::Usage usage{.output_tokens = size->output_tokens, .cache_write_1h_tokens = ask.input_tokens};
      ASSERT_LE(*cost(*rate_card(model.price), usage), size->amount);
    }
  }
}

}  // namespace
}  // namespace stargate::policy
