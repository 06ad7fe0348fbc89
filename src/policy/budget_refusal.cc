#include "policy/budget_refusal.h"

#include <cctz/time_zone.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace stargate::policy {
namespace {

std::string exceeded(std::string_view who, const std::string& spent, const std::string& limit) {
  return "Budget has been exceeded! " + std::string(who) + (who.empty() ? "" : " ") + "Current cost: " + spent +
         ", Max budget: " + limit;
}

// LiteLLM's sentence for each entity; scripts look for its beginning.
std::string sentence(const BudgetFigures& figures, const std::string& name) {
  const std::string spent = base::dollars(figures.spent);
  const std::string limit = base::dollars(figures.limit.value_or(base::NanoUsd{}));
  const account::Scope& key = figures.key;
  const std::string model = key.model.empty() ? std::string() : " for model=" + key.model;
  switch (key.kind) {
    case account::ScopeKind::kKey:
      if (model.empty()) return exceeded("Key=" + name, spent, limit);
      return "LiteLLM Virtual Key: " + key.id + ", key_alias: " + name + ", exceeded budget" + model +
             ". Current cost: " + spent + ", Max budget: " + limit;
    case account::ScopeKind::kTeam: return exceeded("Team=" + name + model, spent, limit);
    case account::ScopeKind::kOrganization: return exceeded("Organization=" + name + model, spent, limit);
    case account::ScopeKind::kTag: return exceeded("Tag=" + name + model, spent, limit);
    case account::ScopeKind::kMember:
      return exceeded("User=" + key.user_id + " in Team=" + key.id + model, spent, limit);
    case account::ScopeKind::kUser:
      return "ExceededBudget: User=" + name + " over budget" + model + ". Spend=" + spent + ", Budget=" + limit;
    case account::ScopeKind::kCustomer:
      return "ExceededBudget: End User=" + name + " over budget" + model + ". Spend=" + spent + ", Budget=" + limit;
    case account::ScopeKind::kGlobal: return exceeded(model.empty() ? model : model.substr(1), spent, limit);
  }
  return {};
}

int seconds_until(WallTime instant, WallTime now) {
  if (instant <= now) return 1;
  const auto left = std::chrono::ceil<std::chrono::seconds>(instant - now).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

}  // namespace

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
