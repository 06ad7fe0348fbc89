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

// Where the key at node `key` stands: its object's node, and the path of its value in the words of Anthropic's errors
// ("messages.0.content.1.source"). False when it is inside a tool's input or schema: those are the client's data.
struct KeyPlace {
  std::uint32_t object = 0;
  std::string path;
};
bool locate_key(const codec::json::Document& document, std::uint32_t key, KeyPlace& place);

// Node indexes of all member keys that read `name`, in order; a key that was written with escapes is found, too.
std::vector<std::uint32_t> find_keys(const codec::json::Document& document, std::string_view name);

}  // namespace stargate::llm::binding
