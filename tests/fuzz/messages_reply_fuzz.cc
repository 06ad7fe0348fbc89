// The upstream's bytes, first as one event per line, then as event-stream frames: what a client gets must be SSE with
// balanced blocks, or one JSON text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "codec/sse.h"
#include "llm/lane/lane.h"

namespace {

using stargate::codec::json::Document;
namespace llm = stargate::llm;

std::string answer(std::string_view lines, bool stream, bool& complete) {
  llm::ReplyOptions options;
  options.stream = stream;
  const auto reply = llm::make_reply(options);
  std::string out;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    std::string event(lines.substr(0, end));
    event.reserve(event.size() + stargate::base::kJsonPadding);
    lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
    if (!reply->on_event(event, out)) return out;
  }
  complete = reply->finish(out).has_value();
  return out;
}

void check_stream(const std::string& sse) {
  stargate::codec::sse::Reader reader;
  reader.feed(sse);
  stargate::codec::sse::Event event;
  int starts = 0;
  int open = 0;
  while (*reader.next(event)) {
    if (event.name.empty()) std::abort();
    if (event.name == "message_start" && ++starts > 1) std::abort();
    if (event.name == "content_block_start" && ++open > 1) std::abort();
    if (event.name == "content_block_stop" && --open < 0) std::abort();
    if (event.name == "message_stop" && (open != 0 || starts != 1)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  bool complete = false;
  check_stream(answer(bytes, true, complete));
  complete = false;
  const std::string whole = answer(bytes, false, complete);
  if (complete && !Document::parse_copy(whole)) std::abort();

  llm::FrameReader frames;
  frames.feed(bytes);
  std::string_view payload;
  for (auto more = frames.next(payload); more && *more; more = frames.next(payload)) {
  }
  return 0;
}
