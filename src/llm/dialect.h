// The languages that clients speak to the gateway.
#pragma once

#include <cstdint>
#include <string_view>

namespace stargate::llm {

enum class Dialect : std::uint8_t { kOpenAiChat, kAnthropicMessages };

inline std::string_view name_of(Dialect dialect) {
  return dialect == Dialect::kOpenAiChat ? "openai_chat" : "anthropic_messages";
}

}  // namespace stargate::llm
