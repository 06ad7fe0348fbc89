#include "llm/grammar/openai_chat_reply.h"

#include <algorithm>

#include "codec/json.h"
#include "llm/grammar/anthropic_read.h"
#include "llm/grammar/openai_chat_stream.h"
#include "llm/grammar/openai_chat_whole.h"

namespace stargate::llm::grammar {
namespace {

Failure out_of_order(std::string_view what) {
  return base::upstream_error(ErrorCode::kBadGateway, "the upstream's events are out of order: " + std::string(what));
}

}  // namespace

ChatReply::ChatReply(ReplyOptions options) : options_(std::move(options)) {
  for (const auto& [upstream, client] : options_.tool_names) {
    std::string escaped;
    codec::json::append_escaped(escaped, client);
    names_.emplace_back(upstream, std::move(escaped));
  }
}

Result<void> ChatReply::on_event(std::string_view payload, std::string& out) {
  if (complete_) return {};
  const auto event = read_anthropic_event(payload, usage_);
  if (!event) return Failure(event.error());
  return handle(*event, out);
}

Result<void> ChatReply::handle(const ir::Event& event, std::string& out) {
  if (std::holds_alternative<ir::Nothing>(event)) return {};
  if (std::holds_alternative<ir::MessageStart>(event)) {
    if (started_) return out_of_order("message_start twice");
    started_ = true;
    start(out);
    return {};
  }
  if (!started_) return out_of_order("no message_start");
  if (const auto* delta = std::get_if<ir::TextDelta>(&event)) {
    on_text(delta->text, out);
  } else if (const auto* input = std::get_if<ir::ToolInputDelta>(&event)) {
    return on_tool_input(input->fragment, out);
  } else if (const auto* thought = std::get_if<ir::ThinkingDelta>(&event)) {
    content_started_ = true;
    thinking(thought->text, out);
  } else if (const auto* signed_by = std::get_if<ir::SignatureDelta>(&event)) {
    signature(signed_by->signature, out);
  } else if (const auto* begin = std::get_if<ir::BlockStart>(&event)) {
    on_block_start(*begin, out);
  } else if (std::holds_alternative<ir::BlockStop>(event)) {
    on_block_stop(out);
  } else if (const auto* last = std::get_if<ir::MessageDelta>(&event)) {
    if (!last->stop_reason.empty()) finish_ = ir::finish_of(last->stop_reason);
    finish_reason_ = finish_.raw;
  } else if (std::holds_alternative<ir::MessageStop>(event)) {
    on_stop(out);
  }
  return {};
}

void ChatReply::on_text(std::string_view piece, std::string& out) {
  if (piece.empty()) return;
  content_started_ = true;
  if (options_.json_tool.empty()) return text(piece, out);
  if (json_seen_) return;
  held_.append(piece);
  if (held_.size() > kAnswerBytesMax) release_held(out);
}

void ChatReply::release_held(std::string& out) {
  if (!held_.empty()) text(held_, out);
  held_.clear();
}

void ChatReply::on_block_start(const ir::BlockStart& block, std::string& out) {
  block_ = Block::kPlain;
  block_has_input_ = false;
  switch (block.kind) {
    case ir::BlockKind::kText: on_text(block.text, out); break;
    case ir::BlockKind::kThinking:
      if (!block.text.empty()) thinking(block.text, out);
      break;
    case ir::BlockKind::kRedactedThinking:
      content_started_ = true;
      redacted_thinking(block.data, out);
      break;
    case ir::BlockKind::kToolUse: on_tool_start(block, out); break;
    case ir::BlockKind::kOther: block_ = Block::kIgnored; break;
  }
}

void ChatReply::on_tool_start(const ir::BlockStart& block, std::string& out) {
  content_started_ = true;
  if (!options_.json_tool.empty() && block.tool_name == options_.json_tool) {
    block_ = json_seen_ ? Block::kIgnored : Block::kJson;  // one answer is enough
    json_seen_ = true;
    held_.clear();
  } else {
    release_held(out);
    block_ = Block::kTool;
    tool_call(tools_++, block.tool_id, client_name(block.tool_name), out);
  }
  if (block.tool_input.empty()) return;
  std::string escaped;
  codec::json::append_escaped(escaped, block.tool_input);
  (void)on_tool_input(escaped, out);  // a tool block is open: cannot fail
}

Result<void> ChatReply::on_tool_input(std::string_view fragment, std::string& out) {
  if (fragment.empty()) return {};
  if (block_ == Block::kIgnored) return {};
  if (block_ != Block::kTool && block_ != Block::kJson) return out_of_order("tool input outside of a tool block");
  block_has_input_ = true;
  if (block_ == Block::kJson) {
    text(fragment, out);
  } else {
    tool_arguments(tools_ - 1, fragment, out);
  }
  return {};
}

// A tool without arguments streams none; OpenAI's clients want JSON there.
void ChatReply::on_block_stop(std::string& out) {
  if ((block_ == Block::kTool || block_ == Block::kJson) && !block_has_input_) (void)on_tool_input("{}", out);
  block_ = Block::kNone;
}

void ChatReply::on_stop(std::string& out) {
  release_held(out);
  complete_ = true;
  stop(out);
}

Result<void> ChatReply::settle_end(std::string& out) {
  if (complete_) return {};
  if (finish_reason_.empty()) {
    return base::upstream_error(ErrorCode::kBadGateway, "the upstream's stream ended before the answer was complete");
  }
  if (block_ != Block::kNone) on_block_stop(out);
  on_stop(out);
  return {};
}

std::string_view ChatReply::finish_word() const {
  switch (finish_.unified) {
    case ir::Finish::kStop: return "stop";
    case ir::Finish::kLength: return "length";
    case ir::Finish::kContentFilter: return "content_filter";
    case ir::Finish::kToolCalls: return json_seen_ && tools_ == 0 ? "stop" : "tool_calls";
  }
  return "stop";
}

std::string_view ChatReply::client_name(std::string_view upstream_name) const {
  const auto found = std::ranges::find(names_, upstream_name, &std::pair<std::string, std::string>::first);
  return found == names_.end() ? upstream_name : std::string_view(found->second);
}

void append_chat_usage(std::string& out, const Usage& usage) {
  codec::json::Writer w(out);
  const std::int64_t prompt = usage.prompt_tokens();
  w.begin_object();
  w.member("prompt_tokens", prompt);
  w.member("completion_tokens", usage.output_tokens);
  w.member("total_tokens", prompt + usage.output_tokens);
  w.key("prompt_tokens_details");
  w.begin_object();
  w.member("cached_tokens", usage.cache_read_tokens);
  w.member("cache_creation_tokens", usage.cache_write_tokens);
  if (usage.cache_write_5m_tokens + usage.cache_write_1h_tokens > 0) {
    w.key("cache_creation_token_details");
    w.begin_object();
    w.member("ephemeral_5m_input_tokens", usage.cache_write_5m_tokens);
    w.member("ephemeral_1h_input_tokens", usage.cache_write_1h_tokens);
    w.end_object();
  }
  w.end_object();
  w.key("completion_tokens_details");
  w.begin_object();
  w.member("reasoning_tokens", usage.reasoning_tokens);
  w.end_object();
  w.member("cache_creation_input_tokens", usage.cache_write_tokens);
  w.member("cache_read_input_tokens", usage.cache_read_tokens);
  w.end_object();
}

std::unique_ptr<Reply> make_chat_reply(ReplyOptions options) {
  if (options.stream) return std::make_unique<ChatStream>(std::move(options));
  return std::make_unique<ChatWhole>(std::move(options));
}

}  // namespace stargate::llm::grammar
