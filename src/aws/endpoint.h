// Where AWS services live: hosts by rule (partition from the region's prefix), never from a list of regions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::aws {

struct Partition {
  std::string_view id;          // "aws", "aws-us-gov", "aws-cn", ...
  std::string_view dns_suffix;  // "amazonaws.com"
  std::string_view dual_stack_suffix;
};

Partition partition_of(std::string_view region);

// "bedrock-runtime.us-east-1.amazonaws.com"; service: "bedrock-runtime", "bedrock", "bedrock-mantle", "sts".
std::string endpoint_host(std::string_view service, std::string_view region, bool fips = false,
                          bool dual_stack = false);

// A region name of the shape AWS uses ("us-east-1", "us-gov-west-1"); guards the host against injected text.
bool plausible_region(std::string_view region);

// "us.anthropic.claude-x" -> "anthropic.claude-x"; known geo prefixes only. ARNs and bare ids come back as they are.
std::string_view strip_profile_prefix(std::string_view model_id);

// The path segment of a model id or ARN: everything outside A-Za-z0-9-._~ percent-encoded.
std::string model_path(std::string_view model_id, std::string_view operation);  // "/model/<id>/<operation>"

}  // namespace stargate::aws
