// learn() of lane.h: what a Bedrock 400 says about a flag or a field that this model does not take.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/lane/lane.h"

namespace stargate::llm {

namespace {

constexpr std::size_t kLearnedMax = 64;  // per kind: an upstream cannot make the memory grow
constexpr std::string_view kExtra = ": Extra inputs are not permitted";
constexpr std::string_view kErrorsFollow = "The model returned the following errors: ";  // Bedrock's own words

bool is_number(std::string_view step) {
  return !step.empty() && std::ranges::all_of(step, [](char byte) { return byte >= '0' && byte <= '9'; });
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> steps;
  while (!path.empty()) {
    const auto dot = path.find('.');
    steps.push_back(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return steps;
}

// Without these a request is no request: a complaint about them is not about an optional field.
bool is_essential(std::string_view name, std::size_t depth) {
  static constexpr std::array<std::string_view, 22> kEssential = {
      "messages",       "system", "tools",   "tool_choice", "max_tokens",   "model",       "anthropic_version",
      "anthropic_beta", "role",   "content", "type",        "text",         "id",          "name",
      "input",          "source", "data",    "tool_use_id", "input_schema", "description", "budget_tokens",
      "stop_sequences"};
  // Top-level cache_control is a convenience of newer surfaces; that of a block is the client's own choice of a place.
  if (name == "cache_control") return depth > 1;
  return std::ranges::find(kEssential, name) != kEssential.end();
}

bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
  });
}

// A complaint within one kind of tool, block or thinking says nothing of the other kinds ("bash_20250124" takes no
// description, every other tool does): learned from one client's odd request it would harm all.
bool is_general(std::string_view tag) { return tag == "custom" || tag == "adaptive" || tag == "enabled"; }

// "tools.0.custom.defer_loading" -> "tools[].defer_loading"; the discriminator of a union ("custom", "ephemeral",
// "adaptive") is a step of the validator, not of the body. nullopt: nothing that could be left out.
std::optional<std::string> pattern_of(std::string_view path) {
  const std::vector<std::string_view> steps = split_path(path);
  if (steps.empty() || !std::ranges::all_of(steps, is_plain)) return std::nullopt;
  std::string last(steps.back());
  const std::size_t depth = steps.size();
  if (is_essential(last, depth) || is_number(last)) return std::nullopt;
  if (depth == 1) return last;
  if (std::ranges::find(steps, "cache_control") != steps.end()) return "**.cache_control." + last;
  const bool in_list = is_number(steps[1]);
  if (steps[0] == "tools" && in_list) {
    if (depth == 3 || (depth == 4 && is_general(steps[2]))) return "tools[]." + last;
  } else if (steps[0] == "messages" && in_list) {
    if (depth == 3) return "messages[]." + last;
    if (steps[2] == "content" && last == "caller") return "messages[].content[].caller";
  } else if (steps[0] == "thinking") {
    if (depth == 2 || (depth == 3 && is_general(steps[1]))) return "thinking." + last;
  } else if (depth == 2 && !in_list) {
    return std::string(steps[0]) + "." + last;
  }
  return std::nullopt;
}

// The path that a line of the complaint names, empty when it names none. The path stands at the line's start, and the
// line says it once: the name of an odd member of the client's is repeated in the complaint, and may itself read like
// one.
std::string_view refused_path(std::string_view line) {
  if (line.starts_with(kErrorsFollow)) line.remove_prefix(kErrorsFollow.size());
  const auto at = line.find(kExtra);
  if (at == std::string_view::npos || line.find(kExtra, at + 1) != std::string_view::npos) return {};
  return line.substr(0, at);
}

bool is_flag_byte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '_';
}

// True when `text` names `flag` itself, not a longer flag that it is a part of.
bool names_flag(std::string_view text, std::string_view flag) {
  for (auto at = text.find(flag); at != std::string_view::npos; at = text.find(flag, at + 1)) {
    const auto end = at + flag.size();
    if ((at == 0 || !is_flag_byte(text[at - 1])) && (end == text.size() || !is_flag_byte(text[end]))) return true;
  }
  return false;
}

class Teacher {
 public:
  Teacher(std::string_view message, const Prepared& sent, Learned& learned)
      : message_(message), sent_(sent), learned_(learned) {}

  bool teach() {
    learn_extra_inputs();
    learn_betas();
    learn_roles();
    learn_sampling();
    return learned_something_;
  }

 private:
  [[nodiscard]] bool says(std::string_view words) const { return message_.find(words) != std::string_view::npos; }

  // Full means that somebody sends made-up fields: what matters is learned again at the price of one refusal.
  void add_field(std::string pattern) {
    if (learned_.fields.contains(pattern)) return;
    if (learned_.fields.size() >= kLearnedMax) learned_.fields.clear();
    learned_.fields.insert(std::move(pattern));
    learned_something_ = true;
  }

  void add_beta(std::string_view flag) {
    if (learned_.betas.contains(flag)) return;
    if (learned_.betas.size() >= kLearnedMax) learned_.betas.clear();
    learned_.betas.emplace(flag);
    learned_something_ = true;
  }

  void learn_extra_inputs() {
    std::string_view rest = message_;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      if (const auto pattern = pattern_of(refused_path(rest.substr(0, end)))) add_field(*pattern);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }

  void learn_betas() {
    if (!says("anthropic-beta") && !says("invalid beta flag") && !says("anthropic_beta")) return;
    bool named = false;
    for (const std::string& flag : sent_.sent_betas) {
      if (!names_flag(message_, flag)) continue;
      named = true;
      add_beta(flag);
    }
    if (named || !says("invalid beta flag")) return;
    if (sent_.sent_betas.size() == 1) return add_beta(sent_.sent_betas.front());
    for (const std::string& flag : sent_.sent_betas) {
      if (learned_.betas_once.size() >= kLearnedMax) return;
      if (learned_.betas_once.insert(flag).second) learned_something_ = true;
    }
  }

  // Only where the complaint is about a message that went out with the role: one client's made-up role is its own.
  void learn_roles() {
    if (sent_.system_messages.empty() || learned_.fold_system_role) return;
    const bool refused =
        says("Unexpected role \"system\"") || says("Unexpected role 'system'") ||
        std::ranges::any_of(sent_.system_messages, [&](std::size_t position) {
          return says("messages." + std::to_string(position) + ".role: Input should be 'user' or 'assistant'");
        });
    if (!refused) return;
    learned_.fold_system_role = true;
    learned_something_ = true;
  }

  void learn_sampling() {
    for (const std::string_view name : {"temperature", "top_p", "top_k"}) {
      const std::string quoted = "`" + std::string(name) + "`";
      if (!says(quoted + " is deprecated") && !says(quoted + " is not supported")) continue;
      for (const std::string_view all : {"temperature", "top_p", "top_k"}) add_field(std::string(all));
      return;
    }
    if (!says("`temperature` and `top_p` cannot both be specified")) return;
    if (learned_.one_of_temperature_and_top_p) return;
    learned_.one_of_temperature_and_top_p = true;
    learned_something_ = true;
  }

  std::string_view message_;
  const Prepared& sent_;
  Learned& learned_;
  bool learned_something_ = false;
};

// Takes over what is new of `proven`, as long as there is room.
bool keep_names(const std::set<std::string, std::less<>>& proven, std::set<std::string, std::less<>>& kept) {
  bool grew = false;
  for (const std::string& name : proven) {
    if (kept.contains(name)) continue;
    // As in add_field(): full means made-up names, and what matters is learned again at the price of one refusal.
    if (kept.size() >= kLearnedMax) kept.clear();
    kept.insert(name);
    grew = true;
  }
  return grew;
}

bool keep_fact(bool proven, bool& kept) {
  const bool grew = proven && !kept;
  kept = kept || proven;
  return grew;
}

}  // namespace

bool Learned::keep(const Learned& proven) {
  const bool flags = keep_names(proven.betas, betas);
  const bool members = keep_names(proven.fields, fields);
  const bool folds = keep_fact(proven.fold_system_role, fold_system_role);
  const bool sampling = keep_fact(proven.one_of_temperature_and_top_p, one_of_temperature_and_top_p);
  return flags || members || folds || sampling;
}

bool learn(std::string_view message, const Prepared& sent, Learned& learned) {
  return Teacher(message, sent, learned).teach();
}

}  // namespace stargate::llm
