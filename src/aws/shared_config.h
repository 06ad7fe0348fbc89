// The files that AWS tools share: ~/.aws/config and ~/.aws/credentials. Pure: text in, sections out.
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files", with botocore's tolerance.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::aws {

inline constexpr std::size_t kSharedConfigBytesMax = std::size_t{1024} * 1024;

// Settings of one section, names in lower case. A nested setting is "parent.child" ("bedrock_runtime.endpoint_url");
// a continuation line of a value that is not empty is joined to it by a line end.
using ConfigSection = std::map<std::string, std::string, std::less<>>;
using ConfigSections = std::map<std::string, ConfigSection, std::less<>>;

// Both files together. Sections that stand twice are merged, a setting that stands twice counts last.
struct SharedConfig {
  ConfigSections config;       // [default], [profile name] of the config file
  ConfigSections credentials;  // [name] of the credentials file
  ConfigSections sso_sessions;
  ConfigSections services;

  [[nodiscard]] bool has_profile(std::string_view profile) const;
  // A setting of a profile; the credentials file wins over the config file. Empty when it is in neither.
  [[nodiscard]] std::string_view setting(std::string_view profile, std::string_view name) const;
};

// A setting of a section by names; empty when there is none.
std::string_view find_setting(const ConfigSections& sections, std::string_view section, std::string_view name);

// Adds a file's text to `into`. Errors: kBadRequest with the line number and what is wrong with it, never the line's
// text (it may be a secret). Unknown kinds of section are skipped, as the SDKs do.
Result<void> parse_config_file(std::string_view text, SharedConfig& into);
Result<void> parse_credentials_file(std::string_view text, SharedConfig& into);

}  // namespace stargate::aws
