// Thinking, in the form that one model takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "llm/ir/request.h"

namespace stargate::llm {

// Turns request.effort and request.thinking into what the model takes, and keeps a thinking budget below max_tokens
// (raised when the client did not name one, up to `max_output_tokens` unless that is 0). A conversation in the middle
// of a tool round whose thinking the client did not send back cannot think on with a budget: upstream refuses it, so
// thinking is left out there. True when thinking is on.
bool fit_thinking(ir::Request& request, const binding::Capabilities& capabilities, std::int64_t max_output_tokens,
                  bool max_tokens_asked);

// Adds a member to request.output_config unless the client set it there.
void add_output_config(ir::Request& request, std::string_view key, std::string_view json);

}  // namespace stargate::llm
