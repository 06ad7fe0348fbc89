// YAML trees as JSON text, for data files whose readers take JSON. Plain scalars follow the core schema of YAML 1.2.2
// (section 10.3): null, true/false, integers (also 0o7 and 0xF), floats; numbers keep their digits. Infinities and NaN,
// which JSON does not have, become strings.
#pragma once

#include <string>
#include <string_view>

#include "app/yaml.h"

namespace stargate::app {

std::string yaml_to_json(const YamlNode& node);

enum class PlainType : std::uint8_t { kNull, kBoolean, kInteger, kFloat, kText };

// What a plain scalar stands for in the core schema.
PlainType plain_type(std::string_view text);

}  // namespace stargate::app
