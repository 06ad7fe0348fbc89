#include "llm/lane/fit_thinking.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace stargate::llm {
namespace {

using codec::json::Document;
using codec::json::Edits;

constexpr std::int64_t kBudgetMin = 1024;  // Anthropic, "Extended thinking"
constexpr std::int64_t kBudgetLow = 1024;
constexpr std::int64_t kBudgetMedium = 2048;
constexpr std::int64_t kBudgetHigh = 4096;
constexpr std::int64_t kBudgetXHigh = 8192;
constexpr std::int64_t kBudgetLowEffort = 2048;  // a budget as effort, as for Messages bodies
constexpr std::int64_t kBudgetMediumEffort = 8192;
constexpr std::int64_t kAnswerTokens = 4096;  // left for the answer when max_tokens is ours to choose
constexpr std::string_view kEffortBeta = "effort-2025-11-24";

std::int64_t budget_of(ir::Effort effort) {
  switch (effort) {
    case ir::Effort::kUnset:
    case ir::Effort::kNone:
    case ir::Effort::kMinimal: return kBudgetMin;
    case ir::Effort::kLow: return kBudgetLow;
    case ir::Effort::kMedium: return kBudgetMedium;
    case ir::Effort::kHigh: return kBudgetHigh;
    case ir::Effort::kXHigh:
    case ir::Effort::kMax: return kBudgetXHigh;
  }
  return kBudgetMin;
}

ir::Effort effort_of(std::int64_t budget) {
  if (budget <= kBudgetLowEffort) return ir::Effort::kLow;
  return budget <= kBudgetMediumEffort ? ir::Effort::kMedium : ir::Effort::kHigh;
}

class ThinkingFit {
 public:
  ThinkingFit(ir::Request& request, const binding::Capabilities& capabilities, std::int64_t max_output_tokens,
              bool asked)
      : request_(request), caps_(capabilities), max_output_tokens_(max_output_tokens), asked_(asked) {}

  bool run() {
    const bool on = request_.thinking.empty() ? from_effort() : from_client();
    write_effort();
    return on;
  }

 private:
  bool from_effort();
  bool from_client();
  bool enabled_from_client(const Document& thinking);
  bool adaptive_from_client(const Document& thinking);
  bool use_budget(std::int64_t budget);
  void make_room(std::int64_t budget);
  void keep_under_model_max(std::int64_t budget);
  void write_effort();
  [[nodiscard]] bool thinking_is_missing() const;
  bool off(std::string what, std::string action) {
    request_.thinking = {};
    lose(std::move(what), std::move(action));
    return false;
  }
  void lose(std::string what, std::string action) { request_.lose(std::move(what), std::move(action)); }

  ir::Request& request_;
  const binding::Capabilities& caps_;
  std::int64_t max_output_tokens_;
  bool asked_;
};

// True in the middle of a tool round (the last turn answers tool calls) whose assistant turn does not begin with
// thinking. With a budget, upstream wants it there.
bool ThinkingFit::thinking_is_missing() const {
  std::vector<const ir::Turn*> turns;
  for (const ir::Turn& turn : request_.turns) {
    if (turn.role != ir::Role::kSystem) turns.push_back(&turn);
  }
  if (turns.size() < 2 || turns.back()->role != ir::Role::kUser) return false;
  const auto answers = [](const ir::Block& block) { return std::holds_alternative<ir::ToolResult>(block.content); };
  if (std::ranges::none_of(turns.back()->blocks, answers)) return false;
  const ir::Turn& calls = *turns[turns.size() - 2];
  if (calls.role != ir::Role::kAssistant || calls.blocks.empty()) return false;
  const ir::Block& first = calls.blocks.front();
  return !std::holds_alternative<ir::Thinking>(first.content) &&
         !std::holds_alternative<ir::RedactedThinking>(first.content);
}

void ThinkingFit::make_room(std::int64_t budget) {
  std::int64_t& max_tokens = *request_.max_tokens;
  if (asked_ || max_tokens >= budget + kAnswerTokens) return;
  max_tokens = budget + kAnswerTokens;
  if (max_output_tokens_ > 0) max_tokens = std::min(max_tokens, max_output_tokens_);
}

bool ThinkingFit::use_budget(std::int64_t budget) {
  if (thinking_is_missing()) return off("field:reasoning_effort", "dropped: the last tool call came without thinking");
  make_room(budget);
  const std::int64_t max_tokens = *request_.max_tokens;
  if (max_tokens <= kBudgetMin) return off("field:reasoning_effort", "dropped: max_tokens leaves no room to think");
  if (budget >= max_tokens) {
    budget = std::max(kBudgetMin, max_tokens / 2);
    lose("field:reasoning_effort", "thinking budget cut to " + std::to_string(budget));
  }
  request_.thinking = request_.keep(R"({"type":"enabled","budget_tokens":)" + std::to_string(budget) + "}");
  return true;
}

bool ThinkingFit::from_effort() {
  if (request_.effort == ir::Effort::kUnset) return false;
  if (request_.effort == ir::Effort::kNone) {
    // Models that only know adaptive thinking may think unless told not to.
    if (caps_.thinking_adaptive && !caps_.thinking_enabled) request_.thinking = R"({"type":"disabled"})";
    return false;
  }
  if (caps_.thinking_adaptive) {
    // Models that only know adaptive thinking hide it unless asked; who asks for effort in this dialect wants to read
    // it.
    request_.thinking =
        caps_.thinking_enabled ? R"({"type":"adaptive"})" : R"({"type":"adaptive","display":"summarized"})";
    return true;
  }
  if (caps_.thinking_enabled) return use_budget(budget_of(request_.effort));
  return off("field:reasoning_effort", "dropped: this model does not think");
}

bool ThinkingFit::enabled_from_client(const Document& thinking) {
  const auto given = thinking.root().find("budget_tokens");
  std::int64_t budget = given ? given->as_int().value_or(kBudgetMin) : kBudgetMin;
  if (!caps_.thinking_enabled) {
    if (!caps_.thinking_adaptive) return off("field:thinking", "dropped: this model does not think");
    if (request_.effort == ir::Effort::kUnset) request_.effort = effort_of(budget);
    Edits edits(thinking);
    edits.replace(*thinking.root().find("type"), R"("adaptive")");
    for (const auto member : thinking.root().members()) {
      if (member.named("budget_tokens")) edits.erase_member(thinking.root(), member.key());
    }
    // As in from_effort(): who asks for thinking in the form that is shown wants to read it.
    if (!thinking.root().find("display")) edits.append_member(thinking.root(), "display", R"("summarized")");
    request_.thinking = request_.keep(edits.joined());
    lose("field:thinking", "changed from enabled to adaptive");
    return true;
  }
  if (thinking_is_missing()) return off("field:thinking", "dropped: the last tool call came without thinking");
  if (!given || budget < kBudgetMin) {
    budget = kBudgetMin;
    Edits edits(thinking);
    if (given) {
      edits.replace(*given, std::to_string(budget));
    } else {
      edits.append_member(thinking.root(), "budget_tokens", std::to_string(budget));
    }
    request_.thinking = request_.keep(edits.joined());
    lose("field:thinking", "budget raised to " + std::to_string(budget));
  }
  make_room(budget);
  keep_under_model_max(budget);
  return true;
}

// A budget that only the model's own maximum makes too large is ours to cut; the client's limit is the client's word.
void ThinkingFit::keep_under_model_max(std::int64_t budget) {
  const std::int64_t max_tokens = *request_.max_tokens;
  if (budget < max_tokens || max_tokens != max_output_tokens_) return;
  const auto thinking = Document::parse_copy(request_.thinking);
  const auto given = thinking ? thinking->root().find("budget_tokens") : std::nullopt;
  if (!given) return;
  budget = std::max(kBudgetMin, max_tokens - kAnswerTokens);
  Edits edits(*thinking);
  edits.replace(*given, std::to_string(budget));
  request_.thinking = request_.keep(edits.joined());
  lose("field:thinking", "budget cut to " + std::to_string(budget));
}

bool ThinkingFit::adaptive_from_client(const Document& thinking) {
  if (caps_.thinking_adaptive) return true;
  if (!caps_.thinking_enabled) return off("field:thinking", "dropped: this model does not think");
  if (thinking_is_missing()) return off("field:thinking", "dropped: the last tool call came without thinking");
  std::int64_t budget = request_.effort == ir::Effort::kUnset ? kBudgetHigh : budget_of(request_.effort);
  make_room(budget);
  if (*request_.max_tokens <= kBudgetMin) return off("field:thinking", "dropped: max_tokens leaves no room to think");
  if (budget >= *request_.max_tokens) budget = std::max(kBudgetMin, *request_.max_tokens / 2);
  Edits edits(thinking);
  edits.replace(*thinking.root().find("type"), R"("enabled")");
  edits.append_member(thinking.root(), "budget_tokens", std::to_string(budget));
  request_.thinking = request_.keep(edits.joined());
  lose("field:thinking", "changed from adaptive to a budget of " + std::to_string(budget));
  return true;
}

// The client's own `thinking` wins over reasoning_effort. A budget at or above a max_tokens that the client named is
// left to the upstream to refuse.
bool ThinkingFit::from_client() {
  const auto thinking = Document::parse_copy(request_.thinking);
  if (!thinking) return off("field:thinking", "dropped");
  const std::string type = thinking->root().text_at("type");
  if (type == "enabled") return enabled_from_client(*thinking);
  if (type == "adaptive") return adaptive_from_client(*thinking);
  return type != "disabled";
}

void ThinkingFit::write_effort() {
  std::string_view word;
  switch (request_.effort) {
    case ir::Effort::kUnset:
    case ir::Effort::kNone: return;
    case ir::Effort::kMinimal:
    case ir::Effort::kLow: word = R"("low")"; break;
    case ir::Effort::kMedium: word = R"("medium")"; break;
    case ir::Effort::kHigh: word = R"("high")"; break;
    case ir::Effort::kXHigh: word = R"("xhigh")"; break;
    case ir::Effort::kMax: word = R"("max")"; break;
  }
  // Without adaptive thinking the budget says it; effort would bound the answer, too.
  if (!caps_.effort || !caps_.thinking_adaptive) return;
  if (caps_.thinking_enabled && word == R"("xhigh")") {
    word = R"("high")";  // "xhigh" came with the models that know adaptive thinking alone
    lose("field:reasoning_effort", "xhigh changed to high");
  }
  add_output_config(request_, "effort", word);
  if (caps_.paired.contains(kEffortBeta)) request_.betas.emplace_back(kEffortBeta);
}

}  // namespace

bool fit_thinking(ir::Request& request, const binding::Capabilities& capabilities, std::int64_t max_output_tokens,
                  bool max_tokens_asked) {
  return ThinkingFit(request, capabilities, max_output_tokens, max_tokens_asked).run();
}

void add_output_config(ir::Request& request, std::string_view key, std::string_view json) {
  const auto config = codec::json::Document::parse_copy(request.output_config.empty() ? "{}" : request.output_config);
  if (!config || config->root().find(key)) return;
  Edits edits(*config);
  edits.append_member(config->root(), key, json);
  request.output_config = request.keep(edits.joined());
}

}  // namespace stargate::llm
