// A streamed answer in the common tongue: one upstream event is at most one of these.
// Strings are the insides of JSON strings, still escaped; the views hold only during the call that hands them out.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace stargate::llm::ir {

enum class BlockKind : std::uint8_t { kText, kThinking, kRedactedThinking, kToolUse, kOther };

struct Nothing {};  // a ping, an event of an unknown type
struct MessageStart {};
struct BlockStart {
  std::int64_t index = 0;
  BlockKind kind = BlockKind::kOther;
  std::string_view text;        // of a text or thinking block that does not begin empty
  std::string_view tool_id;     // escaped
  std::string_view tool_name;   // escaped
  std::string_view tool_input;  // JSON; empty when the block begins with {} or none
  std::string_view data;        // of redacted thinking, escaped
};
struct TextDelta {
  std::int64_t index = 0;
  std::string_view text;
};
struct ThinkingDelta {
  std::int64_t index = 0;
  std::string_view text;
};
struct SignatureDelta {
  std::int64_t index = 0;
  std::string_view signature;
};
struct ToolInputDelta {
  std::int64_t index = 0;
  std::string_view fragment;  // of the JSON text of the arguments, escaped
};
struct BlockStop {
  std::int64_t index = 0;
};
struct MessageDelta {
  std::string_view stop_reason;  // the upstream's word; empty when absent
};
struct MessageStop {};

using Event = std::variant<Nothing, MessageStart, BlockStart, TextDelta, ThinkingDelta, SignatureDelta, ToolInputDelta,
                           BlockStop, MessageDelta, MessageStop>;

}  // namespace stargate::llm::ir
