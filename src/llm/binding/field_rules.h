// The field patterns of a capability set, made ready to be looked for in a body.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "llm/binding/capabilities.h"

namespace stargate::llm::binding {

// One pattern of the notation in capabilities.h.
struct FieldPattern {
  std::string text;                // as written
  std::vector<std::string> steps;  // "tools", "[]", "strict"
  std::string value;               // of "name=value", else empty
  bool anywhere = false;           // began with "**."
};

FieldPattern parse_field_pattern(std::string_view text);

// A member that a pattern names.
struct FieldHit {
  codec::json::Value object;
  codec::json::Value key;
  codec::json::Value value;
};

// Calls `hit` for every member of `body` that `pattern` names, in document order.
void find_field(const codec::json::Document& body, const FieldPattern& pattern,
                const std::function<void(const FieldHit&)>& hit);

// Immutable once made; shared by the requests of all threads.
class FieldRules {
 public:
  struct Rule {
    FieldPattern pattern;
    FieldRule rule;
    std::vector<std::string> betas;  // not empty: the field stays while one of these flags is sent
  };
  FieldRules(const std::map<std::string, FieldRule, std::less<>>& fields,
             const std::map<std::string, std::vector<std::string>, std::less<>>& paired);
  [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

 private:
  void add_paired(const std::string& beta, const std::string& field);
  std::vector<Rule> rules_;
};

// The value of node `index`.
codec::json::Value value_at(const codec::json::Document& document, std::uint32_t index);

// Finds where keys stand, given by node index in ascending order. It goes on from the last one, so that a body full of
// such keys costs one walk in all.
class KeyPlaces {
 public:
  explicit KeyPlaces(const codec::json::Document& document) : document_(document) { levels_.push_back({0, 1, 0}); }
  // False when `key` is inside a tool's input or schema: those are the client's own data.
  bool locate(std::uint32_t key);
  // Of the key last located: its object's node, and the path of its value in the words of Anthropic's errors
  // ("messages.0.content.1.source").
  [[nodiscard]] std::uint32_t object() const { return levels_.back().container; }
  [[nodiscard]] std::string path() const;

 private:
  struct Level {
    std::uint32_t container;
    std::uint32_t child;     // the key (objects) or element (arrays) that the walk has come to
    std::uint32_t position;  // of `child`
  };
  [[nodiscard]] bool is_object(const Level& level) const;
  [[nodiscard]] std::uint32_t value_of(const Level& level) const;
  const codec::json::Document& document_;
  std::vector<Level> levels_;
};

// Node indexes of all member keys that read `name`, in order; a key that was written with escapes is found, too.
std::vector<std::uint32_t> find_keys(const codec::json::Document& document, std::string_view name);

}  // namespace stargate::llm::binding
