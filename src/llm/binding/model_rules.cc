#include "llm/binding/model_rules.h"

#include <algorithm>

#include "codec/hash.h"

namespace stargate::llm::binding {

namespace json = codec::json;

namespace {

constexpr std::size_t kToolsMax = 4096;    // erasing one walks to it
constexpr std::int64_t kBudgetMin = 1024;  // Anthropic: "budget_tokens must be at least 1024"

// Without it Bedrock does not know blocks of type tool_reference.
constexpr std::string_view kToolSearchFlag = "tool-search-tool-2025-10-19";

struct EffortBudget {
  std::string_view effort;
  std::int64_t budget_tokens;
};
// Claude Code gives 31,999 where the model has no adaptive thinking; the other steps are spread around it.
constexpr EffortBudget kBudgets[] = {
    {"low", 4096}, {"medium", 16'000}, {"high", 31'999}, {"xhigh", 47'999}, {"max", 63'999}};
// The other way: what a budget of a model with adaptive thinking alone amounts to.
constexpr std::int64_t kBudgetLowEffort = 2048;
constexpr std::int64_t kBudgetMediumEffort = 8192;
constexpr std::int64_t kBudgetDefault = 31'999;  // effort is "high" when it is not said

// The budget is a part of max_tokens: a quarter is left for the answer.
std::int64_t budget_within(std::int64_t wanted, std::int64_t max_tokens) {
  return std::min(wanted, std::max(std::min(kBudgetMin, max_tokens - 1), max_tokens - max_tokens / 4));
}

}  // namespace

void ModelRules::drop(std::string_view member, std::string_view why) {
  for (const json::Member each : root_.members()) {
    if (!each.named(member) || !erased_.insert(each.key().begin_offset()).second) continue;
    edits_.erase_member(root_, each.key());
    if (!why.empty()) losses_.push_back({"field:" + std::string(member), std::string(why)});
  }
}

Result<void> ModelRules::limit_max_tokens() {
  const auto value = root_.find("max_tokens");
  if (!value) return base::client_error(ErrorCode::kBadRequest, "max_tokens: Field required", "max_tokens");
  const auto asked = value->as_int();
  if (!asked || *asked < 0) {
    return base::client_error(ErrorCode::kBadRequest, "max_tokens: Input should be a valid integer", "max_tokens");
  }
  max_tokens_ = *asked;
  if (target_.max_output_tokens > 0 && max_tokens_ > target_.max_output_tokens) {
    max_tokens_ = target_.max_output_tokens;
    edits_.replace(*value, std::to_string(max_tokens_));
    losses_.push_back({"field:max_tokens", "lowered to " + std::to_string(max_tokens_)});
  }
  return {};
}

std::int64_t ModelRules::budget_for_effort() const {
  std::int64_t budget = kBudgetDefault;
  if (const auto config = root_.find("output_config")) {
    const std::string effort = config->text_at("effort");
    for (const EffortBudget& step : kBudgets) {
      if (step.effort == effort) budget = step.budget_tokens;
    }
  }
  return budget_within(budget, max_tokens_);
}

void ModelRules::clamp_budget(json::Value thinking, std::string_view type) {
  const auto budget = thinking.find("budget_tokens");
  if (type != "enabled" || !budget) return;
  const auto asked = budget->as_int();
  const auto wanted = root_.find("max_tokens");
  // A budget that was too large from the start is the client's to mend; one that our own limit made so is ours.
  if (!asked || *asked < max_tokens_ || !wanted || wanted->as_int() == max_tokens_) return;
  const std::int64_t lowered = budget_within(*asked, max_tokens_);
  if (lowered < kBudgetMin) return drop("thinking", "dropped: max_tokens leaves no budget");
  edits_.replace(*budget, std::to_string(lowered));
  losses_.push_back({"thinking.budget_tokens", "lowered to " + std::to_string(lowered)});
}

// False when the set, the configuration or a lesson leaves the field (a member, or one nested in a member) out, or when
// it needs a flag.
bool ModelRules::takes(std::string_view field, const Learned& learned) const {
  const std::string_view member = field.substr(0, field.find('.'));
  if (learned.fields.contains(field) || learned.fields.contains(member)) return false;
  if (std::ranges::find(target_.drop_fields, member) != target_.drop_fields.end()) return false;
  for (const std::string_view name : {field, member}) {
    const auto rule = caps_.fields.find(name);
    if (rule != caps_.fields.end() && rule->second.action != FieldAction::kPass) return false;
  }
  return std::ranges::none_of(
      caps_.paired, [&](const auto& pair) { return std::ranges::find(pair.second, field) != pair.second.end(); });
}

// What the budget said is said by the effort.
void ModelRules::add_effort(std::int64_t budget, const Learned& learned) {
  if (!caps_.effort || !takes("output_config.effort", learned)) return;
  const auto config = root_.find("output_config");
  if (config && (!config->is_object() || config->find("effort"))) return;
  const std::string effort = budget <= kBudgetLowEffort ? "low" : budget <= kBudgetMediumEffort ? "medium" : "high";
  if (config) {
    edits_.append_member(*config, "effort", json::quoted(effort));
  } else {
    edits_.append_member(root_, "output_config", R"({"effort":)" + json::quoted(effort) + "}");
  }
  effort_added_ = true;
  losses_.push_back({"thinking.budget_tokens", "effort " + effort});
}

// Thinking with a budget is shown; adaptive thinking of models that know nothing else is hidden unless asked for.
void ModelRules::make_adaptive(json::Value thinking, json::Value type, const Learned& learned) {
  edits_.replace(type, "\"adaptive\"");
  std::optional<std::int64_t> budget;
  for (const json::Member member : thinking.members()) {
    if (!member.named("budget_tokens")) continue;
    budget = member.value().as_int();
    erased_.insert(member.key().begin_offset());
    edits_.erase_member(thinking, member.key());
  }
  if (!thinking.find("display") && takes("thinking.display", learned)) {
    edits_.append_member(thinking, "display", R"("summarized")");
  }
  losses_.push_back({"thinking.type:enabled", "adaptive, without budget"});
  if (budget) add_effort(*budget, learned);
}

void ModelRules::fit_thinking(const Learned& learned) {
  const auto thinking = root_.find("thinking");
  if (!thinking || !thinking->is_object()) return;
  const auto type = thinking->find("type");
  if (!type || !type->is_string()) return;
  if (!caps_.thinking_adaptive && !caps_.thinking_enabled) return drop("thinking", "dropped: no thinking here");
  if (type->equals("adaptive") && !caps_.thinking_adaptive) {
    const std::int64_t budget = budget_for_effort();
    if (budget < kBudgetMin) return drop("thinking", "dropped: max_tokens leaves no budget");
    edits_.replace(*type, "\"enabled\"");
    if (const auto old = thinking->find("budget_tokens")) {
      edits_.replace(*old, std::to_string(budget));
    } else {
      edits_.append_member(*thinking, "budget_tokens", std::to_string(budget));
    }
    losses_.push_back({"thinking.type:adaptive", "enabled with budget " + std::to_string(budget)});
  } else if (type->equals("enabled") && !caps_.thinking_enabled) {
    make_adaptive(*thinking, *type, learned);
  } else {
    clamp_budget(*thinking, type->text());
  }
}

void ModelRules::fit_sampling(const Learned& learned) {
  const bool both = caps_.temperature_and_top_p && !learned.one_of_temperature_and_top_p;
  if (!caps_.temperature) {
    for (const std::string_view name : {"temperature", "top_p", "top_k"}) drop(name);
  } else if (!both && root_.find("temperature") && root_.find("top_p")) {
    drop("top_p", "dropped: only one of temperature and top_p");
  }
}

Result<void> ModelRules::fit_tools() {
  const auto tools = root_.find("tools");
  if (!tools || !tools->is_array()) return {};
  std::size_t left = tools->size();
  std::size_t position = 0;
  for (const json::Value tool : tools->elements()) {
    const std::string type = caps_.tool_types.empty() ? std::string() : tool.text_at("type");
    const FieldRule* rule = type.empty() ? nullptr : find_rule(caps_.tool_types, type);
    if (rule != nullptr && rule->action == FieldAction::kRefuse) {
      const std::string place = "tools." + std::to_string(position);
      return base::client_error(ErrorCode::kBadRequest, place + ": tool type \"" + type + "\" " + rule->message, place);
    }
    if (rule != nullptr && rule->action == FieldAction::kStrip) {
      if (tools->size() > kToolsMax) return base::client_error(ErrorCode::kBadRequest, "tools: too many", "tools");
      edits_.erase_element(*tools, position);
      losses_.push_back({"tools[].type:" + type, "tool dropped"});
      --left;
    }
    ++position;
  }
  if (left == 0) {
    drop("tools", tools->size() == 0 ? "" : "dropped: no tool is left");
    drop("tool_choice", "dropped: no tools");
  }
  return {};
}

// Member by member, so that cache_control of the block stays open to the rules that follow.
bool ModelRules::name_tool_in_text(json::Value block) {
  const auto type = block.find("type");
  if (!type || !type->is_string() || !type->equals("tool_reference")) return false;
  for (const json::Member member : block.members()) {
    if (!member.named("tool_name") || !member.value().is_string()) continue;
    edits_.replace(*type, R"("text")");
    edits_.replace(member.key(), R"("text")");
    edits_.replace(member.value(), R"("Tool loaded: )" + std::string(member.value().escaped()) + "\"");
    return true;
  }
  return false;
}

void ModelRules::fit_tool_references(const std::vector<std::string>& sent) {
  if (std::ranges::find(sent, kToolSearchFlag) != sent.end()) return;
  if (body_.text().find("tool_reference") == std::string_view::npos) return;
  const auto messages = root_.find("messages");
  if (!messages) return;
  std::size_t count = 0;
  for (const json::Value message : messages->elements()) {
    const auto content = message.find("content");
    if (!content) continue;
    for (const json::Value block : content->elements()) {
      const auto type = block.find("type");
      if (!type || !type->is_string() || !type->equals("tool_result")) continue;
      const auto result = block.find("content");
      if (!result) continue;
      for (const json::Value item : result->elements()) count += name_tool_in_text(item) ? 1 : 0;
    }
  }
  if (count > 0) losses_.push_back({"tool_reference", "became text (" + std::to_string(count) + ")"});
}

void ModelRules::fit_user_id() {
  if (!caps_.sanitize_user_id) return;
  const auto metadata = root_.find("metadata");
  const auto user_id = metadata ? metadata->find("user_id") : std::nullopt;
  if (!user_id || !user_id->is_string()) return;
  const std::string id = user_id->text();
  const bool plain = std::ranges::all_of(id, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_';
  });
  if (plain) return;
  edits_.replace(*user_id, json::quoted("user_" + codec::hex(codec::sha256(id)).substr(0, 32)));
  losses_.push_back({"metadata.user_id", "hashed"});
}

void ModelRules::strip(const FieldPattern& pattern) {
  struct {  // one capture, so that the function object needs no memory of its own: a set has dozens of patterns
    ModelRules& self;
    std::size_t count;
  } erasing{*this, 0};
  find_field(body_, pattern, [&erasing](const FieldHit& hit) {
    if (!erasing.self.erased_.insert(hit.key.begin_offset()).second) return;
    erasing.self.edits_.erase_member(hit.object, hit.key);
    ++erasing.count;
  });
  const std::size_t count = erasing.count;
  if (count == 0) return;
  losses_.push_back({"field:" + pattern.text, count == 1 ? "dropped" : "dropped (" + std::to_string(count) + ")"});
}

void ModelRules::strip_unsupported() {
  static const FieldPattern kTtl = parse_field_pattern("**.cache_control.ttl");
  static const FieldPattern kEffort = parse_field_pattern("output_config.effort");
  static const FieldPattern kFormat = parse_field_pattern("output_config.format");
  if (!caps_.cache_ttl) strip(kTtl);
  if (!caps_.effort) strip(kEffort);
  if (!caps_.structured_output) strip(kFormat);
}

void ModelRules::drop_empty_output_config() {
  const auto config = root_.find("output_config");
  if (!config || !config->is_object() || effort_added_) return;
  for (const json::Member member : config->members()) {
    if (!erased_.contains(member.key().begin_offset())) return;
  }
  drop("output_config", "");
}

Result<void> ModelRules::fit_fields(const FieldRules& rules, const std::vector<std::string>& sent,
                                    const Learned& learned) {
  for (const FieldRules::Rule& rule : rules.rules()) {
    const bool kept = std::ranges::any_of(
        rule.betas, [&](const std::string& beta) { return std::ranges::find(sent, beta) != sent.end(); });
    if (kept || learned.fields.contains(rule.pattern.text)) continue;
    if (rule.rule.action == FieldAction::kStrip) {
      strip(rule.pattern);
      continue;
    }
    bool found = false;
    find_field(body_, rule.pattern, [&](const FieldHit&) { found = true; });
    if (found) {
      return base::client_error(ErrorCode::kBadRequest, rule.pattern.text + ": " + rule.rule.message,
                                rule.pattern.text);
    }
  }
  for (const std::string& text : learned.fields) strip(parse_field_pattern(text));
  strip_unsupported();
  drop_empty_output_config();
  return {};
}

}  // namespace stargate::llm::binding
