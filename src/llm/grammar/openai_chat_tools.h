// The tools of a Chat Completions body, in today's form and in the deprecated one (functions, function_call).
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/error.h"
#include "codec/json.h"
#include "llm/ir/request.h"

namespace stargate::llm::grammar {

using NameSet = std::set<std::string, std::less<>>;

// Fills request.tools and request.tool_choice. Tools of Anthropic's own form go through verbatim. When the history
// holds tool calls but the body names no tools, tools are made up from the names in the history (upstream wants some)
// with the choice "none", so that none is called. Members named in `drop_fields` count as absent.
// Errors: kBadRequest naming the tool.
Result<void> read_tools(codec::json::Value root, const NameSet& drop_fields, ir::Request& request);

}  // namespace stargate::llm::grammar
