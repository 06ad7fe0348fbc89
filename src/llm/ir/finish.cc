#include "llm/ir/finish.h"

namespace stargate::llm::ir {

FinishReason finish_of(std::string_view stop_reason) {
  Finish unified = Finish::kStop;
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded" || stop_reason == "compaction") {
    unified = Finish::kLength;
  } else if (stop_reason == "tool_use") {
    unified = Finish::kToolCalls;
  } else if (stop_reason == "refusal" || stop_reason == "guardrail_intervened" || stop_reason == "content_filtered") {
    unified = Finish::kContentFilter;
  }
  return {.unified = unified, .raw = std::string(stop_reason)};
}

}  // namespace stargate::llm::ir
