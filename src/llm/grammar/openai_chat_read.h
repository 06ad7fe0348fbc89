// A Chat Completions request body -> the common tongue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codec/json.h"
#include "llm/ir/request.h"

namespace stargate::llm::grammar {

struct ChatReadOptions {
  bool drop_params = false;              // drop what is not supported instead of refusing it
  std::vector<std::string> drop_fields;  // top-level members to leave out
  std::string_view default_members;      // a JSON object of members to use when the body has none of that name
};

// Reads the whole body. The request views the body's text, `files` and itself. What OpenAI's grammar can say and no
// model here does is refused (kBadRequest, "<member>: ..."), or noted in losses with drop_params.
// Source: OpenAI, "Create chat completion" reference; LiteLLM's members on top of it.
Result<ir::Request> read_chat(const codec::json::Document& body, const ChatReadOptions& options, const Files& files);

}  // namespace stargate::llm::grammar
