// Answers in OpenAI's Chat Completions form, from the events of an Anthropic stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/ir/event.h"
#include "llm/ir/finish.h"
#include "llm/lane/lane.h"

namespace stargate::llm::grammar {

inline constexpr std::size_t kAnswerBytesMax = std::size_t{32} * 1024 * 1024;

// What streamed and whole answers have in common: reads each event, keeps the order of blocks, turns the json tool's
// arguments back into content, and hands the pieces to a derived class. All strings are escaped JSON insides.
//
// Invariant: a piece is handed out at the event that brought it, except text of an answer that is to come as arguments
// of the json tool: that is held until it is clear whether the model called the tool (then it is chatter and dropped)
// or not (then it is the answer). One answer, one thread.
class ChatReply : public Reply {
 public:
  explicit ChatReply(ReplyOptions options);
  Result<void> on_event(std::string_view payload, std::string& out) final;

 protected:
  virtual void start(std::string& out) = 0;
  virtual void text(std::string_view piece, std::string& out) = 0;
  virtual void thinking(std::string_view piece, std::string& out) = 0;
  virtual void signature(std::string_view piece, std::string& out) = 0;
  virtual void redacted_thinking(std::string_view data, std::string& out) = 0;
  virtual void tool_call(std::size_t index, std::string_view id, std::string_view name, std::string& out) = 0;
  virtual void tool_arguments(std::size_t index, std::string_view piece, std::string& out) = 0;
  virtual void stop(std::string& out) = 0;  // the answer is complete

  [[nodiscard]] const ReplyOptions& options() const { return options_; }
  [[nodiscard]] std::string_view finish_word() const;  // OpenAI's finish_reason
  // For finish(): completes an answer whose finish reason has come, when only the last event is missing. Error
  // kBadGateway when more than that is missing.
  Result<void> settle_end(std::string& out);
  [[nodiscard]] bool answered_by_json_tool() const { return json_seen_; }

 private:
  enum class Block : std::uint8_t { kNone, kPlain, kTool, kJson, kIgnored };

  Result<void> handle(const ir::Event& event, std::string& out);
  void on_block_start(const ir::BlockStart& block, std::string& out);
  void on_tool_start(const ir::BlockStart& block, std::string& out);
  void on_text(std::string_view piece, std::string& out);
  Result<void> on_tool_input(std::string_view fragment, std::string& out);
  void on_block_stop(std::string& out);
  void on_stop(std::string& out);
  void release_held(std::string& out);
  [[nodiscard]] std::string_view client_name(std::string_view upstream_name) const;

  ReplyOptions options_;
  std::vector<std::pair<std::string, std::string>> names_;  // upstream name -> client's name, escaped
  ir::FinishReason finish_;
  bool started_ = false;
  Block block_ = Block::kNone;
  bool block_has_input_ = false;
  std::size_t tools_ = 0;  // tool calls handed out
  bool json_seen_ = false;
  std::string held_;
};

// The usage object of OpenAI's form with LiteLLM's cache members, as JSON.
void append_chat_usage(std::string& out, const Usage& usage);

std::unique_ptr<Reply> make_chat_reply(ReplyOptions options);

}  // namespace stargate::llm::grammar
