// Errors in the words of each dialect.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::llm {

// {"type":"error","error":{"type","message"},"request_id"}; Anthropic "Errors". One line.
std::string anthropic_error_json(const Error& error, std::string_view request_id);

// {"error":{"message","type","param","code"}}; `code` is the status as text, the way LiteLLM has it. One line.
std::string openai_error_json(const Error& error, std::string_view request_id);

// What the client may read: the error's own words when client or upstream caused it (or it is a 4xx), else a sentence
// that names the request id and nothing more.
std::string public_message(const Error& error, std::string_view request_id);

}  // namespace stargate::llm
