#include "llm/grammar/anthropic_read.h"

#include <algorithm>
#include <optional>
#include <string>

#include "codec/json.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Document;
using codec::json::Value;

// Keeps the larger of what stands and what `object` says under `key`; null, absent and negative say nothing.
void merge_count(std::int64_t& count, Value object, std::string_view key, bool& seen) {
  const auto value = object.find(key);
  if (!value) return;
  const auto number = value->as_int();
  if (!number || *number < 0) return;
  count = std::max(count, *number);
  seen = true;
}

void merge_usage(Value usage, Usage& into) {
  merge_count(into.input_tokens, usage, "input_tokens", into.seen);
  merge_count(into.output_tokens, usage, "output_tokens", into.seen);
  merge_count(into.cache_read_tokens, usage, "cache_read_input_tokens", into.seen);
  merge_count(into.cache_write_tokens, usage, "cache_creation_input_tokens", into.seen);
  if (const auto split = usage.find("cache_creation")) {
    merge_count(into.cache_write_5m_tokens, *split, "ephemeral_5m_input_tokens", into.seen);
    merge_count(into.cache_write_1h_tokens, *split, "ephemeral_1h_input_tokens", into.seen);
    into.cache_write_tokens =
        std::max(into.cache_write_tokens, into.cache_write_5m_tokens + into.cache_write_1h_tokens);
  }
  if (const auto details = usage.find("output_tokens_details")) {
    merge_count(into.reasoning_tokens, *details, "thinking_tokens", into.seen);
  }
}

void merge_metrics(Value event, Usage& into) {
  const auto metrics = event.find("amazon-bedrock-invocationMetrics");
  if (!metrics) return;
  merge_count(into.input_tokens, *metrics, "inputTokenCount", into.seen);
  merge_count(into.output_tokens, *metrics, "outputTokenCount", into.seen);
  merge_count(into.cache_read_tokens, *metrics, "cacheReadInputTokenCount", into.seen);
  merge_count(into.cache_write_tokens, *metrics, "cacheWriteInputTokenCount", into.seen);
}

std::string_view escaped_at(Value object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->escaped() : std::string_view();
}

std::int64_t index_of(Value event) {
  const auto value = event.find("index");
  return value ? value->as_int().value_or(0) : 0;
}

ir::Event block_start(Value event) {
  ir::BlockStart start;
  start.index = index_of(event);
  const auto block = event.find("content_block");
  if (!block) return start;
  const auto type = block->find("type");
  if (!type) return start;
  if (type->equals("text")) {
    start.kind = ir::BlockKind::kText;
    start.text = escaped_at(*block, "text");
  } else if (type->equals("thinking")) {
    start.kind = ir::BlockKind::kThinking;
    start.text = escaped_at(*block, "thinking");
  } else if (type->equals("redacted_thinking")) {
    start.kind = ir::BlockKind::kRedactedThinking;
    start.data = escaped_at(*block, "data");
  } else if (type->equals("tool_use")) {
    start.kind = ir::BlockKind::kToolUse;
    start.tool_id = escaped_at(*block, "id");
    start.tool_name = escaped_at(*block, "name");
    const auto input = block->find("input");
    if (input && input->is_object() && input->size() > 0) start.tool_input = input->raw();
  }
  return start;
}

ir::Event block_delta(Value event) {
  const std::int64_t index = index_of(event);
  const auto delta = event.find("delta");
  if (!delta) return ir::Nothing{};
  const auto type = delta->find("type");
  if (!type) return ir::Nothing{};
  if (type->equals("text_delta")) return ir::TextDelta{index, escaped_at(*delta, "text")};
  if (type->equals("input_json_delta")) return ir::ToolInputDelta{index, escaped_at(*delta, "partial_json")};
  if (type->equals("thinking_delta")) return ir::ThinkingDelta{index, escaped_at(*delta, "thinking")};
  if (type->equals("signature_delta")) return ir::SignatureDelta{index, escaped_at(*delta, "signature")};
  return ir::Nothing{};
}

ErrorCode code_of(std::string_view type) {
  if (type == "invalid_request_error") return ErrorCode::kBadRequest;
  if (type == "permission_error") return ErrorCode::kForbidden;
  if (type == "not_found_error") return ErrorCode::kNotFound;
  if (type == "request_too_large") return ErrorCode::kTooLarge;
  if (type == "rate_limit_error") return ErrorCode::kRateLimited;
  if (type == "timeout_error") return ErrorCode::kGatewayTimeout;
  if (type == "overloaded_error") return ErrorCode::kOverloaded;
  return ErrorCode::kBadGateway;
}

Failure error_event(Value event) {
  const auto error = event.find("error");
  std::string type = error ? error->text_at("type") : std::string();
  std::string message = error ? error->text_at("message") : std::string();
  if (message.empty()) message = "the upstream reported an error in the stream";
  const ErrorCode code = code_of(type);
  Failure failure = base::upstream_error(code, std::move(message));
  failure.error().type = std::move(type);
  return failure;
}

}  // namespace

Result<ir::Event> read_anthropic_event(std::string_view payload, Usage& usage) {
  const auto document = Document::parse(payload);
  if (!document || !document->root().is_object()) {
    return base::upstream_error(ErrorCode::kBadGateway, "the upstream sent an event that is not a JSON object");
  }
  const Value event = document->root();
  const auto type = event.find("type");
  if (!type) {
    merge_metrics(event, usage);
    return ir::Nothing{};
  }
  if (type->equals("content_block_delta")) return block_delta(event);
  if (type->equals("content_block_start")) return block_start(event);
  if (type->equals("content_block_stop")) return ir::BlockStop{index_of(event)};
  if (type->equals("message_start")) {
    if (const auto message = event.find("message")) {
      if (const auto counts = message->find("usage")) merge_usage(*counts, usage);
    }
    return ir::MessageStart{};
  }
  if (type->equals("message_delta")) {
    if (const auto counts = event.find("usage")) merge_usage(*counts, usage);
    const auto delta = event.find("delta");
    return ir::MessageDelta{delta ? escaped_at(*delta, "stop_reason") : std::string_view()};
  }
  if (type->equals("message_stop")) {
    merge_metrics(event, usage);
    return ir::MessageStop{};
  }
  if (type->equals("error")) return error_event(event);
  return ir::Nothing{};
}

}  // namespace stargate::llm::grammar
