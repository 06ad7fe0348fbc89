#include "llm/grammar/openai_chat_whole.h"

#include "codec/json.h"

namespace stargate::llm::grammar {

using codec::json::Writer;

void ChatWhole::append_to(std::string& text, std::string_view piece) {
  bytes_ += piece.size();
  if (bytes_ <= kAnswerBytesMax) text.append(piece);
}

void ChatWhole::text(std::string_view piece, std::string& /*out*/) { append_to(content_, piece); }

void ChatWhole::thinking(std::string_view piece, std::string& /*out*/) {
  if (thinking_.empty() || thinking_.back().redacted || !thinking_.back().signature.empty()) thinking_.emplace_back();
  append_to(thinking_.back().text, piece);
  append_to(reasoning_, piece);
}

// A signature without text before it: the model's thinking is not shown, the block must still come back.
void ChatWhole::signature(std::string_view piece, std::string& /*out*/) {
  if (thinking_.empty() || thinking_.back().redacted) thinking_.emplace_back();
  append_to(thinking_.back().signature, piece);
}

void ChatWhole::redacted_thinking(std::string_view data, std::string& /*out*/) {
  thinking_.emplace_back().redacted = true;
  append_to(thinking_.back().redacted_data, data);
}

void ChatWhole::tool_call(std::size_t /*index*/, std::string_view id, std::string_view name, std::string& /*out*/) {
  ToolCall& call = tools_.emplace_back();
  append_to(call.id, id);
  append_to(call.name, name);
}

void ChatWhole::tool_arguments(std::size_t index, std::string_view piece, std::string& /*out*/) {
  append_to(tools_[index].arguments, piece);
}

// Models sometimes wrap the json tool's answer as {"properties": {...}}, imitating a schema. Taken off here; a stream
// has gone out by the time it could be known.
void ChatWhole::unwrap_json() {
  const auto document = codec::json::Document::parse_copy(codec::json::unescape(content_));
  if (!document || document->root().size() != 1) return;
  const auto inner = document->root().find("properties");
  if (!inner || !inner->is_object()) return;
  content_.clear();
  codec::json::append_escaped(content_, inner->raw());
}

void ChatWhole::write_thinking(Writer& w) const {
  w.key("reasoning_content");
  w.escaped(reasoning_);
  w.key("thinking_blocks");
  w.begin_array();
  for (const ThinkingBlock& block : thinking_) {
    w.begin_object();
    w.member("type", block.redacted ? "redacted_thinking" : "thinking");
    w.key(block.redacted ? "data" : "thinking");
    w.escaped(block.redacted ? block.redacted_data : block.text);
    if (!block.redacted) {
      w.key("signature");
      w.escaped(block.signature);
    }
    w.end_object();
  }
  w.end_array();
}

void ChatWhole::write_tool_calls(Writer& w) const {
  w.key("tool_calls");
  w.begin_array();
  for (const ToolCall& call : tools_) {
    w.begin_object();
    w.key("id");
    w.escaped(call.id);
    w.member("type", "function");
    w.key("function");
    w.begin_object();
    w.key("name");
    w.escaped(call.name);
    w.key("arguments");
    w.escaped(call.arguments);
    w.end_object();
    w.end_object();
  }
  w.end_array();
}

void ChatWhole::write_message(std::string& out) {
  Writer w(out);
  w.begin_object();
  w.member("role", "assistant");
  w.key("content");
  if (content_.empty() && !tools_.empty()) {
    w.null();
  } else {
    w.escaped(content_);
  }
  if (!thinking_.empty()) write_thinking(w);
  if (!tools_.empty()) write_tool_calls(w);
  w.end_object();
}

Result<void> ChatWhole::finish(std::string& out) {
  if (auto done = settle_end(out); !done) return done;
  if (bytes_ > kAnswerBytesMax)
    return base::upstream_error(ErrorCode::kBadGateway, "the upstream's answer is too long");
  if (answered_by_json_tool()) unwrap_json();
  std::string message;
  write_message(message);
  std::string counts;
  append_chat_usage(counts, usage());
  Writer w(out);
  w.begin_object();
  w.member("id", options().id);
  w.member("object", "chat.completion");
  w.member("created", options().created_s);
  w.member("model", options().model);
  w.key("choices");
  w.begin_array();
  w.begin_object();
  w.member("index", 0);
  w.member_raw("message", message);
  w.member("finish_reason", finish_word());
  w.end_object();
  w.end_array();
  w.member_raw("usage", counts);
  w.end_object();
  return {};
}

}  // namespace stargate::llm::grammar
