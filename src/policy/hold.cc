#include "policy/hold.h"

#include <algorithm>
#include <limits>
#include <string>

namespace stargate::policy {
namespace {

constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

Failure unknown_price(const Deployment& deployment, ServiceTier tier) {
  Failure failure = base::client_error(ErrorCode::kBadRequest, {}, "model");
  Error& error = failure.error();
  error.type = "unknown_price";
  if (deployment.price) {
    error.message = "The price of model '" + deployment.model_name + "' at the service tier '" +
                    std::string(name_of(tier)) + "' is unknown, so it cannot be served under a budget.";
  } else {
    error.message = "The price of model '" + deployment.model_name + "' (" + deployment.upstream_model +
                    ") is unknown, so it cannot be served under a budget. Add input_cost_per_token and "
                    "output_cost_per_token to its litellm_params; 0 and 0 make it free.";
  }
  return failure;
}

// What all candidates together may cost at most, per token.
struct Dearest {
  WorstRates rates;
  bool free = true;
  bool unpriced = false;
  std::int64_t output_tokens = 0;  // the most that one of them gives; kUnbounded where that is not known
};

Result<Dearest> dearest_of(std::span<const Deployment* const> candidates, const HoldAsk& ask, const HoldRules& rules) {
  Dearest out;
  for (const Deployment* candidate : candidates) {
    out.output_tokens =
        std::max(out.output_tokens, candidate->max_output_tokens > 0 ? candidate->max_output_tokens : kUnbounded);
    const auto card = rate_card(candidate->price, ask.tier);
    if (!card && !rules.unknown_price_is_free) return unknown_price(*candidate, ask.tier);
    out.unpriced = out.unpriced || !card;
    // Another tier may be served, and billed, as the standard one.
    for (const auto& one : {card, rate_card(candidate->price)}) {
      if (!one || one->free()) continue;
      out.free = false;
      const WorstRates worst = worst_rates(*one, ask.input_tokens, ask.cache_writes);
      out.rates.input = std::max(out.rates.input, worst.input);
      out.rates.output = std::max(out.rates.output, worst.output);
    }
  }
  return out;
}

std::int64_t output_of(base::NanoUsd amount, const HoldPlan& plan) {
  // At most the worst case, whose picos may have stopped at the end of the type.
  const __int128 picos = static_cast<__int128>(amount.value) * base::kPicoUsdPerNanoUsd - plan.input.value;
  if (picos <= 0) return 0;
  return static_cast<std::int64_t>(std::min<__int128>(plan.output_tokens, picos / plan.output_rate.value));
}

base::NanoUsd cost_of(const HoldPlan& plan, std::int64_t output_tokens) {
  return rounded_up(saturating_cost(plan.input, output_tokens, plan.output_rate));
}

}  // namespace

Result<HoldPlan> plan_hold(std::span<const Deployment* const> candidates, const HoldAsk& ask, const HoldRules& rules) {
  const auto dearest = dearest_of(candidates, ask, rules);
  if (!dearest) return std::unexpected(dearest.error());
  HoldPlan plan{.mode = rules.mode, .clamp = rules.clamp, .free = dearest->free, .unpriced = dearest->unpriced};
  plan.divisor = std::max<std::int64_t>(1, rules.divisor);
  plan.floor = std::max(base::NanoUsd{0}, rules.floor);
  plan.input = saturating_cost({0}, ask.input_tokens, dearest->rates.input);
  plan.output_rate = dearest->rates.output;
  const std::int64_t wish = std::max<std::int64_t>(0, ask.max_output_tokens.value_or(dearest->output_tokens));
  plan.output_tokens = std::min(wish, kOutputTokensMax);
  plan.bound = wish > kOutputTokensMax;
  const std::int64_t thinking = ask.thinking_budget_tokens > 0
                                    ? base::saturating_add(ask.thinking_budget_tokens, rules.thinking_margin_tokens)
                                    : 0;
  const std::int64_t least =
      std::min(plan.output_tokens, std::max({std::int64_t{0}, rules.output_tokens_min, thinking}));
  plan.worst = cost_of(plan, plan.output_tokens);
  plan.least = cost_of(plan, least);
  plan.expected = cost_of(plan, std::min(plan.output_tokens, std::max<std::int64_t>(0, rules.expected_output_tokens)));
  return plan;
}

base::NanoUsd least_of(const HoldPlan& plan) {
  if (plan.mode == BudgetMode::kLenient) return plan.expected;
  return plan.clamp ? plan.least : plan.worst;
}

std::optional<HoldSize> size_hold(const HoldPlan& plan, std::optional<base::NanoUsd> remaining) {
  const HoldSize whole{.amount = plan.worst, .output_tokens = plan.output_tokens, .clamped = plan.bound};
  if (plan.free) return HoldSize{.amount = {0}, .output_tokens = plan.output_tokens};
  if (plan.mode == BudgetMode::kLenient) {
    if (remaining && remaining->value <= 0) return std::nullopt;
    return HoldSize{.amount = plan.expected, .output_tokens = plan.output_tokens};
  }
  if (!remaining) return whole;
  const base::NanoUsd least = least_of(plan);
  if (least > *remaining || remaining->value <= 0) return std::nullopt;
  const base::NanoUsd share = std::max(plan.floor, base::NanoUsd{remaining->value / plan.divisor});
  const base::NanoUsd target = std::min({plan.worst, std::max(least, share), *remaining});
  if (target == plan.worst) return whole;
  const std::int64_t tokens = output_of(target, plan);
  return HoldSize{.amount = cost_of(plan, tokens), .output_tokens = tokens, .clamped = true};
}

}  // namespace stargate::policy
