#include "llm/binding/field_rules.h"

#include <cstring>

namespace stargate::llm::binding {

namespace json = codec::json;

FieldPattern parse_field_pattern(std::string_view text) {
  FieldPattern pattern;
  pattern.text = text;
  if (text.starts_with("**.")) {
    pattern.anywhere = true;
    text.remove_prefix(3);
  }
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    pattern.value = text.substr(equals + 1);
    text = text.substr(0, equals);
  }
  while (!text.empty()) {
    const auto dot = text.find('.');
    std::string_view step = text.substr(0, dot);
    const bool each = step.ends_with("[]");
    if (each) step.remove_suffix(2);
    if (!step.empty()) pattern.steps.emplace_back(step);
    if (each) pattern.steps.emplace_back("[]");
    text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  }
  return pattern;
}

namespace {

bool has_value(const FieldPattern& pattern, json::Value value) {
  return pattern.value.empty() || (value.is_string() && value.equals(pattern.value));
}

void descend(json::Value at, const FieldPattern& pattern, std::size_t step,
             const std::function<void(const FieldHit&)>& hit) {
  if (step == pattern.steps.size()) return;
  const std::string& name = pattern.steps[step];
  if (name == "[]") {
    for (const json::Value element : at.elements()) descend(element, pattern, step + 1, hit);
    return;
  }
  for (const json::Member member : at.members()) {
    if (!member.named(name)) continue;
    if (step + 1 == pattern.steps.size()) {
      if (has_value(pattern, member.value())) hit({at, member.key(), member.value()});
    } else {
      descend(member.value(), pattern, step + 1, hit);
    }
  }
}

// A string is a key when a colon follows it.
bool is_key(const json::Document& document, const json::Node& node) {
  const std::string_view text = document.text();
  for (std::size_t at = node.end; at < text.size(); ++at) {
    const char byte = text[at];
    if (byte == ':') return true;
    if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') return false;
  }
  return false;
}

}  // namespace

json::Value value_at(const json::Document& document, std::uint32_t index) {
  return *json::Value::Range<json::Value>::Iterator(&document, index);
}

std::vector<std::uint32_t> find_keys(const json::Document& document, std::string_view name) {
  std::vector<std::uint32_t> found;
  const std::vector<json::Node>& nodes = document.nodes();
  const char* text = document.text().data();
  const auto width = static_cast<std::uint32_t>(name.size() + 2);
  const auto count = static_cast<std::uint32_t>(nodes.size());
  for (std::uint32_t index = 0; index < count; ++index) {
    const json::Node& node = nodes[index];
    if (node.kind != json::Kind::kString) continue;
    if (node.escaped) {
      if (node.end - node.begin > name.size() * 6 + 2 || !value_at(document, index).equals(name)) continue;
    } else if (node.end - node.begin != width || std::memcmp(text + node.begin + 1, name.data(), name.size()) != 0) {
      continue;
    }
    if (is_key(document, node)) found.push_back(index);
  }
  return found;
}

bool KeyPlaces::is_object(const Level& level) const {
  return document_.nodes()[level.container].kind == json::Kind::kObject;
}

std::uint32_t KeyPlaces::value_of(const Level& level) const { return is_object(level) ? level.child + 1 : level.child; }

bool KeyPlaces::locate(std::uint32_t key) {
  const std::vector<json::Node>& nodes = document_.nodes();
  while (levels_.size() > 1 && nodes[levels_.back().container].next <= key) levels_.pop_back();
  for (;;) {
    Level& level = levels_.back();
    while (level.child != key && nodes[value_of(level)].next <= key) {
      level.child = nodes[value_of(level)].next;
      ++level.position;
    }
    if (level.child == key) return true;
    if (is_object(level)) {
      const json::Value name = value_at(document_, level.child);
      if (name.equals("input") || name.equals("input_schema")) return false;
    }
    const std::uint32_t inner = value_of(level);
    levels_.push_back({inner, inner + 1, 0});
  }
}

std::string KeyPlaces::path() const {
  std::string path;
  for (const Level& level : levels_) {
    if (!path.empty()) path += '.';
    path += is_object(level) ? value_at(document_, level.child).text() : std::to_string(level.position);
  }
  return path;
}

void find_field(const json::Document& body, const FieldPattern& pattern,
                const std::function<void(const FieldHit&)>& hit) {
  if (pattern.steps.empty()) return;
  if (!pattern.anywhere) return descend(body.root(), pattern, 0, hit);
  const std::vector<std::uint32_t> keys = find_keys(body, pattern.steps.front());
  if (keys.empty()) return;
  KeyPlaces places(body);
  for (const std::uint32_t key : keys) {
    const json::Value value = value_at(body, key + 1);
    // The cheap look first: most bodies have cache_control, few have what is looked for inside it.
    if (pattern.steps.size() == 2 && !value.find(pattern.steps[1])) continue;
    if (!places.locate(key)) continue;
    if (pattern.steps.size() == 1) {
      if (has_value(pattern, value)) hit({value_at(body, places.object()), value_at(body, key), value});
    } else {
      descend(value, pattern, 1, hit);
    }
  }
}

FieldRules::FieldRules(const std::map<std::string, FieldRule, std::less<>>& fields,
                       const std::map<std::string, std::vector<std::string>, std::less<>>& paired) {
  for (const auto& [text, field] : fields) {
    if (field.action == FieldAction::kPass) continue;
    Rule& rule = rules_.emplace_back();
    rule.pattern = parse_field_pattern(text);
    rule.rule = field;
  }
  for (const auto& [beta, patterns] : paired) {
    for (const std::string& text : patterns) add_paired(beta, text);
  }
}

void FieldRules::add_paired(const std::string& beta, const std::string& field) {
  for (Rule& rule : rules_) {
    if (rule.betas.empty() || rule.pattern.text != field) continue;
    rule.betas.push_back(beta);
    return;
  }
  Rule& rule = rules_.emplace_back();
  rule.pattern = parse_field_pattern(field);
  rule.rule.action = FieldAction::kStrip;
  rule.betas.push_back(beta);
}

}  // namespace stargate::llm::binding
