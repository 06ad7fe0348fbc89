// How the simulator plays an answer: its timing, its frames and its faults (sim/bedrock.h).
#include <algorithm>
#include <chrono>
#include <utility>

#include "sim/exchange.h"

namespace stargate::sim {
namespace {

constexpr std::size_t kPaddingBytesMax = 40;
constexpr Duration kPaceStep = std::chrono::milliseconds(1);  // shorter waits are saved up
constexpr Duration kForEver = std::chrono::hours(24);

std::int64_t in_ms(Duration time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); }

Duration time_for(std::int64_t tokens, std::int64_t per_second) {
  if (per_second <= 0) return Duration::zero();
  return std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(tokens * 1'000'000'000 / per_second));
}

codec::http1::ResponseHead stream_head(const std::string& request_id, bool converse) {
  codec::http1::ResponseHead head;
  head.headers.add("Content-Type", "application/vnd.amazon.eventstream");
  if (!converse) head.headers.add("X-Amzn-Bedrock-Content-Type", "application/json");
  head.headers.add("x-amzn-RequestId", request_id);
  return head;
}

codec::http1::Headers usage_headers(const llm::Usage& usage, std::int64_t latency_ms) {
  codec::http1::Headers headers;
  headers.add("X-Amzn-Bedrock-Input-Token-Count", std::to_string(usage.input_tokens));
  headers.add("X-Amzn-Bedrock-Output-Token-Count", std::to_string(usage.output_tokens));
  headers.add("X-Amzn-Bedrock-Cache-Read-Input-Token-Count", std::to_string(usage.cache_read_tokens));
  headers.add("X-Amzn-Bedrock-Cache-Write-Input-Token-Count", std::to_string(usage.cache_write_tokens));
  headers.add("X-Amzn-Bedrock-Invocation-Latency", std::to_string(latency_ms));
  return headers;
}

std::string frame_of(const StreamEvent& event, bool converse) {
  std::string frame;
  // AWS varies the padding so that frame sizes do not betray token sizes; here it follows from the content.
  const std::size_t padding = event.json.size() * 7 % kPaddingBytesMax;
  if (converse) {
    append_event_frame(frame, event, padding);
  } else {
    append_chunk_frame(frame, event.json, padding);
  }
  return frame;
}

std::string exception_json(const Fault& fault) {
  std::string json = "{\"message\":" + codec::json::quoted(fault.message);
  if (fault.type == "modelStreamErrorException") {
    json.append(",\"originalStatusCode\":500,\"originalMessage\":").append(codec::json::quoted(fault.message));
  }
  return json.append("}");
}

}  // namespace

ports::Task<void> Bedrock::answer_whole(Exchange& exchange, Invocation& invocation) {
  const Settings& settings = world_->settings;
  const llm::Usage& usage = invocation.reply.usage;
  const auto& fault = invocation.fault;
  Duration time = invocation.ttft_ms ? Duration(std::chrono::milliseconds(*invocation.ttft_ms)) : settings.ttft;
  time += time_for(usage.output_tokens, invocation.tokens_per_second.value_or(settings.tokens_per_second));
  if (fault && fault->kind == FaultKind::kSlowFirstByte) time += fault->delay;
  if (fault && fault->kind == FaultKind::kStall) time += fault->delay > Duration::zero() ? fault->delay : kForEver;
  const bool there = co_await pause(exchange, time);
  if (!there) {
    settle(exchange, invocation, usage.output_tokens, "client_gone");
    co_return;
  }
  const InvocationTimes times{.first_byte_ms = in_ms(time), .total_ms = in_ms(env_->now() - exchange.started)};
  const bool converse = is_converse(exchange.call.operation);
  std::string body = converse ? converse_message(invocation.reply, times) : anthropic_message(invocation.reply);
  if (fault && fault->kind >= FaultKind::kMidStreamException) {
    // What breaks a stream breaks a whole answer by cutting it.
    settle(exchange, invocation, usage.output_tokens, "cut");
    auto head = stream_head(exchange.request_id, true);
    const auto begun = co_await exchange.downstream.begin(std::move(head));
    const std::string_view half = std::string_view(body).substr(0, body.size() / 2);
    if (begun) co_await exchange.downstream.write(std::span(&half, 1));
    co_return;
  }
  settle(exchange, invocation, usage.output_tokens, "complete");
  codec::http1::Headers headers;
  if (!converse) headers = usage_headers(usage, times.total_ms);
  co_await respond(exchange, 200, std::move(headers), std::move(body));
}

ports::Task<void> Bedrock::answer_stream(Exchange& exchange, Invocation& invocation) {
  Duration wait = invocation.ttft_ms ? Duration(std::chrono::milliseconds(*invocation.ttft_ms)) : world_->settings.ttft;
  if (invocation.fault && invocation.fault->kind == FaultKind::kSlowFirstByte) wait += invocation.fault->delay;
  std::int64_t generated = 0;
  std::string end = "client_gone";
  const bool there = co_await pause(exchange, wait);
  if (there) {
    world_->recorder.set_status(exchange.request_id, 200);
    exchange.first_byte = env_->now();
    auto head = stream_head(exchange.request_id, is_converse(exchange.call.operation));
    const auto begun = co_await exchange.downstream.begin(std::move(head));
    if (begun) end = co_await send_events(exchange, invocation, generated);
  }
  settle(exchange, invocation, generated, std::move(end));
}

ports::Task<std::string> Bedrock::send_events(Exchange& exchange, Invocation& invocation, std::int64_t& generated) {
  const bool converse = is_converse(exchange.call.operation);
  const std::int64_t speed = invocation.tokens_per_second.value_or(world_->settings.tokens_per_second);
  std::vector<StreamEvent> events = converse ? converse_events(invocation.reply, world_->settings.delta_tokens)
                                             : anthropic_events(invocation.reply, world_->settings.delta_tokens);
  std::int64_t paced = 0;
  std::string end = "complete";
  const std::size_t last = events.size();
  for (std::size_t i = 0; i <= last; ++i) {
    if (i == last) {  // the last event tells the times
      const MonoTime now = env_->now();
      const InvocationTimes times{.first_byte_ms = in_ms(exchange.first_byte - exchange.started),
                                  .total_ms = in_ms(now - exchange.started)};
      events.push_back(converse ? converse_metadata(invocation.reply, times) : anthropic_stop(invocation.reply, times));
    }
    paced += events[i].tokens;
    const Duration early = exchange.first_byte + time_for(paced, speed) - env_->now();
    if (early >= kPaceStep) {
      const bool there = co_await pause(exchange, early);
      if (!there) co_return "client_gone";
    }
    if (invocation.fault && invocation.fault->after_events == i) {
      const bool goes_on = co_await play_fault(exchange, *invocation.fault, events[i], end);
      if (!goes_on) co_return end;
    }
    generated += events[i].tokens;
    const bool sent = co_await send_frame(exchange, events[i]);
    if (!sent) co_return "client_gone";
  }
  co_await exchange.downstream.end();
  co_return end;
}

ports::Task<bool> Bedrock::send_frame(Exchange& exchange, const StreamEvent& event) {
  const std::string frame = frame_of(event, is_converse(exchange.call.operation));
  const std::string_view piece = frame;
  const auto sent = co_await exchange.downstream.write(std::span(&piece, 1));
  co_return sent.has_value();
}

ports::Task<bool> Bedrock::play_fault(Exchange& exchange, const Fault& fault, const StreamEvent& next,
                                      std::string& end) {
  std::string frame = frame_of(next, is_converse(exchange.call.operation));
  switch (fault.kind) {
    case FaultKind::kStatus:
    case FaultKind::kSlowFirstByte: co_return true;
    case FaultKind::kStall: {
      const bool there = co_await pause(exchange, fault.delay > Duration::zero() ? fault.delay : kForEver);
      if (!there) end = "client_gone";
      co_return there;
    }
    case FaultKind::kMidStreamException:
      frame.clear();
      append_exception_frame(frame, fault.type, exception_json(fault));
      end = "exception";
      break;
    case FaultKind::kCut: frame.clear(); break;
    case FaultKind::kCorruptCrc: frame.back() = static_cast<char>(frame.back() ^ 0x5A); break;
    case FaultKind::kHalfFrame: frame.resize(frame.size() / 2); break;
  }
  if (fault.kind != FaultKind::kMidStreamException) end = "cut";
  const std::string_view piece = frame;
  if (!piece.empty()) {
    const auto sent = co_await exchange.downstream.write(std::span(&piece, 1));
    if (!sent) co_return false;
  }
  // A cut connection is an answer that is never ended.
  if (fault.kind != FaultKind::kCut) co_await exchange.downstream.end();
  co_return false;
}

}  // namespace stargate::sim
