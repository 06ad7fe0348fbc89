// Virtual keys. The key itself is never stored: its SHA-256 identifies it, an optional HMAC proves it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "policy/account/limits.h"

namespace stargate::policy::account {

struct Key {
  std::string key_hash;   // hash_of_key(); unique among the keys that were not deleted
  std::string key_hmac;   // hmac_of_key() of keys made under a pepper, else empty
  std::string key_name;   // name_of_key(): what people may see of it
  std::string key_alias;  // unique among the keys that were not deleted, when not empty
  std::string key_type;   // default | llm_api | management | read_only
  std::string user_id;
  std::string team_id;
  std::string organization_id;
  std::string agent_id;
  std::string budget_id;
  std::vector<std::string> models;  // empty: all that team and user may
  std::vector<std::string> tags;
  std::vector<std::string> allowed_routes;
  std::vector<std::string> allowed_passthrough_routes;
  std::vector<std::string> allowed_cache_controls;
  std::vector<std::string> access_group_ids;
  JsonText aliases = "{}";
  JsonText config = "{}";
  JsonText permissions = "{}";
  JsonText router_settings = "{}";
  JsonText object_permission = "{}";
  JsonText budget_fallbacks = "{}";
  JsonText budget_limits = "[]";  // budget windows beside the one of `limits`
  JsonText metadata = "{}";
  bool blocked = false;
  std::optional<Instant> expires_at;
  std::optional<base::NanoUsd> temp_budget_increase;  // on top of max_budget until temp_budget_expires_at
  std::optional<Instant> temp_budget_expires_at;
  bool auto_rotate = false;
  std::string rotation_interval;
  std::int64_t rotations = 0;
  std::optional<Instant> last_rotation_at;
  std::optional<Instant> next_rotation_at;
  std::optional<Instant> deleted_at;  // kept for /key/list?status=deleted
  std::string deleted_by;
  Limits limits;
  Spent spent;
  Stamp stamp;
  bool operator==(const Key&) const = default;
};

// Lower-case hex SHA-256 of the whole key with its "sk-": LiteLLM's `token`.
std::string hash_of_key(const Secret& key);

// Lower-case hex HMAC-SHA-256 of the whole key under the server's pepper.
std::string hmac_of_key(const Secret& key, const Secret& pepper);

// "sk-...abcd"; of keys too short for that, "sk-...".
std::string name_of_key(const Secret& key);

// Whether a management call names a key by its hash: 64 lower-case hex digits.
bool is_key_hash(std::string_view text);

// Whether `presented` is the key of this row: hash and, where the row has one and there is a pepper, HMAC. The time
// does not depend on where they differ.
bool proves(const Key& key, const Secret& presented, const Secret& pepper);

}  // namespace stargate::policy::account
