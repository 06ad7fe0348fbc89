// The prompt cache of the simulated service: prefixes by digest and model, with a time to live that a hit renews.
// Thread-safe. Bounded by kEntriesMax; when full, what has expired goes first, then everything.
// Source: Anthropic "Prompt caching": longest cached prefix at or up to 20 blocks before a breakpoint.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.h"
#include "llm/usage.h"
#include "sim/models.h"
#include "sim/prompt.h"

namespace stargate::sim {

class PromptCache {
 public:
  static constexpr std::size_t kEntriesMax = 100'000;
  static constexpr std::size_t kLookBackBlocks = 20;

  // Splits the prompt's tokens into read, written and plain input, and remembers what was written. Output is left 0.
  llm::Usage charge(const Model& model, const Prompt& prompt, MonoTime now);
  void clear();

 private:
  struct Entry {
    MonoTime expires;
    int ttl_s = kCacheTtlShort_s;
  };
  [[nodiscard]] std::size_t longest_hit(std::string_view model, const Prompt& prompt, MonoTime now);
  void make_room(MonoTime now);

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace stargate::sim
