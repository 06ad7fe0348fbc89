// One answered (or failed) request and what it cost, and the daily sums of such rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "policy/account/instant.h"
#include "policy/account/scope.h"

namespace stargate::policy::account {

struct SpendTokens {
  std::int64_t prompt = 0;  // with what was read from and written to the cache
  std::int64_t completion = 0;
  std::int64_t total = 0;
  std::int64_t cache_read = 0;
  std::int64_t cache_write_5m = 0;
  std::int64_t cache_write_1h = 0;
  std::int64_t reasoning = 0;  // part of completion, where the upstream says so
  bool operator==(const SpendTokens&) const = default;
};

// LiteLLM's LiteLLM_SpendLogs and what Stargate knows beyond it. Immutable once stored.
struct SpendRow {
  std::string request_id;  // unique: the idempotency key
  std::string call_type;   // acompletion, anthropic_messages ...
  std::string endpoint;    // the route ("/v1/messages")
  std::string key_hash;
  std::string key_alias;
  std::string user_id;
  std::string team_id;
  std::string organization_id;
  std::string customer_id;  // end_user
  std::string session_id;
  std::string agent_id;
  std::string model;  // as the upstream knows it
  std::string model_id;
  std::string model_group;  // as the client asked
  std::string provider;     // custom_llm_provider
  std::string api_base;
  std::string requester_ip;
  std::string user_agent;
  std::string cache_hit = "None";
  std::string cache_key;
  std::string mcp_tool;            // mcp_namespaced_tool_name
  std::string status = "success";  // success | failure
  std::string error_code;
  std::string error_class;
  std::string error_message;
  std::vector<std::string> tags;
  base::NanoUsd spend;
  SpendTokens tokens;
  Instant start_time;
  Instant end_time;
  std::optional<Instant> completion_start_time;
  Instant held_at;                           // when the hold was made: decides the budget window (ADR 0011)
  bool estimated = false;                    // the upstream never told its usage
  base::NanoUsd hold;                        // what was held before the request went out
  std::optional<std::int64_t> clamp_tokens;  // the output limit that the hold covered, when the client asked for more
  JsonText attempts = "[]";                  // each upstream attempt: deployment, status, tokens, cost
  JsonText metadata = "{}";
  JsonText messages = "{}";  // these three only where prompts are stored
  JsonText response = "{}";
  JsonText proxy_request = "{}";
  std::string instance_id;  // the gateway that settled it
  bool operator==(const SpendRow&) const = default;
};

// Every scope that the row's money counts on: its entities, the model group under key, user and team, its tags (each
// once), and everything together.
std::vector<Scope> scopes_of(const SpendRow& row);

// Whose daily activity a row belongs to. Every row counts exactly once under kUser (with an empty id when it has no
// user): sums over all requests are sums over kUser.
enum class DailyKind : std::uint8_t { kUser, kTeam, kOrganization, kCustomer, kTag, kAgent };

std::string_view name_of(DailyKind kind);
DailyKind daily_kind_of(std::string_view name);  // kUser of names that are none

struct DailyKey {
  DailyKind kind = DailyKind::kUser;
  std::string entity_id;
  Day date;  // of start_time, UTC
  std::string key_hash;
  std::string model;
  std::string model_group;
  std::string provider;
  std::string endpoint;
  std::string mcp_tool;
  auto operator<=>(const DailyKey&) const = default;
};

struct DailyMetrics {
  base::NanoUsd spend;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;  // 5 m and 1 h
  std::int64_t requests = 0;
  std::int64_t successful_requests = 0;
  std::int64_t failed_requests = 0;
  bool operator==(const DailyMetrics&) const = default;
  DailyMetrics& operator+=(const DailyMetrics& other);
};

struct DailyAggregate {
  DailyKey key;
  DailyMetrics metrics;
  bool operator==(const DailyAggregate&) const = default;
};

DailyMetrics metrics_of(const SpendRow& row);

// The aggregates that one row belongs to: its user, and team, organization, customer, agent and tags where it has them.
std::vector<DailyKey> daily_keys_of(const SpendRow& row);

}  // namespace stargate::policy::account
