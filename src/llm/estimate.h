// How many tokens a request's input may be, without a tokenizer: an upper estimate from bytes.
#pragma once

#include <cstdint>

#include "codec/json.h"

namespace stargate::llm {

// For Messages and Chat Completions bodies alike; `body` is the whole request. Text counts 2.5 bytes per token (English
// is about 4, code about 3, the tokenizer of Claude 4.7 and later gives some 30 % more tokens), inline images and files
// count by what Claude's vision and PDF rules can make of them at most, not by their base64 length. One pass, no
// allocation. Meant to be never below the real count; typically 1.3 to 2 times it.
std::int64_t estimate_input_tokens(const codec::json::Document& body);

}  // namespace stargate::llm
