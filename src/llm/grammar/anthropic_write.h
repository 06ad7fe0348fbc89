// A request of the common tongue -> the body of an Anthropic Messages request.
#pragma once

#include <string>

#include "llm/ir/request.h"

namespace stargate::llm::grammar {

// Writes what stands in `request` and decides nothing: it must already be fit for the model (see lane/fit.h). The body
// holds neither `model` nor `stream` nor `anthropic_version`: those belong to the binding.
// Source: Anthropic, "Messages API" reference.
void write_anthropic(const ir::Request& request, std::string& out);

}  // namespace stargate::llm::grammar
