// Why an answer ended: the one word that every grammar can be given, beside the upstream's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stargate::llm::ir {

enum class Finish : std::uint8_t { kStop, kLength, kToolCalls, kContentFilter };

struct FinishReason {
  Finish unified = Finish::kStop;
  std::string raw;
};

// Anthropic's stop_reason (and Bedrock's two for guardrails). A word that is not known counts as a plain stop.
FinishReason finish_of(std::string_view stop_reason);

}  // namespace stargate::llm::ir
