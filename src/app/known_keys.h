// Every configuration key that LiteLLM knows, section by section, so that "not supported yet" can be told from "no such
// key". Source: LiteLLM's proxy configuration documentation (docs.litellm.ai/docs/proxy/config_settings).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace stargate::app {

enum class Section : std::uint8_t {
  kTop,
  kModelEntry,
  kLitellmParams,
  kModelInfo,
  kRouterSettings,
  kLitellmSettings,
  kGeneralSettings,
  kStargate,  // LiteLLM knows none of these
};

bool known_to_litellm(Section section, std::string_view key);
const std::vector<std::string_view>& litellm_keys(Section section);

}  // namespace stargate::app
