// Tokens of one call as the upstream reported them.
#pragma once

#include <algorithm>
#include <cstdint>

namespace stargate::llm {

// input_tokens excludes cached tokens (Anthropic's and Bedrock's way); prompt_tokens() is the sum that OpenAI reports.
struct Usage {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;     // 5 m and 1 h together
  std::int64_t cache_write_5m_tokens = 0;  // 0/0 when the upstream gives no split
  std::int64_t cache_write_1h_tokens = 0;
  std::int64_t reasoning_tokens = 0;  // part of output_tokens, when known
  bool seen = false;                  // false: the upstream reported nothing

  [[nodiscard]] std::int64_t prompt_tokens() const { return input_tokens + cache_read_tokens + cache_write_tokens; }
};

}  // namespace stargate::llm
