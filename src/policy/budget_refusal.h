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

namespace stargate::policy {

enum class BudgetEntity : std::uint8_t { kKey, kUser, kTeam, kMember, kCustomer, kOrganization, kTag, kGlobal };
inline constexpr BudgetEntity kBudgetEntityLast = BudgetEntity::kGlobal;

// Lower case: "key", "member", ...: for logs, metrics and the header that names the budget.
std::string_view name_of(BudgetEntity entity);

// Names one budget: of an entity, or of one model under an entity.
struct BudgetKey {
  BudgetEntity entity = BudgetEntity::kGlobal;
  std::string id = {};       // key hash, user id, team id ..., the tag; empty for kGlobal
  std::string user_id = {};  // kMember: the member of team `id`; else empty
  std::string model = {};    // not empty: of this model only
  auto operator<=>(const BudgetKey&) const = default;
  bool operator==(const BudgetKey&) const = default;
  [[nodiscard]] std::size_t bytes() const { return id.size() + user_id.size() + model.size(); }
};

// A budget as it stood when a request did not fit.
struct BudgetFigures {
  BudgetKey key;
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
