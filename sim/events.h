// A reply as bytes: Anthropic's stream events, the whole message, Bedrock's chunk frames, and Converse's forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/claude.h"

namespace stargate::sim {

struct StreamEvent {
  std::string type;  // "content_block_delta", or Converse's "contentBlockDelta"
  std::string json;
  std::int64_t tokens = 0;  // of output that this event carries
};

// Time of one invocation, for amazon-bedrock-invocationMetrics and Converse's metrics.
struct InvocationTimes {
  std::int64_t first_byte_ms = 0;
  std::int64_t total_ms = 0;
};

// The events up to and without message_stop, whose metrics are only known at the end. `delta_tokens` (at least 1):
// how much text one delta carries.
std::vector<StreamEvent> anthropic_events(const Reply& reply, std::size_t delta_tokens);
StreamEvent anthropic_stop(const Reply& reply, const InvocationTimes& times);

// The answer of InvokeModel.
std::string anthropic_message(const Reply& reply);

// The same in Converse's language; the last event is `metadata`.
std::vector<StreamEvent> converse_events(const Reply& reply, std::size_t delta_tokens);
StreamEvent converse_metadata(const Reply& reply, const InvocationTimes& times);
std::string converse_message(const Reply& reply, const InvocationTimes& times);

// Appends one event-stream frame: `chunk` around base64 for Invoke, the event itself for Converse. `padding`: AWS adds
// a member "p" of varying length to each payload.
void append_chunk_frame(std::string& out, std::string_view event_json, std::size_t padding_bytes);
void append_event_frame(std::string& out, const StreamEvent& event, std::size_t padding_bytes);
void append_exception_frame(std::string& out, std::string_view type, std::string_view json);

}  // namespace stargate::sim
