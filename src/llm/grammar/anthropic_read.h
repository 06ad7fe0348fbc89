// Events of an Anthropic Messages stream -> events of the common tongue, and the usage they report.
#pragma once

#include <string_view>

#include "base/error.h"
#include "llm/ir/event.h"
#include "llm/usage.h"

namespace stargate::llm::grammar {

// Reads one event; `payload` must be followed by base::kJsonPadding readable bytes and outlive `event`'s use.
// Whatever usage the event carries (message_start, message_delta, Bedrock's invocation metrics on message_stop) is
// merged into `usage`: counts are cumulative and may be missing, so the largest that was seen stands.
// Events of unknown types, without a type, and pings are ir::Nothing. Errors: kBadGateway for what is no JSON object;
// an `error` event as the error that it names. Source: Anthropic, "Streaming Messages"; AWS, Claude on Bedrock.
Result<ir::Event> read_anthropic_event(std::string_view payload, Usage& usage);

}  // namespace stargate::llm::grammar
