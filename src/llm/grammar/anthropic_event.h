// What both Messages replies read in the events of Claude's stream.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/json.h"
#include "llm/usage.h"

namespace stargate::llm {

// The `type` of an event without parsing it, when it stands first as it does in every event of Bedrock; empty when not.
std::string_view leading_type(std::string_view payload);

// Adds a `usage` object of Anthropic: figures are cumulative, so the larger one wins and a missing one changes nothing.
void merge_usage(codec::json::Value usage, Usage& into);

// The same for message_stop's "amazon-bedrock-invocationMetrics".
void merge_invocation_metrics(codec::json::Value metrics, Usage& into);

// {"type":"error","error":{"type","message"}} inside a stream.
Error error_of_event(codec::json::Value root);

inline constexpr std::string_view kInvocationMetrics = "amazon-bedrock-invocationMetrics";

}  // namespace stargate::llm
