#include "llm/binding/capabilities.h"

#include <array>
#include <charconv>

#include "codec/json.h"
#include "llm/binding/bedrock_invoke.h"
#include "llm/binding/field_rules.h"

namespace stargate::llm::binding {

namespace json = codec::json;

namespace {

constexpr int kExtendsDepthMax = 8;

template <class Rule>
const Rule* longest_match(const std::map<std::string, Rule, std::less<>>& rules, std::string_view name) {
  if (const auto exact = rules.find(name); exact != rules.end()) return &exact->second;
  const Rule* best = nullptr;
  std::size_t best_size = 0;
  for (const auto& [pattern, rule] : rules) {
    if (!pattern.ends_with('*')) continue;
    const std::string_view prefix = std::string_view(pattern).substr(0, pattern.size() - 1);
    if (name.starts_with(prefix) && (best == nullptr || prefix.size() > best_size)) {
      best = &rule;
      best_size = prefix.size();
    }
  }
  return best;
}

Failure wrong(std::string_view entry, std::string_view member, std::string_view expected) {
  return base::fail(ErrorCode::kBadRequest,
                    "capabilities: " + std::string(entry) + "." + std::string(member) + ": " + std::string(expected));
}

// Reads one set over what `set` already holds.
class SetReader {
 public:
  SetReader(std::string_view entry, Capabilities& set) : entry_(entry), set_(set) {}

  Result<void> read(json::Value object) {
    if (!object.is_object()) return wrong(entry_, "", "must be a mapping");
    for (const json::Member member : object.members()) {
      const std::string name = member.key().text();
      if (name == "extends") continue;
      if (auto done = read_member(name, member.value()); !done) return done;
    }
    return {};
  }

 private:
  Result<void> read_member(const std::string& name, json::Value value) {
    if (name == "betas") return read_betas(value);
    if (name == "fields") return read_fields("fields", value, set_.fields);
    if (name == "tool_types") return read_fields("tool_types", value, set_.tool_types);
    if (name == "paired") return read_paired(value);
    if (name == "system_role") return read_system_role(value);
    return read_switch(name, value);
  }

  Result<void> read_switch(const std::string& name, json::Value value) {
    struct Switch {
      std::string_view name;
      bool Capabilities::* member;
    };
    static constexpr std::array kSwitches = {
        Switch{"thinking_adaptive", &Capabilities::thinking_adaptive},
        Switch{"thinking_enabled", &Capabilities::thinking_enabled},
        Switch{"effort", &Capabilities::effort},
        Switch{"temperature", &Capabilities::temperature},
        Switch{"temperature_and_top_p", &Capabilities::temperature_and_top_p},
        Switch{"prefill", &Capabilities::prefill},
        Switch{"structured_output", &Capabilities::structured_output},
        Switch{"count_tokens", &Capabilities::count_tokens},
        Switch{"cache_ttl", &Capabilities::cache_ttl},
        Switch{"sanitize_user_id", &Capabilities::sanitize_user_id},
    };
    for (const Switch& known : kSwitches) {
      if (known.name != name) continue;
      const auto flag = value.as_bool();
      if (!flag) return wrong(entry_, name, "must be true or false");
      set_.*known.member = *flag;
      return {};
    }
    return wrong(entry_, name, "is not a member of a capability set");
  }

  Result<void> read_system_role(json::Value value) {
    if (value.is_string() && value.equals("pass")) {
      set_.system_role = SystemRole::kPass;
    } else if (value.is_string() && value.equals("fold")) {
      set_.system_role = SystemRole::kFold;
    } else {
      return wrong(entry_, "system_role", "must be pass or fold");
    }
    return {};
  }

  Result<void> read_betas(json::Value value) {
    if (!value.is_object()) return wrong(entry_, "betas", "must map flags to pass, drop or {rename: to}");
    for (const json::Member member : value.members()) {
      const std::string flag = member.key().text();
      FlagRule rule;
      if (member.value().is_string() && member.value().equals("pass")) {
        rule.action = FlagAction::kPass;
      } else if (member.value().is_string() && member.value().equals("drop")) {
        rule.action = FlagAction::kDrop;
      } else if (const std::string to = member.value().text_at("rename"); !to.empty()) {
        rule = {FlagAction::kRename, to};
      } else {
        return wrong(entry_, "betas." + flag, "must be pass, drop or {rename: to}");
      }
      set_.betas.insert_or_assign(flag, rule);
    }
    return {};
  }

  Result<void> read_fields(std::string_view where, json::Value value,
                           std::map<std::string, FieldRule, std::less<>>& out) {
    if (!value.is_object()) return wrong(entry_, where, "must map names to pass, strip or {refuse: message}");
    for (const json::Member member : value.members()) {
      const std::string name = member.key().text();
      FieldRule rule;
      if (member.value().is_string() && member.value().equals("pass")) {
        rule.action = FieldAction::kPass;
      } else if (member.value().is_string() && member.value().equals("strip")) {
        rule.action = FieldAction::kStrip;
      } else if (const std::string message = member.value().text_at("refuse"); !message.empty()) {
        rule = {FieldAction::kRefuse, message};
      } else {
        return wrong(entry_, std::string(where) + "." + name, "must be pass, strip or {refuse: message}");
      }
      out.insert_or_assign(name, rule);
    }
    return {};
  }

  Result<void> read_paired(json::Value value) {
    if (!value.is_object()) return wrong(entry_, "paired", "must map flags to lists of fields");
    for (const json::Member member : value.members()) {
      std::vector<std::string> patterns;
      for (const json::Value element : member.value().elements()) patterns.push_back(element.text());
      if (!member.value().is_array()) {
        return wrong(entry_, "paired." + member.key().text(), "must be a list of fields");
      }
      set_.paired.insert_or_assign(member.key().text(), std::move(patterns));
    }
    return {};
  }

  std::string_view entry_;
  Capabilities& set_;
};

Result<void> read_set(std::string_view entry, json::Value sets, json::Value value, int depth, Capabilities& out) {
  if (depth > kExtendsDepthMax) return wrong(entry, "extends", "goes in a circle or too deep");
  std::vector<std::string> bases;
  if (const auto extends = value.find("extends")) {
    if (extends->is_string()) bases.push_back(extends->text());
    for (const json::Value element : extends->elements()) bases.push_back(element.text());
  }
  for (const std::string& base : bases) {
    const auto found = sets.find(base);
    if (!found) return wrong(entry, "extends", "there is no set \"" + base + "\"");
    if (auto done = read_set(base, sets, *found, depth + 1, out); !done) return done;
  }
  return SetReader(entry, out).read(value);
}

}  // namespace

const FlagRule* find_rule(const std::map<std::string, FlagRule, std::less<>>& rules, std::string_view name) {
  return longest_match(rules, name);
}

const FieldRule* find_rule(const std::map<std::string, FieldRule, std::less<>>& rules, std::string_view name) {
  return longest_match(rules, name);
}

Result<CapabilityTable> CapabilityTable::parse(std::string_view text) {
  auto document = json::Document::parse_copy(text);
  if (!document) return std::unexpected(document.error());
  static const auto kEmpty = json::Document::parse_copy("{}");
  const json::Value root = document->root();
  const json::Value sets = root.find("sets").value_or(kEmpty->root());
  for (const json::Member member : root.members()) {
    const std::string name = member.key().text();
    if (name != "sets" && name != "models" && name != "default") return wrong(name, "", "is not known here");
  }
  CapabilityTable table;
  const auto finish = [](std::string_view name, Capabilities& set) {
    set.name = name;
    set.rules = std::make_shared<const FieldRules>(set.fields, set.paired);
  };
  // A set that no model uses is read all the same: its errors must not wait for the day it is used.
  for (const json::Member member : sets.members()) {
    Capabilities unused;
    if (auto done = read_set(member.key().text(), sets, member.value(), 0, unused); !done) {
      return std::unexpected(done.error());
    }
  }
  const json::Value models = root.find("models").value_or(kEmpty->root());
  for (const json::Member member : models.members()) {
    Capabilities set;
    const std::string pattern = member.key().text();
    if (auto done = read_set(pattern, sets, member.value(), 0, set); !done) return std::unexpected(done.error());
    finish(pattern, set);
    table.entries_.emplace_back(pattern, std::move(set));
  }
  if (const auto fallback = root.find("default")) {
    if (auto done = read_set("default", sets, *fallback, 0, table.default_); !done) {
      return std::unexpected(done.error());
    }
  }
  finish("default", table.default_);
  return table;
}

const Capabilities& CapabilityTable::find(std::string_view upstream_model) const {
  const std::string_view bare = bare_model_id(upstream_model);
  const Capabilities* best = &default_;
  std::size_t best_size = 0;
  for (const auto& [pattern, set] : entries_) {
    if (bare.starts_with(pattern) && pattern.size() > best_size) {
      best = &set;
      best_size = pattern.size();
    }
  }
  return *best;
}

}  // namespace stargate::llm::binding
