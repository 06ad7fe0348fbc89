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
bool is_essential(std::string_view name) {
  static constexpr std::array<std::string_view, 20> kEssential = {
      "messages",       "system",       "tools",   "max_tokens", "model",       "anthropic_version",
      "anthropic_beta", "role",         "content", "type",       "text",        "id",
      "name",           "input",        "source",  "data",       "tool_use_id", "input_schema",
      "budget_tokens",  "cache_control"};
  return std::ranges::find(kEssential, name) != kEssential.end();
}

bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
  });
}

// "tools.0.custom.defer_loading" -> "tools[].defer_loading"; the discriminator of a union ("custom", "ephemeral",
// "adaptive") is a step of the validator, not of the body. nullopt: nothing that could be left out.
std::optional<std::string> pattern_of(std::string_view path) {
  const std::vector<std::string_view> steps = split_path(path);
  if (steps.empty() || !std::ranges::all_of(steps, is_plain)) return std::nullopt;
  const std::string last(steps.back());
  if (is_essential(last) || is_number(last)) return std::nullopt;
  if (steps.size() == 1) return last;
  const auto cache = std::ranges::find(steps, "cache_control");
  if (cache != steps.end()) return "**.cache_control." + last;
  if (steps[0] == "tools" && is_number(steps[1]) && (steps.size() == 3 || steps.size() == 4)) {
    return "tools[]." + last;
  }
  if (steps[0] == "messages" && is_number(steps[1])) {
    if (steps.size() == 3) return "messages[]." + last;
    const bool in_block = steps[2] == "content" && steps.size() >= 5 && is_number(steps[3]);
    if (in_block && steps.size() <= 6) return "messages[].content[]." + last;
    return std::nullopt;
  }
  if (steps[0] == "thinking" && steps.size() <= 3) return "thinking." + last;
  if (steps.size() == 2 && !is_number(steps[1])) return std::string(steps[0]) + "." + last;
  return std::nullopt;
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

  void add_field(std::string pattern) {
    if (learned_.fields.size() < kLearnedMax && learned_.fields.insert(std::move(pattern)).second) {
      learned_something_ = true;
    }
  }

  void add_beta(std::string_view flag) {
    if (learned_.betas.size() < kLearnedMax && learned_.betas.emplace(flag).second) learned_something_ = true;
  }

  void learn_extra_inputs() {
    for (auto at = message_.find(kExtra); at != std::string_view::npos; at = message_.find(kExtra, at + 1)) {
      const std::string_view before = message_.substr(0, at);
      const auto start = before.find_last_of(" \t\n,;\"'`([{");
      const auto pattern = pattern_of(start == std::string_view::npos ? before : before.substr(start + 1));
      if (pattern) add_field(*pattern);
    }
  }

  void learn_betas() {
    if (!says("anthropic-beta") && !says("invalid beta flag") && !says("anthropic_beta")) return;
    bool named = false;
    for (const std::string& flag : sent_.sent_betas) {
      if (!says(flag)) continue;
      named = true;
      add_beta(flag);
    }
    if (named || !says("invalid beta flag")) return;
    for (const std::string& flag : sent_.sent_betas) add_beta(flag);
  }

  void learn_roles() {
    const bool refused = says("Unexpected role \"system\"") || says("Unexpected role 'system'") ||
                         (says(".role: Input should be 'user' or 'assistant'"));
    if (!refused || sent_.folds_system_role || learned_.fold_system_role) return;
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
    if (says("`temperature` and `top_p` cannot both be specified")) add_field("top_p");
  }

  std::string_view message_;
  const Prepared& sent_;
  Learned& learned_;
  bool learned_something_ = false;
};

}  // namespace

bool learn(std::string_view message, const Prepared& sent, Learned& learned) {
  return Teacher(message, sent, learned).teach();
}

}  // namespace stargate::llm
