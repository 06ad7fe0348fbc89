// Content parts of Chat Completions messages -> blocks.
#pragma once

#include <vector>

#include "base/error.h"
#include "codec/json.h"
#include "llm/grammar/openai_chat_place.h"
#include "llm/ir/request.h"

namespace stargate::llm::grammar {

// Reads `content` (null, a string, or a list of parts) and appends its blocks; blank texts are kept, the caller knows
// what to do with them. Files named by URL are taken from `files`. Parts in Anthropic's own form go through verbatim.
// Errors: kBadRequest naming the part.
Result<void> read_content(codec::json::Value content, Place place, const Files& files, ir::Request& request,
                          std::vector<ir::Block>& out);

// The cache_control object of `holder`, as JSON; empty when there is none.
ir::Json cache_control_of(codec::json::Value holder);

// True when the text, still escaped, holds nothing but white space: Bedrock refuses such text blocks.
bool blank(ir::Escaped text);

// A thinking or redacted_thinking block; nothing when it has no signature (upstream would refuse it).
std::optional<ir::Block> read_thinking(codec::json::Value block);

}  // namespace stargate::llm::grammar
