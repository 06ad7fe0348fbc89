#include "gateway/relay.h"

#include <utility>

#include "gateway/answer.h"
#include "gateway/settle.h"

namespace stargate::gateway {

namespace {

// A buffer that grew for one large event is given back, so that an open stream stays small.
constexpr std::size_t kKeptBytesMax = 16 * 1024;

// Passes all complete events that have arrived through the reply.
Result<void> drain_frames(Call& call, Live& live) {
  std::string_view payload;
  for (;;) {
    auto ready = live.frames.next(payload);
    if (!ready) return std::unexpected(std::move(ready.error()));
    if (!*ready) return {};
    auto taken = call.reply->on_event(payload, call.out);
    if (!taken) return taken;
  }
}

Task<Result<void>> flush(Call& call) {
  if (!call.stream || call.out.empty()) co_return Result<void>{};
  auto sent = co_await send(call, call.out);
  call.out.clear();
  if (call.out.capacity() > kKeptBytesMax) std::string().swap(call.out);
  co_return sent;
}

}  // namespace

Task<Result<void>> relay(Call& call, Live live) {
  for (;;) {
    // What came before a broken frame is still the client's.
    auto drained = drain_frames(call, live);
    auto flushed = co_await flush(call);
    if (!drained) co_return drained;
    if (!flushed) co_return flushed;
    const MonoTime asked = call.env().now();
    auto bytes = co_await live.exchange->read_some(patience(call));
    if (!call.down.started()) call.upstream_wait += call.env().now() - asked;
    if (!bytes) co_return std::unexpected(std::move(bytes.error()));
    if (!*bytes) {
      auto alive = co_await sign_of_life(call);
      if (!alive) co_return alive;
      continue;
    }
    if ((*bytes)->empty()) break;
    live.frames.feed(**bytes);
  }
  if (live.frames.mid_frame()) {
    co_return base::upstream_error(ErrorCode::kBadGateway, "Bedrock's answer was cut off in the middle of a frame");
  }
  auto finished = call.reply->finish(call.out);
  if (!finished) {
    auto flushed = co_await flush(call);
    if (!flushed) co_return flushed;
    co_return finished;
  }
  if (!call.stream) {
    codec::http1::Headers headers;
    headers.add("content-type", "application/json");
    if (const auto cost = cost_of(call)) headers.add("x-litellm-response-cost", base::dollars(*cost));
    auto sent = co_await respond(call, 200, std::move(headers), std::move(call.out));
    co_return sent;
  }
  auto flushed = co_await flush(call);
  if (!flushed) co_return flushed;
  auto ended = co_await end_stream(call);
  co_return ended;
}

}  // namespace stargate::gateway
