// What one upstream model on one surface takes: beta flags, body fields, roles, thinking forms. A data file
// (config/capabilities.yaml), reloaded with the configuration; this is its value type and its reader.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stargate::llm::binding {

class FieldRules;

enum class FlagAction : std::uint8_t { kPass, kRename, kDrop };
enum class FieldAction : std::uint8_t { kPass, kStrip, kRefuse };
enum class SystemRole : std::uint8_t { kPass, kFold };

struct FlagRule {
  FlagAction action = FlagAction::kDrop;
  std::string renamed_to;
};

struct FieldRule {
  FieldAction action = FieldAction::kPass;
  std::string message;  // for kRefuse: what the client reads
};

// Field patterns: a top-level member "context_management", a nested one "output_config.format", a member of each tool
// "tools[].strict", and "**.cache_control.scope" for a member wherever it stands (but never inside a tool's own
// input or input_schema). A last step "display=updates" means: only when it has that text. Unknown fields pass.
// Beta patterns: exact, or a prefix ending in '*'. The longest match wins; an unlisted flag is dropped.
struct Capabilities {
  std::string name;
  std::map<std::string, FlagRule, std::less<>> betas;
  std::map<std::string, FieldRule, std::less<>> fields;
  // Fields that may only be sent together with a beta: when the beta is not sent, the fields are stripped.
  std::map<std::string, std::vector<std::string>, std::less<>> paired;  // beta (as sent upstream) -> field patterns
  SystemRole system_role = SystemRole::kFold;
  bool thinking_adaptive = false;     // {type: adaptive}
  bool thinking_enabled = true;       // {type: enabled, budget_tokens}
  bool effort = false;                // output_config.effort
  bool temperature = true;            // sampling parameters at all
  bool temperature_and_top_p = true;  // both at once
  bool prefill = true;                // a trailing assistant message
  bool structured_output = false;     // output_config.format / native json_schema
  bool count_tokens = false;          // Bedrock's CountTokens serves this model
  bool cache_ttl = true;              // cache_control.ttl
  bool sanitize_user_id = false;      // metadata.user_id may hold only [A-Za-z0-9_-]: JSON in it is hashed
  // Tools by their `type` (exact, or a prefix ending in '*'); unlisted types pass. kStrip drops the tool.
  std::map<std::string, FieldRule, std::less<>> tool_types;
  // `fields` and `paired` made ready for matching; null when the set was built by hand: made anew per request then.
  std::shared_ptr<const FieldRules> rules;
};

// The rule of the longest matching pattern (exact, or a prefix ending in '*'); null when none matches.
const FlagRule* find_rule(const std::map<std::string, FlagRule, std::less<>>& rules, std::string_view name);
const FieldRule* find_rule(const std::map<std::string, FieldRule, std::less<>>& rules, std::string_view name);

// All capability sets of the data file; find() takes an upstream id (profile prefix and ARN parts are ignored) and
// gives the entry with the longest matching pattern, or the file's default.
//
// The file: {"sets": {name: set}, "models": {prefix of the bare id: set}, "default": set}. A set's members are those of
// Capabilities, where betas take "pass", "drop" or {"rename": to}, fields and tool_types "pass", "strip" or
// {"refuse": message}; `extends` names a set (or a list of sets, later ones win) that it starts from.
class CapabilityTable {
 public:
  // `json`: the data file as JSON text. Errors name the entry and the member.
  static Result<CapabilityTable> parse(std::string_view json);
  [[nodiscard]] const Capabilities& find(std::string_view upstream_model) const;

 private:
  std::vector<std::pair<std::string, Capabilities>> entries_;  // pattern (prefix of the bare id) -> set
  Capabilities default_;
};

}  // namespace stargate::llm::binding
