// A whole Chat Completions answer, put together from a stream.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llm/grammar/openai_chat_reply.h"

namespace stargate::llm::grammar {

// Collects the pieces and writes one chat.completion object in finish(). An answer of more than kAnswerBytesMax is
// kBadGateway there. Source: OpenAI, "The chat completion object"; LiteLLM's reasoning_content and thinking_blocks.
class ChatWhole final : public ChatReply {
 public:
  explicit ChatWhole(ReplyOptions options) : ChatReply(std::move(options)) {}
  Result<void> finish(std::string& out) override;
  void ping(std::string& /*out*/) const override {}
  void fail(const Error& /*error*/, std::string_view /*request_id*/, std::string& /*out*/) const override {}

 protected:
  void start(std::string& /*out*/) override {}
  void text(std::string_view piece, std::string& out) override;
  void thinking(std::string_view piece, std::string& out) override;
  void signature(std::string_view piece, std::string& out) override;
  void redacted_thinking(std::string_view data, std::string& out) override;
  void tool_call(std::size_t index, std::string_view id, std::string_view name, std::string& out) override;
  void tool_arguments(std::size_t index, std::string_view piece, std::string& out) override;
  void stop(std::string& /*out*/) override {}

 private:
  struct ThinkingBlock {
    std::string text;
    std::string signature;
    std::string redacted_data;
    bool redacted = false;
  };
  struct ToolCall {
    std::string id;
    std::string name;
    std::string arguments;
  };
  void append_to(std::string& text, std::string_view piece);
  void write_message(std::string& out);
  void write_thinking(codec::json::Writer& w) const;
  void write_tool_calls(codec::json::Writer& w) const;
  void unwrap_json();

  std::string content_;
  std::string reasoning_;
  std::vector<ThinkingBlock> thinking_;
  std::vector<ToolCall> tools_;
  std::size_t bytes_ = 0;
};

}  // namespace stargate::llm::grammar
