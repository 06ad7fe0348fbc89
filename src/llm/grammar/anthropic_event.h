// What both Messages replies read in the events of Claude's stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/json.h"
#include "llm/usage.h"

namespace stargate::llm {

// The `type` of an event without parsing it, when it stands first as it does in every event of Bedrock; empty when not.
std::string_view leading_type(std::string_view payload);

// A text_delta in the bytes that Bedrock gives it, read without an index: the members stand in Anthropic's order,
// without white space and nothing besides. nullopt for every other event, also a text_delta in other bytes or with a
// broken string: those take the long way.
struct PlainTextDelta {
  std::int64_t index = 0;
  std::string_view text;  // escaped, a valid JSON string inside
};
std::optional<PlainTextDelta> plain_text_delta(std::string_view payload);

// Adds a `usage` object of Anthropic: figures are cumulative, so the larger one wins and a missing one changes nothing.
void merge_usage(codec::json::Value usage, Usage& into);

// The same for message_stop's "amazon-bedrock-invocationMetrics".
void merge_invocation_metrics(codec::json::Value metrics, Usage& into);

// {"type":"error","error":{"type","message"}} inside a stream.
Error error_of_event(codec::json::Value root);

inline constexpr std::string_view kInvocationMetrics = "amazon-bedrock-invocationMetrics";

}  // namespace stargate::llm
