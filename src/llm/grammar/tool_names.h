// Names and ids that tools may bear upstream. What does not fit is rewritten the same way every time, so that each turn
// of a conversation names a tool alike and replays over the same prefix.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stargate::llm::grammar {

inline constexpr std::size_t kToolNameBytesMax = 64;  // Bedrock: ^[a-zA-Z0-9_-]{1,64}$

bool valid_tool_name(std::string_view name);
// Other characters become '_', the text is cut, and eight hex digits of the whole name's SHA-256 keep it unique.
std::string rewritten_tool_name(std::string_view name);

// Tool call ids: the same alphabet, any length but zero.
bool valid_tool_id(std::string_view id);
std::string rewritten_tool_id(std::string_view id);

}  // namespace stargate::llm::grammar
