#include "aws/endpoint.h"

#include <algorithm>
#include <array>

#include "codec/uri.h"

namespace stargate::aws {
namespace {

struct PartitionRule {
  std::string_view region_prefix;
  Partition partition;
};

// AWS's partitions.json, as the SDKs carry it.
constexpr Partition kCommercial{"aws", "amazonaws.com", "api.aws"};
constexpr std::array<PartitionRule, 7> kPartitions{{
    {"cn-", {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"}},
    {"us-gov-", {"aws-us-gov", "amazonaws.com", "api.aws"}},
    {"us-iso-", {"aws-iso", "c2s.ic.gov", "api.aws.ic.gov"}},
    {"us-isob-", {"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"}},
    {"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"}},
    {"us-isof-", {"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"}},
    {"eusc-", {"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"}},
}};

// Geographic prefixes of cross-region inference profiles (Amazon Bedrock user guide, "Supported regions and models for
// inference profiles").
constexpr std::array<std::string_view, 9> kProfilePrefixes = {"us.", "eu.", "apac.",   "jp.",    "au.",
                                                              "ca.", "in.", "us-gov.", "global."};

constexpr std::size_t kRegionBytesMax = 32;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Partition partition_of(std::string_view region) {
  for (const PartitionRule& rule : kPartitions) {
    if (region.starts_with(rule.region_prefix)) return rule.partition;
  }
  return kCommercial;
}

std::string endpoint_host(std::string_view service, std::string_view region, bool fips, bool dual_stack) {
  const Partition partition = partition_of(region);
  // Mantle has no name under the classic suffix: its hosts are dual-stack ones always.
  const bool new_suffix = dual_stack || service == "bedrock-mantle";
  std::string host(service);
  if (fips) host.append("-fips");
  host.append(".").append(region).append(".");
  host.append(new_suffix ? partition.dual_stack_suffix : partition.dns_suffix);
  return host;
}

bool plausible_region(std::string_view region) {
  if (region.empty() || region.size() > kRegionBytesMax) return false;
  // At least three words joined by single dashes, the last one a number: "us-gov-west-1".
  std::size_t words = 0;
  std::string_view rest = region;
  while (true) {
    const std::size_t dash = rest.find('-');
    const std::string_view word = rest.substr(0, dash);
    const bool last = dash == std::string_view::npos;
    ++words;
    if (word.empty() || !std::ranges::all_of(word, last ? is_digit : is_lower)) return false;
    if (last) return words >= 3;
    rest.remove_prefix(dash + 1);
  }
}

std::string_view strip_profile_prefix(std::string_view model_id) {
  if (model_id.starts_with("arn:")) return model_id;
  for (const std::string_view prefix : kProfilePrefixes) {
    // A bare prefix is no profile of anything.
    if (model_id.starts_with(prefix) && model_id.size() > prefix.size()) return model_id.substr(prefix.size());
  }
  return model_id;
}

std::string model_path(std::string_view model_id, std::string_view operation) {
  std::string path = "/model/";
  path.append(codec::percent_encode(model_id)).append("/").append(operation);
  return path;
}

}  // namespace stargate::aws
