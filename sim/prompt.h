// A Messages body as the model sees it: tools, system and turns in one row of blocks, each with its tokens and the
// digest of everything up to it. Token counts, the prompt cache and the binding of thinking all rest on that row.
//
// Two bodies that mean the same have the same digests: a string content equals one text block, and cache_control does
// not count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "codec/hash.h"
#include "codec/json.h"

namespace stargate::sim {

inline constexpr std::size_t kNoMessage = SIZE_MAX;  // a block of tools or system
inline constexpr int kCacheTtlShort_s = 300;
inline constexpr int kCacheTtlLong_s = 3600;

struct Segment {
  codec::Sha256 prefix{};  // of everything up to and including this block
  std::int64_t tokens = 0;
  int cache_ttl_s = 0;  // a cache_control stands here; 0: none
  std::size_t message = kNoMessage;
};

struct Block {
  std::string type;          // "text" also for a string content
  std::string text;          // of text blocks
  codec::json::Value value;  // the block, or the string
};

struct Turn {
  std::string role;
  std::vector<Block> blocks;
};

struct Prompt {
  std::vector<Segment> segments;
  std::vector<Turn> turns;
  std::int64_t tokens = 0;

  // Digest of system, tools and the messages before `message`.
  [[nodiscard]] codec::Sha256 prefix_before(std::size_t message) const;
  [[nodiscard]] codec::Sha256 digest() const { return prefix_before(kNoMessage); }
};

// Reads what is well-formed and skips what is not: the refusals look for faults. Views into the body's document.
Prompt read_prompt(codec::json::Value body);

}  // namespace stargate::sim
