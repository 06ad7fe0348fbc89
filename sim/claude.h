// A deterministic Claude: the same Messages body gives the same answer, byte for byte. Pure.
//
// What it says, first match wins: the directives of the last user turn (directives.h); JSON where the request demands
// it; a call of the tool that tool_choice forces; behind a tool result a sentence that quotes it; else a sentence that
// quotes the prompt's first words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "llm/usage.h"
#include "sim/directives.h"
#include "sim/models.h"
#include "sim/prompt.h"

namespace stargate::sim {

enum class ReplyKind : std::uint8_t { kThinking, kText, kToolUse };

struct ReplyBlock {
  ReplyKind kind = ReplyKind::kText;
  std::string text;       // text or thinking (empty when its display is omitted)
  std::string signature;  // thinking
  std::string id;         // tool_use
  std::string name;       // tool_use
  std::string input;      // tool_use: JSON
  std::int64_t tokens = 0;
};

struct Reply {
  std::string id;     // "msg_bdrk_..."
  std::string model;  // "claude-haiku-4-5-20251001"
  std::vector<ReplyBlock> blocks;
  std::string stop_reason = "end_turn";
  std::optional<std::string> stop_sequence;
  llm::Usage usage;              // output_tokens and reasoning_tokens are set; the rest is the prompt cache's
  bool counts_thinking = false;  // usage.output_tokens_details is asked for
};

// The directives that this request should obey: those of its last user turn that has text, unless the answer to them
// stands there already.
Directives directives_of(const Prompt& prompt);

Reply answer(const Model& model, const Prompt& prompt, codec::json::Value body, const Directives& directives);

// "anthropic.claude-haiku-4-5-20251001-v1:0" -> "claude-haiku-4-5-20251001"
std::string anthropic_name(const Model& model);

}  // namespace stargate::sim
