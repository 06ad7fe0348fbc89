#include "llm/grammar/anthropic_read.h"

#include "codec/json.h"
#include "llm/grammar/anthropic_event.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Document;
using codec::json::Value;

void merge_metrics(Value event, Usage& into) {
  if (const auto metrics = event.find(kInvocationMetrics)) merge_invocation_metrics(*metrics, into);
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

}  // namespace

Result<ir::Event> read_anthropic_event(std::string_view payload, Usage& usage) {
  if (const auto plain = plain_text_delta(payload)) return ir::TextDelta{plain->index, plain->text};
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
  if (type->equals("error")) return Failure(error_of_event(event));
  return ir::Nothing{};
}

}  // namespace stargate::llm::grammar
