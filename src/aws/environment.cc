#include "aws/environment.h"

#include <algorithm>

namespace stargate::aws {

std::string_view lookup(const Environment& environment, std::string_view name) {
  const auto found = environment.find(std::string(name));
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

bool is_true(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  return std::ranges::equal(text, kTrue, [](char a, char b) { return (a | 0x20) == b; });
}

std::string active_profile(std::string_view explicit_profile, const Environment& environment) {
  if (!explicit_profile.empty()) return std::string(explicit_profile);
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    const std::string_view value = lookup(environment, name);
    if (!value.empty()) return std::string(value);
  }
  return "default";
}

std::string resolve_region(std::string_view explicit_region, const Environment& environment, const SharedConfig& files,
                           std::string_view profile) {
  if (!explicit_region.empty()) return std::string(explicit_region);
  for (const char* name : {"AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"}) {
    const std::string_view value = lookup(environment, name);
    if (!value.empty()) return std::string(value);
  }
  return std::string(files.setting(profile, "region"));
}

std::string endpoint_override(std::string_view service_id, const Environment& environment, const SharedConfig& files,
                              std::string_view profile) {
  std::string_view ignore = lookup(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  if (ignore.empty()) ignore = files.setting(profile, "ignore_configured_endpoint_urls");
  if (is_true(ignore)) return {};
  std::string variable = "AWS_ENDPOINT_URL_";
  for (const char c : service_id) variable.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  for (const std::string_view name : {std::string_view(variable), std::string_view("AWS_ENDPOINT_URL")}) {
    const std::string_view value = lookup(environment, name);
    if (!value.empty()) return std::string(value);
  }
  const std::string_view services = files.setting(profile, "services");
  const std::string nested = std::string(service_id) + ".endpoint_url";
  const std::string_view of_service = find_setting(files.services, services, nested);
  return std::string(of_service.empty() ? files.setting(profile, "endpoint_url") : of_service);
}

}  // namespace stargate::aws
