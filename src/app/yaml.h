// YAML as a small tree with places, so that every complaint about a configuration can name its line.
//
// yaml-cpp reads the events; its exceptions end here. Scalars keep their text: what a plain `123` or `yes` means is for
// the reader of the value to say, a quoted "123" is always text. Anchors, aliases and merge keys (`<<`) are resolved;
// the size of the result is bounded, so aliases of aliases cannot blow it up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stargate::app {

inline constexpr std::size_t kYamlBytesMax = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kYamlNodesMax = 200'000;
inline constexpr int kYamlDepthMax = 64;

struct YamlMember;

// Invariant: `items` is used by sequences only, `members` by maps only, `text` by scalars only. Lines and columns count
// from 1; 0 means "nowhere".
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  bool plain = false;  // an unquoted, untagged scalar: may stand for a number or a truth value
  std::string text;
  int line = 0;
  int column = 0;
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;  // in file order, keys are unique

  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::kSequence; }
  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  [[nodiscard]] const YamlNode* find(std::string_view key) const;  // nullptr when absent or not a map
};

struct YamlMember {
  std::string key;
  int line = 0;
  int column = 0;
  YamlNode value;
};

struct YamlFault {
  int line = 0;
  int column = 0;
  std::string message;
};

// `root` is what could be read; a text with faults must not be used. A key that stands twice is a fault (the first
// stays), and so is a second document.
struct YamlOutcome {
  YamlNode root;
  std::vector<YamlFault> faults;
};

YamlOutcome parse_yaml(std::string_view text);

}  // namespace stargate::app
