#include "llm/binding/betas.h"

#include <algorithm>

namespace stargate::llm::binding {

namespace json = codec::json;

namespace {

constexpr std::size_t kFlagsMax = 64;        // more in one request are nobody's honest use
constexpr std::size_t kFlagBytesMax = 256;   // longer ones are not flags
constexpr std::string_view kBlanks = " \t";  // optional white space of a header list

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// Flags none of whose paired fields will be sent, for reasons of the fields' own.
std::vector<std::string> flags_without_field(const Capabilities& capabilities, const Learned& learned) {
  std::vector<std::string> flags;
  for (const auto& [flag, patterns] : capabilities.paired) {
    const bool orphan = !patterns.empty() && std::ranges::all_of(patterns, [&](const std::string& pattern) {
      const auto field = capabilities.fields.find(pattern);
      const bool stripped = field != capabilities.fields.end() && field->second.action == FieldAction::kStrip;
      return stripped || learned.fields.contains(pattern);
    });
    if (orphan) flags.push_back(flag);
  }
  return flags;
}

}  // namespace

std::vector<std::string> split_flags(std::string_view header) {
  std::vector<std::string> flags;
  while (!header.empty() && flags.size() < kFlagsMax) {
    const auto comma = header.find(',');
    const std::string_view flag = trimmed(header.substr(0, comma));
    if (!flag.empty() && flag.size() <= kFlagBytesMax) flags.emplace_back(flag);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
  }
  return flags;
}

void append_body_flags(json::Value root, std::vector<std::string>& flags) {
  for (const std::string_view name : {"betas", "anthropic_beta"}) {
    const auto value = root.find(name);
    if (!value) continue;
    if (value->is_string()) {
      for (std::string& flag : split_flags(value->text())) flags.push_back(std::move(flag));
    }
    for (const json::Value element : value->elements()) {
      if (!element.is_string() || element.raw().size() > kFlagBytesMax || flags.size() >= 2 * kFlagsMax) continue;
      std::string flag = element.text();
      if (const std::string_view bare = trimmed(flag); !bare.empty()) flags.emplace_back(bare);
    }
  }
}

std::vector<std::string> choose_betas(const std::vector<std::string>& wanted, const Capabilities& capabilities,
                                      const Learned& learned, std::vector<Loss>& losses) {
  std::vector<std::string> sent;
  if (wanted.empty()) return sent;
  const std::vector<std::string> orphans = flags_without_field(capabilities, learned);
  std::vector<std::string_view> seen;
  for (const std::string& flag : wanted) {
    if (std::ranges::find(seen, flag) != seen.end()) continue;
    seen.emplace_back(flag);
    const FlagRule* rule = find_rule(capabilities.betas, flag);
    const bool known = rule != nullptr && rule->action != FlagAction::kDrop;
    const std::string& name = known && rule->action == FlagAction::kRename ? rule->renamed_to : flag;
    if (!known || contains(orphans, name)) {
      losses.push_back({"beta:" + flag, "dropped"});
    } else if (learned.betas.contains(flag) || learned.betas.contains(name)) {
      losses.push_back({"beta:" + flag, "dropped: the upstream refused it before"});
    } else if (learned.betas_once.contains(flag) || learned.betas_once.contains(name)) {
      losses.push_back({"beta:" + flag, "dropped: the upstream refused one of these flags"});
    } else {
      if (rule->action == FlagAction::kRename) losses.push_back({"beta:" + flag, "renamed to " + name});
      if (!contains(sent, name)) sent.push_back(name);
    }
  }
  return sent;
}

}  // namespace stargate::llm::binding
