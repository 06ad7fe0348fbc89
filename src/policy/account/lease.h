// What gateways that share one database keep in it: who is alive, which share of a limit each one has, and which
// requests were dispatched and not settled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/money.h"
#include "policy/account/instant.h"
#include "policy/account/scope.h"

namespace stargate::policy::account {

struct Instance {
  std::string instance_id;  // unique
  std::string host;
  std::string version;
  Instant started_at;
  Instant heartbeat_at;
  bool operator==(const Instance&) const = default;
};

// A share of a scope's money or rate that one gateway may spend from memory until it expires.
struct Lease {
  std::string lease_id;  // unique
  std::string instance_id;
  Scope scope;
  std::string resource = "money";  // money (nano-dollars) | requests | tokens | parallel
  std::int64_t amount = 0;
  std::int64_t used = 0;
  Instant taken_at;
  Instant expires_at;
  bool operator==(const Lease&) const = default;
};

// Money held for a request that went upstream. Ends by its spend row or by being given up.
struct Hold {
  std::string request_id;  // unique
  std::string instance_id;
  std::string key_hash;
  base::NanoUsd amount;
  JsonText detail = "{}";  // scopes, clamp and candidate: what its settlement needs after a crash
  Instant placed_at;
  Instant expires_at;
  bool operator==(const Hold&) const = default;
};

}  // namespace stargate::policy::account
