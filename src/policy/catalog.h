// What the gateway serves: models as clients name them, deployments behind them, prices, and who may call. Immutable;
// app builds it from the configuration, the gateway reads it through a snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.h"
#include "base/error.h"
#include "base/money.h"
#include "base/secret.h"
#include "base/time.h"
#include "llm/binding/capabilities.h"

namespace stargate::policy {

// Pico-dollars per token of each kind.
struct Rates {
  base::PicoUsd input;
  base::PicoUsd output;
  base::PicoUsd cache_read;
  base::PicoUsd cache_write_5m;
  base::PicoUsd cache_write_1h;
};

// How the upstream is asked to serve: Bedrock's service tiers.
enum class ServiceTier : std::uint8_t { kStandard, kPriority, kFlex, kBatch };

// What a deployment costs at a tier other than the standard one. `above` holds beyond Price::long_context_from_tokens.
struct TierPrice {
  ServiceTier tier = ServiceTier::kStandard;
  Rates rates;
  Rates above;
};

// Pico-dollars per token at the standard tier, the regional uplift included. nullopt in Deployment::price: unknown.
struct Price {
  base::PicoUsd input;
  base::PicoUsd output;
  base::PicoUsd cache_read;
  base::PicoUsd cache_write_5m;
  base::PicoUsd cache_write_1h;
  // Above this many prompt tokens the whole request uses the long_* rates; 0 = no tier.
  std::int64_t long_context_from_tokens = 0;
  base::PicoUsd long_input, long_output, long_cache_read, long_cache_write_5m, long_cache_write_1h;
  std::vector<TierPrice> tiers;  // a tier without an entry has an unknown price
  std::string as_of;             // "2026-11-01": when this price was looked up
  std::string source;            // "built-in" or "config"
};

// How a deployment proves itself to AWS: which chain, from which explicit settings of litellm_params.
struct CredentialSpec {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;
  Secret bearer;  // api_key / AWS_BEARER_TOKEN_BEDROCK
  std::string profile;
  std::string role_arn;
  std::string role_session_name;
  std::string external_id;
  std::string web_identity_token;  // a token or a file's path, as LiteLLM has it
  std::string sts_endpoint;
  // Deployments with the same spec share one credential source; this names it.
  [[nodiscard]] std::string key() const;
};

// One upstream for a model name.
struct Deployment {
  std::string id;               // model_info.id, or a hash of the parameters
  std::string model_name;       // as clients name it
  std::string upstream_model;   // Bedrock id, profile id or ARN (model_id when given)
  std::string base_model;       // the id that prices and capabilities are looked up by
  std::string display_name;     // "Claude Haiku 4.5"; empty when the model table does not know it
  std::int64_t released_s = 0;  // Unix time; 0 = unknown
  std::string region;
  bool fips = false;
  // Endpoint: host of AWS by rule, or the override's.
  std::string endpoint_host;
  std::uint16_t endpoint_port = 443;
  bool endpoint_tls = true;
  std::string endpoint_path;  // prefix of an overriding endpoint, usually empty
  CredentialSpec credentials;
  std::string credentials_key;  // credentials.key(), which hashes: made once
  std::optional<Price> price;
  std::int64_t context_tokens = 0;
  std::int64_t max_output_tokens = 0;
  std::optional<std::int64_t> default_max_tokens;
  std::string default_members = "{}";
  std::vector<std::string> drop_fields;
  bool drop_params = false;
  int order = 0;  // lower first
  int weight = 1;
  int max_retries = 2;
  Duration connect_timeout = std::chrono::seconds(5);
  Duration first_byte_timeout = std::chrono::seconds(300);
  Duration between_bytes_timeout = std::chrono::seconds(300);
  Duration total_timeout = std::chrono::seconds(3600);
  const llm::binding::Capabilities* capabilities = nullptr;  // owned by the catalog's table
};

// Who calls. In memory; found by the hash of the whole key.
struct Principal {
  std::string key_hash;  // SHA-256 of the key, hex
  std::string key_alias;
  std::string user_id;
  bool admin = false;               // the master key
  std::vector<std::string> models;  // empty: all
};

struct Catalog {
  std::vector<Deployment> deployments;  // in file order
  std::map<std::string, std::vector<const Deployment*>, std::less<>> by_name;
  std::map<std::string, std::string, std::less<>> aliases;         // model_group_alias
  std::set<std::string, std::less<>> hidden_aliases;               // work, but are not listed
  std::map<std::string, std::string, std::less<>> by_upstream_id;  // Bedrock id, bare or with profile -> model_name
  std::map<std::string, std::shared_ptr<const Principal>, std::less<>> principals;  // key hash (hex) -> who
  std::shared_ptr<const llm::binding::CapabilityTable> capabilities;
  std::size_t body_bytes_max = 0;
  bool allow_token_estimates = false;  // count_tokens by estimate where the model has no exact count
  std::int64_t created_s = 0;          // when the configuration was read
  Catalog() = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;
};

}  // namespace stargate::policy
