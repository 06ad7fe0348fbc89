// What the process's environment and the shared files say about profile, region and endpoints. Pure: the environment
// comes in as a map.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/shared_config.h"

namespace stargate::aws {

using Environment = std::map<std::string, std::string>;

// The variable's value; empty when it is unset (AWS's tools treat both alike).
std::string_view lookup(const Environment& environment, std::string_view name);

// "true" in any case.
bool is_true(std::string_view text);

// explicit -> AWS_PROFILE -> AWS_DEFAULT_PROFILE -> "default".
std::string active_profile(std::string_view explicit_profile, const Environment& environment);

// explicit -> AWS_REGION_NAME (LiteLLM's name) -> AWS_REGION -> AWS_DEFAULT_REGION -> the profile's region. Empty when
// none of them says: the caller has its own default. Not checked for plausibility.
std::string resolve_region(std::string_view explicit_region, const Environment& environment, const SharedConfig& files,
                           std::string_view profile);

// A configured endpoint URL of a service by its id in lower case with underscores ("bedrock_runtime", "sts"):
// AWS_ENDPOINT_URL_<SERVICE> -> AWS_ENDPOINT_URL -> the profile's `services` section -> the profile's endpoint_url.
// Empty when there is none, or when AWS_IGNORE_CONFIGURED_ENDPOINT_URLS (or the profile) says to ignore them.
std::string endpoint_override(std::string_view service_id, const Environment& environment, const SharedConfig& files,
                              std::string_view profile);

}  // namespace stargate::aws
