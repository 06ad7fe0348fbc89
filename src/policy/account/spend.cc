#include "policy/account/spend.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>

namespace stargate::policy::account {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 6> kDailyNames = {"user", "team", "organization", "customer", "tag", "agent"};

}  // namespace

std::vector<Scope> scopes_of(const SpendRow& row) {
  std::vector<Scope> scopes;
  const auto add = [&](ScopeKind kind, const std::string& id, std::string model = {}) {
    if (!id.empty()) scopes.push_back({.kind = kind, .id = id, .user_id = {}, .model = std::move(model)});
  };
  add(ScopeKind::kKey, row.key_hash);
  add(ScopeKind::kUser, row.user_id);
  add(ScopeKind::kTeam, row.team_id);
  if (!row.team_id.empty() && !row.user_id.empty()) {
    scopes.push_back({.kind = ScopeKind::kMember, .id = row.team_id, .user_id = row.user_id, .model = {}});
  }
  add(ScopeKind::kCustomer, row.customer_id);
  add(ScopeKind::kOrganization, row.organization_id);
  if (!row.model_group.empty()) {
    add(ScopeKind::kKey, row.key_hash, row.model_group);
    add(ScopeKind::kUser, row.user_id, row.model_group);
    add(ScopeKind::kTeam, row.team_id, row.model_group);
  }
  for (const std::string& tag : std::set<std::string>(row.tags.begin(), row.tags.end())) add(ScopeKind::kTag, tag);
  scopes.push_back({});
  return scopes;
}

std::string_view name_of(DailyKind kind) { return kDailyNames.at(static_cast<std::size_t>(kind)); }

DailyKind daily_kind_of(std::string_view name) {
  const auto* const found = std::find(kDailyNames.begin(), kDailyNames.end(), name);
  if (found == kDailyNames.end()) return DailyKind::kUser;
  return static_cast<DailyKind>(found - kDailyNames.begin());
}

DailyMetrics& DailyMetrics::operator+=(const DailyMetrics& other) {
  spend.value += other.spend.value;
  prompt_tokens += other.prompt_tokens;
  completion_tokens += other.completion_tokens;
  cache_read_tokens += other.cache_read_tokens;
  cache_write_tokens += other.cache_write_tokens;
  requests += other.requests;
  successful_requests += other.successful_requests;
  failed_requests += other.failed_requests;
  return *this;
}

DailyMetrics metrics_of(const SpendRow& row) {
  const bool failed = row.status == "failure";
  return {.spend = row.spend,
          .prompt_tokens = row.tokens.prompt,
          .completion_tokens = row.tokens.completion,
          .cache_read_tokens = row.tokens.cache_read,
          .cache_write_tokens = row.tokens.cache_write_5m + row.tokens.cache_write_1h,
          .requests = 1,
          .successful_requests = failed ? 0 : 1,
          .failed_requests = failed ? 1 : 0};
}

std::vector<DailyKey> daily_keys_of(const SpendRow& row) {
  const DailyKey user{.kind = DailyKind::kUser,
                      .entity_id = row.user_id,
                      .date = day_of(row.start_time),
                      .key_hash = row.key_hash,
                      .model = row.model,
                      .model_group = row.model_group,
                      .provider = row.provider,
                      .endpoint = row.endpoint,
                      .mcp_tool = row.mcp_tool};
  std::vector<DailyKey> keys{user};
  const auto add = [&](DailyKind kind, const std::string& id) {
    if (id.empty()) return;
    DailyKey key = user;
    key.kind = kind;
    key.entity_id = id;
    keys.push_back(std::move(key));
  };
  add(DailyKind::kTeam, row.team_id);
  add(DailyKind::kOrganization, row.organization_id);
  add(DailyKind::kCustomer, row.customer_id);
  add(DailyKind::kAgent, row.agent_id);
  for (const std::string& tag : std::set<std::string>(row.tags.begin(), row.tags.end())) add(DailyKind::kTag, tag);
  return keys;
}

}  // namespace stargate::policy::account
