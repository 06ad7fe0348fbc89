// Whose budget it is, and how a request is told that it does not fit. Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/money.h"
#include "base/time.h"
#include "policy/account/scope.h"

namespace stargate::policy {

// A budget as it stood when a request did not fit.
struct BudgetFigures {
  account::Scope key;
  std::string shown;  // how its owner knows it: "alias (sk-...abcd)"; the id where empty. Never a key.
  std::optional<base::NanoUsd> limit = {};  // nullopt: it only counts
  base::NanoUsd spent = {};
  base::NanoUsd held = {};                 // by requests in flight
  std::optional<WallTime> resets_at = {};  // nullopt: never
};

// kRateLimited, type "budget_exceeded", no retry (a client that tries again at once only waits for its refusal); begins
// with LiteLLM's wording, then says what is in flight, what the request needed at least and when the budget begins
// anew. retry_after_s counts from `now`.
Error budget_exceeded(const BudgetFigures& figures, base::NanoUsd needed, WallTime now);

}  // namespace stargate::policy
