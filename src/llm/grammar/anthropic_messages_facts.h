// The facts of a Messages request that the corridor plans with.
#pragma once

#include "base/error.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

// read_facts() for Dialect::kAnthropicMessages; count_tokens bodies, too. Nothing else of the body is judged here:
// members that are not known stay and go upstream.
Result<Facts> read_messages_facts(const codec::json::Document& body);

}  // namespace stargate::llm
