// Converse's request language, put into Anthropic's.
#pragma once

#include <string>

#include "base/error.h"
#include "codec/json.h"

namespace stargate::sim {

// The Messages body that stands for a Converse request. max_tokens: 4096 when the request names none, as Claude's
// default on Converse. Errors: ValidationException.
Result<std::string> messages_from_converse(codec::json::Value request);

}  // namespace stargate::sim
