#include "sim/prompt_cache.h"

#include <algorithm>
#include <chrono>

namespace stargate::sim {
namespace {

std::string key_of(std::string_view model, const Segment& segment) {
  return std::string(model).append("\n").append(codec::as_view(segment.prefix));
}

}  // namespace

// One past the last block of the longest cached prefix; 0: none.
std::size_t PromptCache::longest_hit(std::string_view model, const Prompt& prompt, MonoTime now) {
  std::size_t reach = 0;  // how far back the nearest breakpoint behind still looks
  for (std::size_t i = prompt.segments.size(); i-- > 0;) {
    if (prompt.segments[i].cache_ttl_s != 0) reach = kLookBackBlocks + 1;
    if (reach == 0) continue;
    --reach;
    const auto found = entries_.find(key_of(model, prompt.segments[i]));
    if (found == entries_.end() || found->second.expires <= now) continue;
    found->second.expires = now + std::chrono::seconds(found->second.ttl_s);
    return i + 1;
  }
  return 0;
}

void PromptCache::make_room(MonoTime now) {
  if (entries_.size() < kEntriesMax) return;
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.expires <= now; });
  if (entries_.size() >= kEntriesMax) entries_.clear();
}

llm::Usage PromptCache::charge(const Model& model, const Prompt& prompt, MonoTime now) {
  const std::lock_guard lock(mutex_);
  llm::Usage usage;
  usage.seen = true;
  const std::size_t hit = longest_hit(model.id, prompt, now);
  std::int64_t before = 0;     // tokens up to here
  std::int64_t accounted = 0;  // of them, those read or written
  for (std::size_t i = 0; i < prompt.segments.size(); ++i) {
    const Segment& segment = prompt.segments[i];
    before += segment.tokens;
    if (i + 1 == hit) {
      usage.cache_read_tokens = before;
      accounted = before;
    }
    if (i < hit || segment.cache_ttl_s == 0 || before < model.cache_min_tokens) continue;
    const std::int64_t written = before - accounted;
    accounted = before;
    (segment.cache_ttl_s == kCacheTtlLong_s ? usage.cache_write_1h_tokens : usage.cache_write_5m_tokens) += written;
    make_room(now);
    entries_[key_of(model.id, segment)] = {.expires = now + std::chrono::seconds(segment.cache_ttl_s),
                                           .ttl_s = segment.cache_ttl_s};
  }
  usage.cache_write_tokens = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens;
  usage.input_tokens = prompt.tokens - accounted;
  return usage;
}

void PromptCache::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace stargate::sim
