// The Claude models that the simulator plays, and what each of them refuses. An own table on purpose: the simulator
// guards the gateway, so it must not share the gateway's beliefs.
// Source: AWS Bedrock user guide (model ids, inference profiles) and Anthropic's model pages, autumn 2026.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stargate::sim {

enum class Thinking : std::uint8_t { kEnabled, kBoth, kAdaptive };  // which thinking.type a model takes

struct Model {
  std::string_view id;        // foundation model id
  std::string_view name;      // as AWS shows it
  std::string_view profiles;  // geo prefixes of its inference profiles, space separated
  std::int64_t context_tokens = 200'000;
  std::int64_t max_output_tokens = 64'000;
  std::int64_t cache_min_tokens = 1024;  // shorter prefixes are not cached
  bool on_demand = false;                // the bare id may be called
  bool count_tokens = true;
  Thinking thinking = Thinking::kEnabled;
  bool effort = false;                  // output_config.effort
  bool temperature = true;              // sampling parameters at all
  bool temperature_with_top_p = false;  // both at once
  bool prefill = true;                  // a trailing assistant message
  bool system_role = false;             // role "system" inside messages
  bool tool_search = false;             // tools[].defer_loading, with its beta flag
  bool cache_ttl = true;                // cache_control.ttl
  bool structured = false;              // output_config.format and tools[].strict
  bool binds_thinking = false;          // thinking signatures are bound to the prefix
  int generation = 45;                  // 40, 41, 45 ... 55: for the beta flags
};

std::span<const Model> models();

// The geo prefixes of a model's profiles ("global", "us" ...).
std::vector<std::string_view> profile_prefixes(const Model& model);

// Application profiles: an opaque id that stands for a model. One is always there, for trying out ARNs.
inline constexpr std::string_view kApplicationProfileId = "stargatedemo";
inline constexpr std::string_view kApplicationProfileModel = "anthropic.claude-sonnet-4-5-20250929-v1:0";
inline constexpr std::string_view kAccountId = "123456789012";

struct ResolvedModel {
  const Model* model = nullptr;
  bool bare = false;  // called by its foundation id, not by a profile
};

// `model_id`: a foundation id, an inference profile id, or an ARN of one of them or of the application profile.
// Errors: ValidationException "The provided model identifier is invalid.".
Result<ResolvedModel> resolve(std::string_view model_id);

// An error as AWS answers it: type is the exception's name, upstream_status the HTTP status.
base::Failure aws_failure(int status, std::string type, std::string message);
base::Failure validation(std::string message);

}  // namespace stargate::sim
