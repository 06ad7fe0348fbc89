// What must be known of a Chat Completions body before it is planned.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm::grammar {

inline constexpr std::size_t kUrlsMax = 100;  // files named by URL in one request

// See llm::read_facts. Source: OpenAI, "Create chat completion" reference; LiteLLM's extra members.
Result<Facts> read_chat_facts(const codec::json::Document& body);

// The string of a content part that holds a file: image_url.url (or image_url itself), file.file_data, or file.file_id
// when that is a URL. nullopt for other parts.
std::optional<codec::json::Value> file_reference(codec::json::Value part);

}  // namespace stargate::llm::grammar
