// A streamed Chat Completions answer.
#pragma once

#include <string>
#include <string_view>

#include "llm/grammar/openai_chat_reply.h"

namespace stargate::llm::grammar {

// Writes one `data:` line per piece, in OpenAI's exact form: a first chunk with the role, deltas, a last delta {} with
// the finish reason, with include_usage one chunk more whose choices are [] (and "usage":null on all before), [DONE].
// Reasoning comes as reasoning_content and thinking_blocks, LiteLLM's members. Source: OpenAI, "Chat Completions
// streaming events".
class ChatStream final : public ChatReply {
 public:
  explicit ChatStream(ReplyOptions options);
  Result<void> finish(std::string& out) override;
  void ping(std::string& out) const override { out.append(": ping\n\n"); }
  void fail(const Error& error, std::string_view request_id, std::string& out) const override;

 protected:
  void start(std::string& out) override;
  void text(std::string_view piece, std::string& out) override;
  void thinking(std::string_view piece, std::string& out) override;
  void signature(std::string_view piece, std::string& out) override;
  void redacted_thinking(std::string_view data, std::string& out) override;
  void tool_call(std::size_t index, std::string_view id, std::string_view name, std::string& out) override;
  void tool_arguments(std::size_t index, std::string_view piece, std::string& out) override;
  void stop(std::string& out) override;

 private:
  void end_chunk(std::string& out) const { out.append(after_delta_); }

  std::string head_;          // data: {"id":...,"choices":
  std::string before_delta_;  // head_ and [{"index":0,"delta":
  std::string after_delta_;   // ,"finish_reason":null}]...}
};

}  // namespace stargate::llm::grammar
