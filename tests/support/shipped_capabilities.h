// The capability table that ships (config/capabilities.yaml), for tests of rooms that read no files.
#pragma once

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <string>

#include "codec/json.h"
#include "llm/binding/capabilities.h"

namespace stargate::test {

inline void append_yaml_as_json(const YAML::Node& node, codec::json::Writer& writer) {
  if (node.IsMap()) {
    writer.begin_object();
    for (const auto& member : node) {
      writer.key(member.first.Scalar());
      append_yaml_as_json(member.second, writer);
    }
    writer.end_object();
  } else if (node.IsSequence()) {
    writer.begin_array();
    for (const auto& element : node) append_yaml_as_json(element, writer);
    writer.end_array();
  } else {
    const std::string& text = node.Scalar();
    const bool plain = text == "true" || text == "false" ||
                       (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos);
    if (plain && node.Tag() != "!") {
      writer.raw(text);
    } else {
      writer.string(text);
    }
  }
}

inline const llm::binding::CapabilityTable& shipped_capabilities() {
  static const llm::binding::CapabilityTable kTable = [] {
    std::string text;
    codec::json::Writer writer(text);
    append_yaml_as_json(YAML::LoadFile(std::string(STARGATE_SOURCE_DIR) + "/config/capabilities.yaml"), writer);
    auto table = llm::binding::CapabilityTable::parse(text);
    if (!table) {
      ADD_FAILURE() << table.error().message;
      std::abort();
    }
    return std::move(*table);
  }();
  return kTable;
}

}  // namespace stargate::test
