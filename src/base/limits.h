// Bounds that several rooms share. A bound of one room alone lives in that room.
#pragma once

#include <cstddef>

namespace stargate::base {

// Bytes that must be readable behind any text handed to codec::json (simdjson reads past the end).
inline constexpr std::size_t kJsonPadding = 64;

// Largest request body after transfer decoding and after content decoding, by default. AWS takes 25,000,000.
inline constexpr std::size_t kBodyBytesMax = std::size_t{32} * 1024 * 1024;

}  // namespace stargate::base
