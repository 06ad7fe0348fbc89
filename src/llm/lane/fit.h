// A request of the common tongue is cut to what one model takes: the decisions between two grammars.
#pragma once

#include <string>

#include "base/error.h"
#include "llm/ir/request.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

// The name of the tool whose arguments are the answer where a model has no structured output of its own; LiteLLM's.
inline constexpr std::string_view kJsonTool = "json_tool_call";

// Rewrites `request` in place, deterministically:
//  - max_tokens: asked, or the deployment's default, or the model's maximum, or 4096; never above the maximum;
//  - reasoning effort and `thinking`: the form this model takes (adaptive with effort, or enabled with a budget);
//  - sampling: what does not go with thinking or with this model is left out;
//  - response_format: the model's own structured output, a forced tool, or (with thinking) an instruction;
//  - a forced tool choice becomes auto when thinking is on; a trailing assistant turn is refused without prefill.
// Returns the json tool's name, empty when there is none. Errors: kBadRequest naming the member.
Result<std::string> fit(ir::Request& request, const Target& target, const Learned& learned);

}  // namespace stargate::llm
