// Converse's forms of a reply (sim/events.h).
// Source: AWS Bedrock Runtime API reference, Converse and ConverseStream.
#include <algorithm>
#include <utility>

#include "sim/events.h"
#include "sim/tokens.h"

namespace stargate::sim {
namespace {

using codec::json::Document;
using codec::json::Writer;

void write_usage(Writer& writer, const llm::Usage& usage) {
  writer.key("usage");
  writer.begin_object();
  writer.member("inputTokens", usage.input_tokens);
  writer.member("outputTokens", usage.output_tokens);
  writer.member("totalTokens", usage.prompt_tokens() + usage.output_tokens);
  writer.member("cacheReadInputTokens", usage.cache_read_tokens);
  writer.member("cacheWriteInputTokens", usage.cache_write_tokens);
  if (usage.cache_write_tokens > 0) {
    writer.key("cacheDetails");
    writer.begin_array();
    for (const auto& [ttl, tokens] :
         {std::pair{"1h", usage.cache_write_1h_tokens}, {"5m", usage.cache_write_5m_tokens}}) {
      if (tokens == 0) continue;
      writer.begin_object();
      writer.member("ttl", ttl);
      writer.member("inputTokens", tokens);
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
}

void write_metrics(Writer& writer, const InvocationTimes& times) {
  writer.key("metrics");
  writer.begin_object();
  writer.member("latencyMs", times.total_ms);
  writer.end_object();
}

// Text between two JSON halves: {"a":{"b":"text"}}.
std::string around(std::string_view before, std::string_view text, std::string_view after) {
  return std::string(before).append(codec::json::quoted(text)).append(after);
}

std::string delta_json(std::size_t index, ReplyKind kind, std::string_view piece) {
  const std::string head = "{\"contentBlockIndex\":" + std::to_string(index) + ",\"delta\":";
  if (kind == ReplyKind::kThinking) return around(head + "{\"reasoningContent\":{\"text\":", piece, "}}}");
  if (kind == ReplyKind::kToolUse) return around(head + "{\"toolUse\":{\"input\":", piece, "}}}");
  return around(head + "{\"text\":", piece, "}}");
}

void add_block(std::vector<StreamEvent>& events, const ReplyBlock& block, std::size_t index, std::size_t bytes) {
  const std::string head = "{\"contentBlockIndex\":" + std::to_string(index);
  if (block.kind == ReplyKind::kToolUse) {
    // Only tool calls are announced; text and reasoning begin with their first delta.
    std::string start = around(head + ",\"start\":{\"toolUse\":{\"toolUseId\":", block.id, ",\"name\":");
    start.append(codec::json::quoted(block.name)).append("}}}");
    events.push_back({.type = "contentBlockStart", .json = std::move(start)});
  }
  std::string_view text = block.kind == ReplyKind::kToolUse ? block.input : block.text;
  std::int64_t left = block.tokens;
  while (!text.empty()) {
    std::size_t size = std::min(bytes, text.size());
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    const bool last = size == text.size();
    const std::int64_t tokens = last ? left : std::min(left, static_cast<std::int64_t>(size) / kBytesPerToken);
    left -= tokens;
    events.push_back(
        {.type = "contentBlockDelta", .json = delta_json(index, block.kind, text.substr(0, size)), .tokens = tokens});
    text.remove_prefix(size);
  }
  if (block.kind == ReplyKind::kThinking) {
    events.push_back({.type = "contentBlockDelta",
                      .json = around(head + ",\"delta\":{\"reasoningContent\":{\"signature\":", block.signature, "}}}"),
                      .tokens = left});
  }
  events.push_back({.type = "contentBlockStop", .json = head + "}"});
}

void write_block(Writer& writer, const ReplyBlock& block) {
  if (block.kind == ReplyKind::kText) {
    writer.raw(around("{\"text\":", block.text, "}"));
  } else if (block.kind == ReplyKind::kThinking) {
    std::string json = around("{\"reasoningContent\":{\"reasoningText\":{\"text\":", block.text, ",\"signature\":");
    writer.raw(json.append(codec::json::quoted(block.signature)).append("}}}"));
  } else {
    std::string json = around("{\"toolUse\":{\"toolUseId\":", block.id, ",\"name\":");
    writer.raw(json.append(codec::json::quoted(block.name)).append(",\"input\":").append(block.input).append("}}"));
  }
}

}  // namespace

std::vector<StreamEvent> converse_events(const Reply& reply, std::size_t delta_tokens) {
  std::vector<StreamEvent> events;
  events.push_back({.type = "messageStart", .json = "{\"role\":\"assistant\"}"});
  const std::size_t bytes = std::max<std::size_t>(1, delta_tokens) * static_cast<std::size_t>(kBytesPerToken);
  for (std::size_t i = 0; i < reply.blocks.size(); ++i) add_block(events, reply.blocks[i], i, bytes);
  events.push_back({.type = "messageStop", .json = around("{\"stopReason\":", reply.stop_reason, "}")});
  return events;
}

StreamEvent converse_metadata(const Reply& reply, const InvocationTimes& times) {
  StreamEvent event{.type = "metadata", .json = {}};
  Writer writer(event.json);
  writer.begin_object();
  write_usage(writer, reply.usage);
  write_metrics(writer, times);
  writer.end_object();
  return event;
}

std::string converse_message(const Reply& reply, const InvocationTimes& times) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.key("output");
  writer.begin_object();
  writer.key("message");
  writer.begin_object();
  writer.member("role", "assistant");
  writer.key("content");
  writer.begin_array();
  for (const ReplyBlock& block : reply.blocks) write_block(writer, block);
  writer.end_array();
  writer.end_object();
  writer.end_object();
  writer.member("stopReason", reply.stop_reason);
  write_usage(writer, reply.usage);
  write_metrics(writer, times);
  writer.end_object();
  return json;
}

}  // namespace stargate::sim
