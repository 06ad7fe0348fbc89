#include "policy/account/spend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/account/scope.h"

namespace stargate::policy::account {
namespace {

using ::testing::UnorderedElementsAre;

std::string text_of(const Scope& scope) {
  return std::string(name_of(scope.kind)) + ":" + scope.id + (scope.user_id.empty() ? "" : "/" + scope.user_id) +
         (scope.model.empty() ? "" : "@" + scope.model);
}

std::vector<std::string> texts(const std::vector<Scope>& scopes) {
  std::vector<std::string> out;
  for (const Scope& scope : scopes) out.push_back(text_of(scope));
  return out;
}

TEST(SpendTest, MoneyCountsOnEverythingThatTheRowNames) {
  SpendRow row;
  row.key_hash = "k";
  row.user_id = "u";
  row.team_id = "t";
  row.customer_id = "c";
  row.organization_id = "o";
  row.model_group = "m";
  row.tags = {"x", "y", "x"};
  EXPECT_THAT(texts(scopes_of(row)),
              UnorderedElementsAre("key:k", "user:u", "team:t", "member:t/u", "customer:c", "organization:o", "key:k@m",
                                   "user:u@m", "team:t@m", "tag:x", "tag:y", "global:"));
  EXPECT_THAT(texts(scopes_of(SpendRow())), UnorderedElementsAre("global:"));
}

TEST(SpendTest, OnlyEntitiesHaveARow) {
  EXPECT_TRUE(has_own_row({.kind = ScopeKind::kMember, .id = "t", .user_id = "u", .model = ""}));
  EXPECT_FALSE(has_own_row({.kind = ScopeKind::kKey, .id = "k", .user_id = "", .model = "m"}));
  EXPECT_FALSE(has_own_row({.kind = ScopeKind::kTag, .id = "x", .user_id = "", .model = ""}));
  EXPECT_FALSE(has_own_row(Scope()));
}

TEST(SpendTest, NamesLeadBack) {
  for (int i = 0; i < 8; ++i) {
    const auto kind = static_cast<ScopeKind>(i);
    EXPECT_EQ(scope_kind_of(name_of(kind)), kind);
  }
  for (int i = 0; i < 6; ++i) {
    const auto kind = static_cast<DailyKind>(i);
    EXPECT_EQ(daily_kind_of(name_of(kind)), kind);
  }
}

TEST(SpendTest, ARequestCountsOnceUnderUserAlsoWithoutOne) {
  SpendRow row;
  row.start_time = Instant(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) + std::chrono::hours(23);
  const std::vector<DailyKey> alone = daily_keys_of(row);
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0].kind, DailyKind::kUser);
  EXPECT_EQ(alone[0].entity_id, "");
  EXPECT_EQ(alone[0].date, std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));

  row.user_id = "u";
  row.team_id = "t";
  row.tags = {"x", "x"};
  row.agent_id = "a";
  EXPECT_EQ(daily_keys_of(row).size(), 4U);
}

TEST(SpendTest, FailuresAreCountedApart) {
  SpendRow row;
  row.tokens = {.prompt = 10, .completion = 5, .total = 15, .cache_read = 3, .cache_write_5m = 1, .cache_write_1h = 2};
  DailyMetrics sum = metrics_of(row);
  row.status = "failure";
  sum += metrics_of(row);
  EXPECT_EQ(sum.requests, 2);
  EXPECT_EQ(sum.successful_requests, 1);
  EXPECT_EQ(sum.failed_requests, 1);
  EXPECT_EQ(sum.prompt_tokens, 20);
  EXPECT_EQ(sum.cache_write_tokens, 6);
}

}  // namespace
}  // namespace stargate::policy::account
