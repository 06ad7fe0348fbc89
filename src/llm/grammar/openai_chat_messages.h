// The messages of a Chat Completions body -> system blocks and turns.
#pragma once

#include "base/error.h"
#include "codec/json.h"
#include "llm/ir/request.h"

namespace stargate::llm::grammar {

// Fills request.system and request.turns:
//  - system and developer messages become system blocks in order, wherever they stand;
//  - user, tool and function messages in a row become one user turn, its tool results first; assistants in a row one;
//  - blank texts go; a user turn that would be empty says "." (Bedrock refuses empty and blank text blocks);
//  - a conversation that does not begin with the user gets a first turn that says ".".
// Rewrites are noted in request.losses. Errors: kBadRequest naming the message.
Result<void> read_messages(codec::json::Value messages, const Files& files, ir::Request& request);

// The name under which a tool goes upstream; a rewritten one is noted in request.tool_names.
ir::Escaped upstream_tool_name(codec::json::Value name, ir::Request& request);

}  // namespace stargate::llm::grammar
