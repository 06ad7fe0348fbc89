// The streamed answer to a Messages client: the upstream's own event bytes under SSE `event:` lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

// Invariant: what has been written is a prefix of a stream that Anthropic's strict SDKs take: one message_start with
// usage, each block started and stopped once, message_delta with usage, message_stop. Where the upstream leaves
// something out it is put in; where it repeats, the repetition is left out. Payload bytes are the upstream's, except
// that message_stop loses Bedrock's metrics.
class MessagesStream final : public Reply {
 public:
  Result<void> on_event(std::string_view payload, std::string& out) override;
  Result<void> finish(std::string& out) override;
  void ping(std::string& out) const override;
  void fail(const Error& error, std::string_view request_id, std::string& out) const override;

 private:
  Result<void> on_parsed(std::string_view payload, std::string& out);
  void on_start(const codec::json::Document& document, std::string& out);
  void on_delta(const codec::json::Document& document, std::string& out);
  void on_stop(const codec::json::Document& document, std::string& out);
  void on_block_start(codec::json::Value root, std::string_view payload, std::string& out);
  void close_block(std::string& out);

  static constexpr std::int64_t kNoBlock = -1;
  std::int64_t open_block_ = kNoBlock;
  bool started_ = false;
  bool ended_ = false;  // message_delta with a stop reason was seen
};

// "event: error\ndata: {...}\n\n" in Anthropic's form.
void append_error_event(const Error& error, std::string_view request_id, std::string& out);

}  // namespace stargate::llm
