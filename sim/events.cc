#include "sim/events.h"

#include <algorithm>
#include <functional>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "sim/tokens.h"

namespace stargate::sim {
namespace {

using codec::json::Writer;

constexpr std::string_view kPadding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

void write_usage(Writer& writer, const Reply& reply, std::int64_t output_tokens) {
  const llm::Usage& usage = reply.usage;
  writer.begin_object();
  writer.member("input_tokens", usage.input_tokens);
  writer.member("cache_creation_input_tokens", usage.cache_write_tokens);
  writer.member("cache_read_input_tokens", usage.cache_read_tokens);
  writer.key("cache_creation");
  writer.begin_object();
  writer.member("ephemeral_5m_input_tokens", usage.cache_write_5m_tokens);
  writer.member("ephemeral_1h_input_tokens", usage.cache_write_1h_tokens);
  writer.end_object();
  writer.member("output_tokens", output_tokens);
  if (reply.counts_thinking && output_tokens == usage.output_tokens) {
    writer.key("output_tokens_details");
    writer.begin_object();
    writer.member("thinking_tokens", usage.reasoning_tokens);
    writer.end_object();
  }
  writer.end_object();
}

void write_stop_sequence(Writer& writer, const Reply& reply) {
  writer.key("stop_sequence");
  if (reply.stop_sequence) {
    writer.string(*reply.stop_sequence);
  } else {
    writer.null();
  }
}

std::string_view kind_name(ReplyKind kind) {
  if (kind == ReplyKind::kThinking) return "thinking";
  return kind == ReplyKind::kText ? "text" : "tool_use";
}

// Appends the block as it stands in a whole message, or as content_block_start shows it (still empty).
void write_block(Writer& writer, const ReplyBlock& block, bool whole) {
  writer.begin_object();
  writer.member("type", std::string(kind_name(block.kind)));
  if (block.kind == ReplyKind::kToolUse) {
    writer.member("id", block.id);
    writer.member("name", block.name);
    writer.member_raw("input", whole ? std::string_view(block.input) : "{}");
  } else {
    writer.member(kind_name(block.kind), whole ? std::string_view(block.text) : "");
  }
  if (block.kind == ReplyKind::kThinking) writer.member("signature", whole ? std::string_view(block.signature) : "");
  writer.end_object();
}

// Cuts at character ends; calls back once with "" for an empty text.
void each_piece(std::string_view text, std::size_t bytes, const std::function<void(std::string_view)>& take) {
  do {
    std::size_t size = std::min(bytes, text.size());
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    take(text.substr(0, size));
    text.remove_prefix(size);
  } while (!text.empty());
}

std::string delta_json(std::size_t index, std::string_view type, std::string_view member, std::string_view text) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("type", "content_block_delta");
  writer.member("index", static_cast<std::int64_t>(index));
  writer.key("delta");
  writer.begin_object();
  writer.member("type", type);
  writer.member(member, text);
  writer.end_object();
  writer.end_object();
  return json;
}

std::string start_json(const Reply& reply) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("type", "message_start");
  writer.key("message");
  writer.begin_object();
  writer.member("model", reply.model);
  writer.member("id", reply.id);
  writer.member("type", "message");
  writer.member("role", "assistant");
  writer.member_raw("content", "[]");
  writer.member_raw("stop_reason", "null");
  writer.member_raw("stop_sequence", "null");
  writer.key("usage");
  write_usage(writer, reply, 1);
  writer.end_object();
  writer.end_object();
  return json;
}

std::string delta_end_json(const Reply& reply) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("type", "message_delta");
  writer.key("delta");
  writer.begin_object();
  writer.member("stop_reason", reply.stop_reason);
  write_stop_sequence(writer, reply);
  writer.end_object();
  writer.key("usage");
  write_usage(writer, reply, reply.usage.output_tokens);
  writer.end_object();
  return json;
}

void add_deltas(std::vector<StreamEvent>& events, const ReplyBlock& block, std::size_t index, std::size_t bytes) {
  std::int64_t left = block.tokens;
  const auto add = [&](std::string_view type, std::string_view member, std::string_view piece, bool last) {
    const std::int64_t tokens = last ? left : std::min(left, static_cast<std::int64_t>(piece.size()) / kBytesPerToken);
    left -= tokens;
    events.push_back({.type = "content_block_delta", .json = delta_json(index, type, member, piece), .tokens = tokens});
  };
  std::string_view text = block.kind == ReplyKind::kToolUse ? block.input : block.text;
  std::size_t seen = 0;
  if (block.kind == ReplyKind::kToolUse) add("input_json_delta", "partial_json", "", false);
  if (block.kind != ReplyKind::kThinking || !text.empty()) {
    each_piece(text, bytes, [&](std::string_view piece) {
      seen += piece.size();
      const bool last = seen == text.size();
      if (block.kind == ReplyKind::kToolUse) return add("input_json_delta", "partial_json", piece, last);
      const std::string_view name = kind_name(block.kind);
      add(name == "text" ? "text_delta" : "thinking_delta", name, piece, last);
    });
  }
  if (block.kind == ReplyKind::kThinking) add("signature_delta", "signature", block.signature, true);
}

}  // namespace

std::vector<StreamEvent> anthropic_events(const Reply& reply, std::size_t delta_tokens) {
  std::vector<StreamEvent> events;
  events.push_back({.type = "message_start", .json = start_json(reply)});
  const std::size_t bytes = std::max<std::size_t>(1, delta_tokens) * static_cast<std::size_t>(kBytesPerToken);
  for (std::size_t i = 0; i < reply.blocks.size(); ++i) {
    std::string start;
    Writer writer(start);
    writer.begin_object();
    writer.member("type", "content_block_start");
    writer.member("index", static_cast<std::int64_t>(i));
    writer.key("content_block");
    write_block(writer, reply.blocks[i], false);
    writer.end_object();
    events.push_back({.type = "content_block_start", .json = std::move(start)});
    add_deltas(events, reply.blocks[i], i, bytes);
    events.push_back({.type = "content_block_stop",
                      .json = "{\"type\":\"content_block_stop\",\"index\":" + std::to_string(i) + "}"});
  }
  events.push_back({.type = "message_delta", .json = delta_end_json(reply)});
  return events;
}

StreamEvent anthropic_stop(const Reply& reply, const InvocationTimes& times) {
  StreamEvent event{.type = "message_stop", .json = {}};
  Writer writer(event.json);
  writer.begin_object();
  writer.member("type", "message_stop");
  writer.key("amazon-bedrock-invocationMetrics");
  writer.begin_object();
  writer.member("inputTokenCount", reply.usage.input_tokens);
  writer.member("outputTokenCount", reply.usage.output_tokens);
  writer.member("invocationLatency", times.total_ms);
  writer.member("firstByteLatency", times.first_byte_ms);
  writer.member("cacheReadInputTokenCount", reply.usage.cache_read_tokens);
  writer.member("cacheWriteInputTokenCount", reply.usage.cache_write_tokens);
  writer.end_object();
  writer.end_object();
  return event;
}

std::string anthropic_message(const Reply& reply) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("model", reply.model);
  writer.member("id", reply.id);
  writer.member("type", "message");
  writer.member("role", "assistant");
  writer.key("content");
  writer.begin_array();
  for (const ReplyBlock& block : reply.blocks) write_block(writer, block, true);
  writer.end_array();
  writer.member("stop_reason", reply.stop_reason);
  write_stop_sequence(writer, reply);
  writer.key("usage");
  write_usage(writer, reply, reply.usage.output_tokens);
  writer.end_object();
  return json;
}

void append_chunk_frame(std::string& out, std::string_view event_json, std::size_t padding_bytes) {
  std::string payload = "{\"bytes\":\"" + codec::base64_encode(event_json) + "\",\"p\":\"";
  payload.append(kPadding.substr(0, padding_bytes)).append("\"}");
  codec::event_stream::append_frame(out,
                                    {{":event-type", std::string_view("chunk")},
                                     {":content-type", std::string_view("application/json")},
                                     {":message-type", std::string_view("event")}},
                                    payload);
}

void append_event_frame(std::string& out, const StreamEvent& event, std::size_t padding_bytes) {
  std::string payload = event.json;
  payload.pop_back();
  payload.append(",\"p\":\"").append(kPadding.substr(0, padding_bytes)).append("\"}");
  codec::event_stream::append_frame(out,
                                    {{":event-type", std::string_view(event.type)},
                                     {":content-type", std::string_view("application/json")},
                                     {":message-type", std::string_view("event")}},
                                    payload);
}

void append_exception_frame(std::string& out, std::string_view type, std::string_view json) {
  codec::event_stream::append_frame(out,
                                    {{":exception-type", type},
                                     {":content-type", std::string_view("application/json")},
                                     {":message-type", std::string_view("exception")}},
                                    json);
}

}  // namespace stargate::sim
