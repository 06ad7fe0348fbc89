// The simulator's tokenizer: four bytes are a token. Deterministic, and additive over blocks, so that every figure of
// an answer can be recomputed by a test.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/json.h"

namespace stargate::sim {

inline constexpr std::int64_t kBytesPerToken = 4;
inline constexpr std::int64_t kImageTokensMax = 1600;

std::int64_t count_text(std::string_view text);  // at least 1

// A base64 image: width * height / 750 where the size can be read (PNG), else by bytes; 1 ... kImageTokensMax.
std::int64_t count_image(std::string_view base64);

// A content block of a message, a system block or a tool definition. cache_control does not count.
std::int64_t count_block(codec::json::Value block);

}  // namespace stargate::sim
