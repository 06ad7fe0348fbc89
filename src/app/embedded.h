// The data files that are built into the program (cmake/embed.cmake makes the definitions from config/*.yaml).
#pragma once

#include <string_view>

namespace stargate::app {

extern const std::string_view kEmbeddedModelsYaml;
extern const std::string_view kEmbeddedCapabilitiesYaml;
extern const std::string_view kEmbeddedStargateYaml;

}  // namespace stargate::app
