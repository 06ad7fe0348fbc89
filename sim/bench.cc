#include "sim/bench.h"

#include <algorithm>
#include <utility>

#include "sim/events.h"
#include "sim/tokens.h"

namespace stargate::sim {
namespace {

Reply bench_reply(std::size_t text_bytes) {
  Reply reply;
  reply.id = "msg_bdrk_bench";
  reply.model = "claude-haiku-4-5-20251001";
  ReplyBlock block;
  block.text.assign(text_bytes, 'x');
  block.tokens = count_text(block.text);
  reply.usage.input_tokens = 100;
  reply.usage.output_tokens = block.tokens;
  reply.usage.seen = true;
  reply.blocks.push_back(std::move(block));
  return reply;
}

}  // namespace

std::string bench_message(std::size_t text_bytes) { return anthropic_message(bench_reply(text_bytes)); }

std::vector<std::string> bench_frames(std::size_t text_bytes, std::size_t chunks) {
  chunks = std::max<std::size_t>(1, chunks);
  // Deltas are counted in tokens: the text is rounded up, so that exactly `chunks` of them come out.
  constexpr auto kTokenBytes = static_cast<std::size_t>(kBytesPerToken);
  const std::size_t tokens = (text_bytes + chunks * kTokenBytes - 1) / (chunks * kTokenBytes);
  const Reply reply = bench_reply(chunks * tokens * kTokenBytes);
  std::vector<StreamEvent> events = anthropic_events(reply, tokens);
  events.push_back(anthropic_stop(reply, {.first_byte_ms = 1, .total_ms = 1}));
  std::vector<std::string> frames;
  for (const StreamEvent& event : events) {
    std::string frame;
    append_chunk_frame(frame, event.json, 0);
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace stargate::sim
