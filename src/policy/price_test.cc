#include "policy/price.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/support/seed.h"

namespace stargate::policy {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// Claude Sonnet 4.5 on the global profile.
Price sonnet() {
  Price price;
  price.input = {3'000'000};
  price.output = {15'000'000};
  price.cache_read = {300'000};
  price.cache_write_5m = {3'750'000};
  price.cache_write_1h = {6'000'000};
  price.long_context_from_tokens = 200'000;
  price.long_input = {6'000'000};
  price.long_output = {22'500'000};
  price.long_cache_read = {600'000};
  price.long_cache_write_5m = {7'500'000};
  price.long_cache_write_1h = {12'000'000};
  return price;
}

std::int64_t nano(const Price& price, const llm::Usage& usage) {
  const auto amount = cost(*rate_card(price), usage);
  return amount ? amount->value : -1;
}

TEST(Cost, EachKindOfTokenHasItsRate) {
  EXPECT_EQ(nano(sonnet(), {.input_tokens = 1}), 3'000);
  EXPECT_EQ(nano(sonnet(), {.output_tokens = 1}), 15'000);
  EXPECT_EQ(nano(sonnet(), {.cache_read_tokens = 1}), 300);
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = 1, .cache_write_5m_tokens = 1}), 3'750);
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = 1, .cache_write_1h_tokens = 1}), 6'000);
  EXPECT_EQ(nano(sonnet(), {.input_tokens = 1000,
                            .output_tokens = 500,
                            .cache_read_tokens = 20'000,
                            .cache_write_tokens = 300,
                            .cache_write_5m_tokens = 200,
                            .cache_write_1h_tokens = 100,
                            .reasoning_tokens = 400}),
            3'000'000 + 7'500'000 + 6'000'000 + 750'000 + 600'000);
}

TEST(Cost, CacheWritesThatAreNotToldApartCountAsFiveMinuteWrites) {
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = 10}), 37'500);
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = 10, .cache_write_1h_tokens = 4}), 4 * 6'000 + 6 * 3'750);
  // A split that says more than the total is believed.
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = 1, .cache_write_1h_tokens = 4}), 4 * 6'000);
  EXPECT_EQ(nano(sonnet(), {.cache_write_5m_tokens = 4}), 4 * 3'750);
}

TEST(Cost, TheLongContextTierPricesTheWholeRequest) {
  // The border counts cached tokens, and itself belongs to the lower tier.
  EXPECT_EQ(nano(sonnet(), {.input_tokens = 100'000, .output_tokens = 1, .cache_read_tokens = 100'000}),
            300'000'000 + 15'000 + 30'000'000);
  EXPECT_EQ(nano(sonnet(), {.input_tokens = 100'001, .output_tokens = 1, .cache_read_tokens = 100'000}),
            600'006'000 + 22'500 + 60'000'000);
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = 200'001, .cache_write_1h_tokens = 200'001}), 200'001LL * 12'000);
}

TEST(Cost, IsRoundedOnceHalfUp) {
  Price price;
  price.input = {499};
  EXPECT_EQ(nano(price, {.input_tokens = 1}), 0);
  price.input = {500};
  EXPECT_EQ(nano(price, {.input_tokens = 1}), 1);
  EXPECT_EQ(nano(price, {.input_tokens = 3}), 2);
  // Two halves of different kinds make one whole, not two.
  price.output = {500};
  EXPECT_EQ(nano(price, {.input_tokens = 1, .output_tokens = 1}), 1);
  // Nor do those of two attempts that are one bill.
  const auto attempt = exact_cost(*rate_card(price), {.input_tokens = 1});
  EXPECT_EQ(rounded(*attempt + *attempt), base::NanoUsd{1});
  EXPECT_EQ(rounded_up({1}), base::NanoUsd{1});
  EXPECT_EQ(rounded_up({1000}), base::NanoUsd{1});
  EXPECT_EQ(rounded_up({0}), base::NanoUsd{0});
}

TEST(Cost, NonsenseOfAnUpstreamIsNeverACredit) {
  EXPECT_EQ(nano(sonnet(), {.input_tokens = -5, .output_tokens = 2, .cache_read_tokens = -1'000'000}), 30'000);
  EXPECT_EQ(nano(sonnet(), {.cache_write_tokens = -5, .cache_write_5m_tokens = -1}), 0);
}

TEST(Cost, WhatCannotBeCountedIsAnError) {
  EXPECT_FALSE(cost(*rate_card(sonnet()), {.input_tokens = kMost}));
  EXPECT_FALSE(cost(*rate_card(sonnet()), {.input_tokens = kMost / 6'000'000, .output_tokens = kMost / 22'500'000}));
  EXPECT_FALSE(cost(*rate_card(sonnet()), {.cache_read_tokens = kMost, .cache_write_tokens = kMost}));
  Price free;
  EXPECT_EQ(nano(free, {.input_tokens = kMost, .output_tokens = kMost}), 0);
}

TEST(RateCard, UnknownIsNotFree) {
  EXPECT_FALSE(rate_card(std::nullopt));
  EXPECT_TRUE(rate_card(Price{})->free());
  EXPECT_FALSE(rate_card(sonnet())->free());
  Price tiered;  // free below the border only
  tiered.long_context_from_tokens = 1000;
  tiered.long_output = {1};
  EXPECT_FALSE(rate_card(tiered)->free());
}

TEST(RateCard, AServiceTierHasItsOwnRatesOrNone) {
  Price price = sonnet();
  price.tiers.push_back({.tier = ServiceTier::kFlex,
                         .rates = {{1'500'000}, {7'500'000}, {150'000}, {1'875'000}, {3'000'000}},
                         .above = {{3'000'000}, {11'250'000}, {300'000}, {3'750'000}, {6'000'000}}});
  const auto flex = rate_card(price, ServiceTier::kFlex);
  ASSERT_TRUE(flex);
  EXPECT_EQ(cost(*flex, {.input_tokens = 2, .output_tokens = 1}), base::NanoUsd{10'500});
  EXPECT_EQ(cost(*flex, {.input_tokens = 200'001}), base::NanoUsd{200'001LL * 3'000});
  EXPECT_FALSE(rate_card(price, ServiceTier::kPriority));
  for (const auto tier : {ServiceTier::kStandard, ServiceTier::kPriority, ServiceTier::kFlex, ServiceTier::kBatch}) {
    EXPECT_EQ(service_tier_of(name_of(tier)), tier);
  }
  EXPECT_EQ(service_tier_of("default"), ServiceTier::kStandard);
  EXPECT_FALSE(service_tier_of("fast"));
}

TEST(WorstRates, TheDearestOfWhatTheRequestMayCause) {
  const RateCard card = *rate_card(sonnet());
  EXPECT_EQ(worst_rates(card, 1000, CacheWrites::kNone).input.value, 3'000'000);
  EXPECT_EQ(worst_rates(card, 1000, CacheWrites::k5m).input.value, 3'750'000);
  EXPECT_EQ(worst_rates(card, 1000, CacheWrites::k1h).input.value, 6'000'000);
  EXPECT_EQ(worst_rates(card, 200'001, CacheWrites::k1h).input.value, 12'000'000);
  EXPECT_EQ(worst_rates(card, 200'001, CacheWrites::k1h).output.value, 22'500'000);
  EXPECT_EQ(saturating_cost({1}, 2, {3}).value, 7);
  EXPECT_EQ(saturating_cost({1}, kMost, {3}).value, kMost);
}

Rates random_rates(std::mt19937_64& random) {
  const auto rate = [&] { return base::PicoUsd{static_cast<std::int64_t>(random() % 30'000'000)}; };
  return {rate(), rate(), rate(), rate(), rate()};
}

// No split of a prompt and no cheaper or dearer tier gets past the worst case.
TEST(WorstRates, CoverEveryUsage) {
  const std::uint64_t seed = test::seed();
  SCOPED_TRACE("STARGATE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int step = 0; step < 20'000; ++step) {
    const RateCard card{.rates = random_rates(random),
                        .above_from_tokens = static_cast<std::int64_t>(random() % 3 * 1000),
                        .above = random_rates(random)};
    const auto tokens = [&] { return static_cast<std::int64_t>(random() % 900); };
    llm::Usage usage{.input_tokens = tokens(), .output_tokens = tokens(), .cache_read_tokens = tokens()};
    const auto writes = static_cast<CacheWrites>(random() % 3);
    if (writes != CacheWrites::kNone) usage.cache_write_5m_tokens = tokens();
    if (writes == CacheWrites::k1h) usage.cache_write_1h_tokens = tokens();
    usage.cache_write_tokens = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens;
    const std::int64_t prompt = usage.prompt_tokens() + static_cast<std::int64_t>(random() % 500);
    const WorstRates worst = worst_rates(card, prompt, writes);
    const base::PicoUsd held =
        saturating_cost(saturating_cost({0}, prompt, worst.input), usage.output_tokens, worst.output);
    ASSERT_LE(exact_cost(card, usage)->value, held.value);
    ASSERT_LE(cost(card, usage)->value, rounded_up(held).value);
  }
}

}  // namespace
}  // namespace stargate::policy
