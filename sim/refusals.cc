#include "sim/refusals.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace stargate::sim {
namespace {

using codec::json::Value;

constexpr std::array<std::string_view, 16> kFields = {
    "anthropic_version", "anthropic_beta", "max_tokens",    "messages",  "system",      "stop_sequences",
    "temperature",       "top_p",          "top_k",         "tools",     "tool_choice", "thinking",
    "metadata",          "output_config",  "cache_control", "safeguards"};

// Flags with the oldest generation that takes them. What is not listed is refused, whoever asks.
struct Beta {
  std::string_view flag;
  int generation;
};
constexpr std::array kBetas = {
    Beta{"computer-use-2025-01-24", 40},
    Beta{"computer-use-2025-11-24", 45},
    Beta{"context-1m-2025-08-07", 40},
    Beta{"interleaved-thinking-2025-05-14", 40},
    Beta{"fine-grained-tool-streaming-2025-05-14", 40},
    Beta{"context-management-2025-06-27", 40},
    Beta{"compact-2026-01-12", 46},
    Beta{"effort-2025-11-24", 45},
    Beta{"tool-search-tool-2025-10-19", 45},
    Beta{"thinking-token-count-2026-05-13", 47},
    Beta{"mid-conversation-tool-changes-2026-07-01", 50},
    Beta{"mid-conversation-output-config-2026-07-01", 50},
    Beta{"thinking-display-updates-2026-08-18", 50},
    Beta{"thinking-binding-controls-2026-08-01", 50},
    Beta{"afk-mode-2026-01-31", 46},
    Beta{"dangerous-tool-use-2026-09-03", 46},
};

constexpr std::int64_t kLongContextTokens = 1'000'000;  // with the beta flag context-1m

base::Failure extra(std::string_view field) {
  return validation(std::string(field) + ": Extra inputs are not permitted");
}

bool is_whole(std::optional<Value> value) { return value && value->as_int().has_value(); }

Result<void> refuse_output_config(const Model& model, Value config) {
  if (!config.is_object()) return validation("output_config: Input should be a valid dictionary");
  for (const auto member : config.members()) {
    const std::string name = member.key().text();
    const bool allowed = (name == "effort" && model.effort) || (name == "format" && model.structured);
    if (!allowed) return extra("output_config." + name);
  }
  const auto effort = config.find("effort");
  constexpr std::array<std::string_view, 5> kEfforts = {"low", "medium", "high", "xhigh", "max"};
  if (effort && std::ranges::find(kEfforts, effort->text()) == kEfforts.end()) {
    return validation("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'");
  }
  return {};
}

Result<void> refuse_enabled(const Model& model, Value thinking, Value body) {
  if (model.thinking == Thinking::kAdaptive) {
    return validation(
        "thinking.type: `enabled` is not supported on this model. Use `thinking.type: adaptive` and "
        "`output_config.effort` instead.");
  }
  const auto budget = thinking.find("budget_tokens");
  if (!is_whole(budget)) return validation("thinking.enabled.budget_tokens: Field required");
  if (*budget->as_int() < 1024) {
    return validation("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  }
  const auto limit = body.find("max_tokens");
  if (*budget->as_int() >= limit->as_int().value_or(0) && !has_beta(body, "interleaved-thinking-")) {
    return validation("`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation.");
  }
  return {};
}

Result<void> refuse_thinking(const Model& model, Value body) {
  const auto thinking = body.find("thinking");
  if (!thinking) return {};
  const std::string type = thinking->text_at("type");
  if (type != "enabled" && type != "adaptive" && type != "disabled") {
    return validation(
        "thinking: Input tag '" + type +
        "' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'");
  }
  if (type == "adaptive" && model.thinking == Thinking::kEnabled) {
    return validation("adaptive thinking is not supported on this model");
  }
  if (type == "disabled") return {};
  if (const auto display = thinking->find("display")) {
    if (model.generation < 46) return extra("thinking." + type + ".display");
    if (display->equals("updates") && model.generation < 50) return extra("thinking." + type + ".display");
  }
  if (type == "enabled") {
    if (auto fine = refuse_enabled(model, *thinking, body); !fine) return fine;
  }
  const auto temperature = body.find("temperature");
  if (temperature && temperature->as_double().value_or(1) != 1) {
    return validation("`temperature` may only be set to 1 when thinking is enabled.");
  }
  const auto choice = body.find("tool_choice");
  const std::string forced = choice ? choice->text_at("type") : "";
  if (forced == "any" || forced == "tool") {
    return validation("Thinking may not be enabled when tool_choice forces tool use.");
  }
  return {};
}

}  // namespace

bool has_beta(Value body, std::string_view prefix) {
  const auto betas = body.find("anthropic_beta");
  if (!betas) return false;
  for (const Value beta : betas->elements()) {
    if (beta.is_string() && beta.text().starts_with(prefix)) return true;
  }
  return false;
}

Result<void> refuse_fields(const Model& model, Value body) {
  const auto version = body.find("anthropic_version");
  if (!version) return validation("anthropic_version: Field required");
  const bool newer = version->equals("2026-10-21") && model.generation >= 47;
  if (!version->equals("bedrock-2023-05-31") && !newer) {
    return validation("anthropic_version: Input should be 'bedrock-2023-05-31'");
  }
  for (const auto member : body.members()) {
    const std::string name = member.key().text();
    if (name == "context_management" && has_beta(body, "context-management-")) continue;
    if (name == "context_management" && has_beta(body, "compact-")) continue;
    if (name == "safeguards" && !has_beta(body, "dangerous-tool-use-")) return extra(name);
    if (std::ranges::find(kFields, name) == kFields.end()) return extra(name);
  }
  if (const auto config = body.find("output_config")) return refuse_output_config(model, *config);
  return {};
}

Result<void> refuse_betas(const Model& model, Value body) {
  const auto betas = body.find("anthropic_beta");
  if (!betas) return {};
  if (!betas->is_array()) return validation("anthropic_beta: Input should be a valid list");
  for (const Value beta : betas->elements()) {
    const std::string flag = beta.is_string() ? beta.text() : std::string();
    const auto* known = std::ranges::find(kBetas, flag, &Beta::flag);
    if (known == kBetas.end() || model.generation < known->generation) return validation("invalid beta flag");
  }
  return {};
}

Result<void> refuse_sampling(const Model& model, Value body) {
  const auto limit = body.find("max_tokens");
  if (!limit) return validation("max_tokens: Field required");
  if (!is_whole(limit)) return validation("max_tokens: Input should be a valid integer");
  if (*limit->as_int() < 1) return validation("max_tokens: Input should be greater than or equal to 1");
  if (*limit->as_int() > model.max_output_tokens) {
    std::string name(model.id.substr(model.id.find('.') + 1));
    return validation("max_tokens: " + std::to_string(*limit->as_int()) + " > " +
                      std::to_string(model.max_output_tokens) +
                      ", which is the maximum allowed number of output tokens for " + name);
  }
  const auto temperature = body.find("temperature");
  const auto top_p = body.find("top_p");
  if (!model.temperature) {
    for (const std::string_view field : {"temperature", "top_p", "top_k"}) {
      if (body.find(field)) return validation("`" + std::string(field) + "` is deprecated for this model.");
    }
  }
  if (temperature) {
    const auto value = temperature->as_double();
    if (!value) return validation("temperature: Input should be a valid number");
    if (*value < 0 || *value > 1) return validation("temperature: range: 0..1");
  }
  if (temperature && top_p && !model.temperature_with_top_p) {
    return validation("`temperature` and `top_p` cannot both be specified for this model. Please use only one.");
  }
  if (const auto sequences = body.find("stop_sequences")) {
    if (!sequences->is_array()) return validation("stop_sequences: Input should be a valid list");
    for (const Value sequence : sequences->elements()) {
      if (sequence.text().find_first_not_of(" \t\r\n") == std::string::npos) {
        return validation("stop_sequences: each stop sequence must contain non-whitespace");
      }
    }
  }
  return refuse_thinking(model, body);
}

Result<void> refuse_length(const Model& model, Value body, const Prompt& prompt) {
  const bool extended = has_beta(body, "context-1m-") && model.id.find("sonnet") != std::string_view::npos;
  const std::int64_t context = extended ? kLongContextTokens : model.context_tokens;
  if (prompt.tokens > context) {
    return validation("prompt is too long: " + std::to_string(prompt.tokens) + " tokens > " + std::to_string(context) +
                      " maximum");
  }
  const std::int64_t limit = body.find("max_tokens")->as_int().value_or(0);
  if (prompt.tokens + limit > context) {
    return validation("input length and `max_tokens` exceed context limit: " + std::to_string(prompt.tokens) + " + " +
                      std::to_string(limit) + " > " + std::to_string(context) +
                      ", decrease input length or `max_tokens` and try again");
  }
  return {};
}

Result<void> refuse(const Model& model, Value body, const Prompt& prompt) {
  if (auto fine = refuse_betas(model, body); !fine) return fine;
  if (auto fine = refuse_fields(model, body); !fine) return fine;
  if (auto fine = refuse_sampling(model, body); !fine) return fine;
  if (auto fine = refuse_tools(model, body); !fine) return fine;
  if (auto fine = refuse_messages(model, body, prompt); !fine) return fine;
  return refuse_length(model, body, prompt);
}

}  // namespace stargate::sim
