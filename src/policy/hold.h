// How much money a request must have held before it is sent, and the most output that this covers. Pure; the book calls
// size_hold() inside its critical section, so everything that does not depend on what remains is computed before.
//
// The rule (exact mode): hold min(worst case, max(floor, remaining / divisor)) of the tightest budget, and send
// upstream a max output that the hold covers, so that no more can be billed than is held. The output is never cut below
// `output_tokens_min`, nor below the request's thinking budget and a margin; where even that does not fit the request
// is refused. The worst case is that of the dearest candidate, token kind by token kind: whichever candidate serves the
// request, at the tier that was asked for or at the standard one, its bill is at most what is held.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/money.h"
#include "policy/catalog.h"
#include "policy/price.h"

namespace stargate::policy {

// kLenient is LiteLLM's old rule: admit while spend and what is in flight, by its expected cost, are below the limit;
// nothing is clamped and the last requests may overshoot.
enum class BudgetMode : std::uint8_t { kExact, kLenient };

struct HoldRules {
  BudgetMode mode = BudgetMode::kExact;
  bool clamp = true;                   // false: always hold the worst case
  std::int64_t divisor = 16;           // share of what remains that one request may hold; at least 1
  base::NanoUsd floor = {10'000'000};  // one cent: a share below this is not worth a clamp
  std::int64_t output_tokens_min = 1024;
  std::int64_t thinking_margin_tokens = 1024;  // output beside the thinking budget
  std::int64_t expected_output_tokens = 4096;  // lenient mode: what an answer is taken to have
  bool unknown_price_is_free = false;          // serve unpriced models for nothing, and say so loudly
};

// What is known of the request.
struct HoldAsk {
  std::int64_t input_tokens = 0;                       // an upper estimate
  std::optional<std::int64_t> max_output_tokens = {};  // as the client asked; nullopt: what the model may give
  std::int64_t thinking_budget_tokens = 0;
  CacheWrites cache_writes = CacheWrites::k1h;
  ServiceTier tier = ServiceTier::kStandard;
};

// More output than any model gives; a larger wish is cut to it, so that sums of holds stay far from the type's end.
inline constexpr std::int64_t kOutputTokensMax = 100'000'000;

// What the book sizes a hold from.
struct HoldPlan {
  BudgetMode mode = BudgetMode::kExact;
  bool clamp = true;
  bool free = false;      // every candidate costs nothing: budgets are not asked
  bool unpriced = false;  // a candidate has no price and was taken as free
  std::int64_t divisor = 1;
  base::NanoUsd floor = {};
  base::PicoUsd input = {};        // all of the input at the dearest rate
  base::PicoUsd output_rate = {};  // of one token of output
  std::int64_t output_tokens = 0;
  bool bound = false;  // send output_tokens upstream even when nothing was clamped: nothing else bounds the answer
  base::NanoUsd worst = {};     // input and all of the output
  base::NanoUsd least = {};     // input and the least output that is worth sending
  base::NanoUsd expected = {};  // lenient mode
};

// Errors: kBadRequest (source client, type "unknown_price", param "model") for a candidate without a price, with the
// lines that would give it one.
Result<HoldPlan> plan_hold(std::span<const Deployment* const> candidates, const HoldAsk& ask, const HoldRules& rules);

// The smallest hold that the plan allows: what a refused request would have needed.
base::NanoUsd least_of(const HoldPlan& plan);

struct HoldSize {
  base::NanoUsd amount = {};
  std::int64_t output_tokens = 0;  // that the amount covers
  bool clamped = false;            // send output_tokens upstream instead of what the client asked
};

// `remaining`: limit less spent less held of the tightest budget; nullopt where no budget has a limit. nullopt: even
// the least does not fit. In exact mode the amount is never above `remaining`. A few integer operations.
std::optional<HoldSize> size_hold(const HoldPlan& plan, std::optional<base::NanoUsd> remaining);

}  // namespace stargate::policy
