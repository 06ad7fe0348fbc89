#include "policy/budget_refusal.h"

#include <gtest/gtest.h>

#include <chrono>

namespace stargate::policy {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'764'076'455)};    // 2025-11-25 13:14:15
constexpr WallTime kMonth{std::chrono::seconds(1'764'547'200)};  // 2025-12-01

BudgetFigures figures(account::Scope key, std::string shown = {}) {
  return {.key = std::move(key),
          .shown = std::move(shown),
          .limit = base::NanoUsd{10'000'000'000},
          .spent = {9'500'000'000},
          .held = {450'000'001},
          .resets_at = kMonth};
}

std::string told(const BudgetFigures& what) { return budget_exceeded(what, {60'000'000}, kNow).message; }

TEST(BudgetExceeded, NamesEntityAmountsAndReset) {
  const Error error =
      budget_exceeded(figures({account::ScopeKind::kKey, "hash"}, "ci (sk-...abcd)"), {60'000'000}, kNow);
  EXPECT_EQ(error.code, ErrorCode::kRateLimited);
  EXPECT_EQ(error.source, ErrorSource::kClient);
  EXPECT_EQ(error.retry, Retry::kNo);
  EXPECT_EQ(error.type, "budget_exceeded");
  EXPECT_EQ(error.message,
            "Budget has been exceeded! Key=ci (sk-...abcd) Current cost: 9.50, Max budget: 10.00 (0.450000001 held by "
            "requests in flight; this request needs 0.06 at least). The budget resets at 2025-12-01 00:00:00 UTC.");
  EXPECT_EQ(error.retry_after_s, 470'745);
}

TEST(BudgetExceeded, BeginsAsLiteLlmDoes) {
  EXPECT_TRUE(told(figures({account::ScopeKind::kTeam, "t1"}))
                  .starts_with("Budget has been exceeded! Team=t1 Current cost: 9.50, Max budget: 10.00"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kMember, "t1", "u1"}))
                  .starts_with("Budget has been exceeded! User=u1 in Team=t1 Current cost: 9.50, Max budget: 10.00"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kOrganization, "o1"}))
                  .starts_with("Budget has been exceeded! Organization=o1 "));
  EXPECT_TRUE(told(figures({account::ScopeKind::kTag, "batch"})).starts_with("Budget has been exceeded! Tag=batch "));
  EXPECT_TRUE(
      told(figures({account::ScopeKind::kGlobal, ""})).starts_with("Budget has been exceeded! Current cost: 9.50"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kUser, "u1"}))
                  .starts_with("ExceededBudget: User=u1 over budget. Spend=9.50, Budget=10.00"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kCustomer, "c1"}))
                  .starts_with("ExceededBudget: End User=c1 over budget. Spend=9.50, Budget=10.00"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kKey, "hash", "", "claude/opus"}, "ci"))
                  .starts_with("LiteLLM Virtual Key: hash, key_alias: ci, exceeded budget for model=claude/opus"));
}

TEST(BudgetExceeded, ABudgetOfOneModelNamesIt) {
  EXPECT_TRUE(told(figures({account::ScopeKind::kUser, "u1", "", "opus"}))
                  .starts_with("ExceededBudget: User=u1 over budget for model=opus. Spend=9.50, Budget=10.00"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kTeam, "t1", "", "opus"}))
                  .starts_with("Budget has been exceeded! Team=t1 for model=opus Current cost: 9.50"));
  EXPECT_TRUE(told(figures({account::ScopeKind::kGlobal, "", "", "opus"}))
                  .starts_with("Budget has been exceeded! for model=opus Current cost: 9.50"));
}

TEST(BudgetExceeded, WithoutAResetThereIsNoneToWaitFor) {
  BudgetFigures what = figures({account::ScopeKind::kUser, "u1"});
  what.resets_at.reset();
  const Error error = budget_exceeded(what, {1}, kNow);
  EXPECT_EQ(error.retry_after_s, 0);
  EXPECT_EQ(error.message.find("resets"), std::string::npos);
  what.resets_at = kNow - std::chrono::hours(1);  // a clock that went on meanwhile
  EXPECT_EQ(budget_exceeded(what, {1}, kNow).retry_after_s, 1);
}

}  // namespace
}  // namespace stargate::policy
