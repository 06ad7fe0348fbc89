// What tokens cost: usage times rates, in integers, right to the nano-dollar. Pure.
//
// The rule, everywhere: each kind of token is multiplied by its rate in pico-dollars per token; the products are added
// exactly; the sum is rounded once, half up, to the nano-dollar in which the ledger counts. One rounding per bill, so
// the ledger differs from the exact sum by at most half a nano-dollar per request, however its tokens are split.
// Several attempts of one request that all generated tokens are one bill: add their exact costs, then round. A hold
// rounds up instead: it is never below the bill that it covers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/money.h"
#include "llm/usage.h"
#include "policy/catalog.h"

namespace stargate::policy {

// The rates of one deployment at one service tier.
struct RateCard {
  Rates rates;
  std::int64_t above_from_tokens = 0;  // more prompt tokens than this, cached ones included: `above` for all; 0 = never
  Rates above;
  // Every rate is zero: the price is known to be nothing, and no budget is asked. Not the same as unknown.
  [[nodiscard]] bool free() const;
};

// nullopt: the price is unknown (of the model, or of the model at that tier).
std::optional<RateCard> rate_card(const std::optional<Price>& price, ServiceTier tier = ServiceTier::kStandard);

// "default" and "standard", "priority", "flex", "batch"; nullopt for anything else.
std::optional<ServiceTier> service_tier_of(std::string_view name);
std::string_view name_of(ServiceTier tier);

// The exact bill. Cache writes that the upstream does not tell apart count as 5-minute writes; a negative count is
// none: no answer of an upstream becomes a credit. Reasoning tokens are part of the output. Error kInternal: more
// than 9.2 million dollars, which is nobody's bill.
Result<base::PicoUsd> exact_cost(const RateCard& card, const llm::Usage& usage);

base::NanoUsd rounded(base::PicoUsd exact);     // half up; for bills
base::NanoUsd rounded_up(base::PicoUsd exact);  // for holds

// rounded(exact_cost()).
Result<base::NanoUsd> cost(const RateCard& card, const llm::Usage& usage);

// The dearest cache write that a request may cause, as its body asks for.
enum class CacheWrites : std::uint8_t { kNone, k5m, k1h };

// The most that one token may cost. For each usage with at most `prompt_tokens` of prompt:
// exact_cost <= prompt_tokens * input + output_tokens * output, whatever is cached and on whichever side of the
// long-context border the prompt ends.
struct WorstRates {
  base::PicoUsd input;
  base::PicoUsd output;
};
WorstRates worst_rates(const RateCard& card, std::int64_t prompt_tokens, CacheWrites writes);

// tokens * rate + base, or the largest amount there is.
base::PicoUsd saturating_cost(base::PicoUsd base, std::int64_t tokens, base::PicoUsd rate);

}  // namespace stargate::policy
