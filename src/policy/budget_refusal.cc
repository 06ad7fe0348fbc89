#include "policy/budget_refusal.h"

#include <cctz/time_zone.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace stargate::policy {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"key",          "user", "team",      "team_member", "customer",
                                                    "organization", "tag",  "key_model", "global"};

// "a/b" -> {a, b}
std::pair<std::string_view, std::string_view> halves(std::string_view id) {
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) return {id, {}};
  return {id.substr(0, slash), id.substr(slash + 1)};
}

std::string exceeded(std::string_view who, const std::string& spent, const std::string& limit) {
  return "Budget has been exceeded! " + std::string(who) + (who.empty() ? "" : " ") + "Current cost: " + spent +
         ", Max budget: " + limit;
}

// LiteLLM's sentence for each entity; scripts look for its beginning.
std::string sentence(const BudgetFigures& figures, std::string_view shown) {
  const std::string spent = base::dollars(figures.spent);
  const std::string limit = base::dollars(figures.limit.value_or(base::NanoUsd{}));
  const std::string name(shown);
  const auto [first, second] = halves(figures.key.id);
  switch (figures.key.entity) {
    case BudgetEntity::kKey: return exceeded("Key=" + name, spent, limit);
    case BudgetEntity::kTeam: return exceeded("Team=" + name, spent, limit);
    case BudgetEntity::kOrganization: return exceeded("Organization=" + name, spent, limit);
    case BudgetEntity::kTag: return exceeded("Tag=" + name, spent, limit);
    case BudgetEntity::kGlobal: return exceeded("", spent, limit);
    case BudgetEntity::kTeamMember:
      return exceeded("User=" + std::string(second) + " in Team=" + std::string(first), spent, limit);
    case BudgetEntity::kUser:
      return "ExceededBudget: User=" + name + " over budget. Spend=" + spent + ", Budget=" + limit;
    case BudgetEntity::kCustomer:
      return "ExceededBudget: End User=" + name + " over budget. Spend=" + spent + ", Budget=" + limit;
    case BudgetEntity::kKeyModel:
      return "LiteLLM Virtual Key: " + std::string(first) + ", key_alias: " + name +
             ", exceeded budget for model=" + std::string(second) + ". Current cost: " + spent +
             ", Max budget: " + limit;
  }
  return {};
}

int seconds_until(WallTime instant, WallTime now) {
  if (instant <= now) return 1;
  const auto left = std::chrono::ceil<std::chrono::seconds>(instant - now).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

}  // namespace

std::string_view name_of(BudgetEntity entity) { return kNames[static_cast<std::size_t>(entity)]; }

Error budget_exceeded(const BudgetFigures& figures, base::NanoUsd needed, WallTime now) {
  Error error;
  error.code = ErrorCode::kRateLimited;
  error.source = ErrorSource::kClient;
  error.type = "budget_exceeded";
  error.message = sentence(figures, figures.shown.empty() ? figures.key.id : figures.shown) + " (" +
                  base::dollars(figures.held) + " held by requests in flight; this request needs " +
                  base::dollars(needed) + " at least).";
  if (figures.resets_at) {
    const auto instant = std::chrono::floor<cctz::seconds>(*figures.resets_at);
    error.message +=
        " The budget resets at " + cctz::format("%Y-%m-%d %H:%M:%S UTC", instant, cctz::utc_time_zone()) + ".";
    error.retry_after_s = seconds_until(*figures.resets_at, now);
  }
  return error;
}

}  // namespace stargate::policy
