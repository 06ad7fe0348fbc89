#include "policy/price.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace stargate::policy {
namespace {

constexpr std::array<std::pair<std::string_view, ServiceTier>, 5> kTierNames = {{{"standard", ServiceTier::kStandard},
                                                                                 {"default", ServiceTier::kStandard},
                                                                                 {"priority", ServiceTier::kPriority},
                                                                                 {"flex", ServiceTier::kFlex},
                                                                                 {"batch", ServiceTier::kBatch}}};

bool zero(const Rates& rates) {
  return rates.input.value == 0 && rates.output.value == 0 && rates.cache_read.value == 0 &&
         rates.cache_write_5m.value == 0 && rates.cache_write_1h.value == 0;
}

// The five counts that are billed, none negative.
struct Billed {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_read = 0;
  std::int64_t cache_write_5m = 0;
  std::int64_t cache_write_1h = 0;

  [[nodiscard]] std::int64_t prompt() const {
    return base::saturating_add(base::saturating_add(input, cache_read),
                                base::saturating_add(cache_write_5m, cache_write_1h));
  }
};

std::int64_t count(std::int64_t tokens) { return std::max<std::int64_t>(0, tokens); }

Billed billed(const llm::Usage& usage) {
  Billed out{.input = count(usage.input_tokens),
             .output = count(usage.output_tokens),
             .cache_read = count(usage.cache_read_tokens),
             .cache_write_5m = count(usage.cache_write_5m_tokens),
             .cache_write_1h = count(usage.cache_write_1h_tokens)};
  // What the total has beyond the split was not told apart.
  const std::int64_t split = base::saturating_add(out.cache_write_5m, out.cache_write_1h);
  const std::int64_t rest = count(usage.cache_write_tokens) - std::min(split, count(usage.cache_write_tokens));
  out.cache_write_5m = base::saturating_add(out.cache_write_5m, rest);
  return out;
}

base::PicoUsd dearest(const Rates& rates, CacheWrites writes) {
  base::PicoUsd most = std::max(rates.input, rates.cache_read);
  if (writes != CacheWrites::kNone) most = std::max(most, rates.cache_write_5m);
  if (writes == CacheWrites::k1h) most = std::max(most, rates.cache_write_1h);
  return most;
}

}  // namespace

bool RateCard::free() const { return zero(rates) && (above_from_tokens == 0 || zero(above)); }

std::optional<RateCard> rate_card(const std::optional<Price>& price, ServiceTier tier) {
  if (!price) return std::nullopt;
  RateCard card;
  card.above_from_tokens = price->long_context_from_tokens;
  if (tier == ServiceTier::kStandard) {
    card.rates = {price->input, price->output, price->cache_read, price->cache_write_5m, price->cache_write_1h};
    card.above = {price->long_input, price->long_output, price->long_cache_read, price->long_cache_write_5m,
                  price->long_cache_write_1h};
    return card;
  }
  const auto found = std::ranges::find(price->tiers, tier, &TierPrice::tier);
  if (found == price->tiers.end()) return std::nullopt;
  card.rates = found->rates;
  card.above = found->above;
  return card;
}

std::optional<ServiceTier> service_tier_of(std::string_view name) {
  const auto* const found = std::ranges::find(kTierNames, name, &std::pair<std::string_view, ServiceTier>::first);
  if (found == kTierNames.end()) return std::nullopt;
  return found->second;
}

std::string_view name_of(ServiceTier tier) {
  const auto* const found = std::ranges::find(kTierNames, tier, &std::pair<std::string_view, ServiceTier>::second);
  return found == kTierNames.end() ? "standard" : found->first;
}

Result<base::PicoUsd> exact_cost(const RateCard& card, const llm::Usage& usage) {
  const Billed tokens = billed(usage);
  const bool above = card.above_from_tokens > 0 && tokens.prompt() > card.above_from_tokens;
  const Rates& rates = above ? card.above : card.rates;
  const std::array<std::pair<std::int64_t, base::PicoUsd>, 5> lines = {{{tokens.input, rates.input},
                                                                        {tokens.output, rates.output},
                                                                        {tokens.cache_read, rates.cache_read},
                                                                        {tokens.cache_write_5m, rates.cache_write_5m},
                                                                        {tokens.cache_write_1h, rates.cache_write_1h}}};
  std::int64_t sum = 0;
  for (const auto& [amount, rate] : lines) {
    std::int64_t line = 0;
    if (__builtin_mul_overflow(amount, rate.value, &line) || __builtin_add_overflow(sum, line, &sum)) {
      return base::fail(ErrorCode::kInternal, "the cost of a request is beyond what can be counted");
    }
  }
  return base::PicoUsd{sum};
}

base::NanoUsd rounded(base::PicoUsd exact) {
  const std::int64_t whole = exact.value / base::kPicoUsdPerNanoUsd;
  return {whole + (exact.value % base::kPicoUsdPerNanoUsd * 2 >= base::kPicoUsdPerNanoUsd ? 1 : 0)};
}

base::NanoUsd rounded_up(base::PicoUsd exact) {
  const std::int64_t whole = exact.value / base::kPicoUsdPerNanoUsd;
  return {whole + (exact.value % base::kPicoUsdPerNanoUsd > 0 ? 1 : 0)};
}

Result<base::NanoUsd> cost(const RateCard& card, const llm::Usage& usage) {
  const auto exact = exact_cost(card, usage);
  if (!exact) return std::unexpected(exact.error());
  return rounded(*exact);
}

WorstRates worst_rates(const RateCard& card, std::int64_t prompt_tokens, CacheWrites writes) {
  WorstRates worst{.input = dearest(card.rates, writes), .output = card.rates.output};
  if (card.above_from_tokens > 0 && prompt_tokens > card.above_from_tokens) {
    worst.input = std::max(worst.input, dearest(card.above, writes));
    worst.output = std::max(worst.output, card.above.output);
  }
  return worst;
}

base::PicoUsd saturating_cost(base::PicoUsd base, std::int64_t tokens, base::PicoUsd rate) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(count(tokens), rate.value, &product)) product = std::numeric_limits<std::int64_t>::max();
  return {base::saturating_add(base.value, product)};
}

}  // namespace stargate::policy
