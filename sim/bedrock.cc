#include "sim/bedrock.h"

#include <array>
#include <chrono>
#include <utility>

#include "codec/hash.h"
#include "codec/json.h"
#include "sim/bench.h"
#include "sim/control.h"
#include "sim/control_plane.h"
#include "sim/exchange.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kOwnPath = "/_sim/";
constexpr std::string_view kErrorOrigin = ":http://internal.amazon.com/coral/com.amazon.bedrock/";

codec::http1::ResponseHead head_of(int status, codec::http1::Headers headers) {
  codec::http1::ResponseHead head;
  head.status = status;
  head.headers = std::move(headers);
  return head;
}

std::string error_body(const Error& error) { return "{\"message\":" + codec::json::quoted(error.message) + "}"; }

}  // namespace

Bedrock::Bedrock(World& world, ports::Env& env) : world_(&world), env_(&env) {
  const Settings& settings = world.settings;
  if (settings.bench_reply_bytes == 0) return;
  bench_whole_ = bench_message(settings.bench_reply_bytes);
  bench_frames_ = bench_frames(settings.bench_reply_bytes, settings.bench_chunks);
}

std::string Bedrock::uuid() {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t random = env_->random();
    for (std::size_t i = 0; i < 8; ++i) bytes[half * 8 + i] = static_cast<std::uint8_t>(random >> (8 * i));
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  std::string text = codec::hex(bytes);
  for (const std::size_t place : {20, 16, 12, 8}) text.insert(place, 1, '-');
  return text;
}

InvocationContext Bedrock::context() {
  return {.cache = world_->cache, .faults = world_->faults, .now = env_->now(), .random = env_->random()};
}

ports::Task<void> Bedrock::serve(ports::Downstream& downstream) {
  if (downstream.head().path().starts_with(kOwnPath)) {
    co_await serve_control(downstream);
    co_return;
  }
  if (world_->settings.bench_reply_bytes > 0) {
    co_await serve_bench(downstream);
    co_return;
  }
  Exchange exchange{downstream, uuid(), env_->now()};
  auto body = co_await downstream.read_body(kBodyBytesMax);
  if (!body) {
    if (body.error().code == ErrorCode::kCancelled) co_return;
    const int status = base::http_status(body.error().code);
    const Error error = aws_failure(status, "ValidationException", body.error().message).error();
    co_await respond_error(exchange, error);
    co_return;
  }
  exchange.body = std::move(*body);
  world_->recorder.add(downstream.head(), exchange.body, exchange.request_id);
  const auto allowed =
      authorize(world_->settings.auth, downstream.head(), exchange.body,
                env_->wall() + std::chrono::duration_cast<WallTime::duration>(world_->settings.clock_offset));
  if (!allowed) {
    co_await respond_error(exchange, allowed.error());
    co_return;
  }
  co_await serve_call(exchange);
}

ports::Task<void> Bedrock::serve_call(Exchange& exchange) {
  const auto& head = exchange.downstream.head();
  if (head.method == "GET") {
    auto listing = control_plane(head.path(), head.query());
    if (listing) {
      codec::http1::Headers none;
      co_await respond(exchange, 200, std::move(none), std::move(*listing));
    } else {
      co_await respond_error(exchange, listing.error());
    }
    co_return;
  }
  const auto call = read_call(head.path());
  if (!call || head.method != "POST") {
    const Error error = aws_failure(404, "UnknownOperationException", "Unknown operation.").error();
    co_await respond_error(exchange, error);
    co_return;
  }
  exchange.call = *call;
  if (call->operation == Operation::kCountTokens) {
    auto counted = count_tokens(*call, exchange.body, context());
    if (counted) {
      codec::http1::Headers none;
      co_await respond(exchange, 200, std::move(none), std::move(*counted));
    } else {
      co_await respond_error(exchange, counted.error());
    }
    co_return;
  }
  auto invocation = invoke(*call, exchange.body, context());
  if (!invocation) {
    co_await respond_error(exchange, invocation.error());
    co_return;
  }
  if (is_stream(call->operation)) {
    co_await answer_stream(exchange, *invocation);
  } else {
    co_await answer_whole(exchange, *invocation);
  }
}

ports::Task<void> Bedrock::respond(Exchange& exchange, int status, codec::http1::Headers headers, std::string body) {
  headers.add("Content-Type", "application/json");
  headers.add("x-amzn-RequestId", exchange.request_id);
  world_->recorder.set_status(exchange.request_id, status);
  auto head = head_of(status, std::move(headers));
  co_await exchange.downstream.respond(std::move(head), std::move(body));
}

ports::Task<void> Bedrock::respond_error(Exchange& exchange, const Error& error) {
  codec::http1::Headers headers;
  const std::string type = error.type.empty() ? "InternalServerException" : error.type;
  headers.add("x-amzn-ErrorType", type + std::string(kErrorOrigin));
  if (error.retry_after_s > 0) headers.add("Retry-After", std::to_string(error.retry_after_s));
  std::string body = error_body(error);
  const int status = error.upstream_status != 0 ? error.upstream_status : 500;
  co_await respond(exchange, status, std::move(headers), std::move(body));
}

ports::Refusal Bedrock::refusal(const codec::http1::RequestHead& /*head*/, std::string_view /*peer*/, Duration /*took*/,
                                const Error& error) {
  const bool ours = error.source == base::ErrorSource::kInternal;
  codec::http1::Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("x-amzn-ErrorType",
              std::string(ours ? "InternalServerException" : "ValidationException") + std::string(kErrorOrigin));
  headers.add("x-amzn-RequestId", uuid());
  return {head_of(base::http_status(error.code), std::move(headers)), error_body(error)};
}

ports::Task<bool> Bedrock::pause(Exchange& exchange, Duration time) {
  if (time <= Duration::zero()) co_return !exchange.downstream.cancel().requested();
  const auto slept = co_await env_->sleep(time, exchange.downstream.cancel());
  co_return slept.has_value();
}

void Bedrock::settle(const Exchange& exchange, const Invocation& invocation, std::int64_t generated, std::string end) {
  BillEntry entry{.request_id = exchange.request_id,
                  .model = std::string(invocation.model->id),
                  .model_id = exchange.call.model_id,
                  .operation = std::string(name_of(exchange.call.operation)),
                  .end = std::move(end),
                  .usage = invocation.reply.usage,
                  .at = env_->wall()};
  entry.usage.output_tokens = generated;
  world_->bill.add(std::move(entry));
}

ports::Task<void> Bedrock::serve_control(ports::Downstream& downstream) {
  auto body = co_await downstream.read_body(kBodyBytesMax);
  if (!body) co_return;
  ControlAnswer answer = control(*world_, downstream.head(), *body);
  codec::http1::Headers headers;
  headers.add("Content-Type", "application/json");
  auto head = head_of(answer.status, std::move(headers));
  co_await downstream.respond(std::move(head), std::move(answer.body));
}

ports::Task<void> Bedrock::serve_bench(ports::Downstream& downstream) {
  const auto body = co_await downstream.read_body(kBodyBytesMax);
  if (!body) co_return;
  if (world_->settings.auth.enabled) {
    const auto allowed = authorize(world_->settings.auth, downstream.head(), *body, env_->wall());
    if (!allowed) {
      Exchange exchange{downstream, uuid(), env_->now()};
      co_await respond_error(exchange, allowed.error());
      co_return;
    }
  }
  codec::http1::Headers headers;
  headers.add("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000");
  const auto call = read_call(downstream.head().path());
  if (!call || !is_stream(call->operation)) {
    headers.add("Content-Type", "application/json");
    auto head = head_of(200, std::move(headers));
    std::string whole = bench_whole_;
    co_await downstream.respond(std::move(head), std::move(whole));
    co_return;
  }
  headers.add("Content-Type", "application/vnd.amazon.eventstream");
  auto head = head_of(200, std::move(headers));
  auto sent = co_await downstream.begin(std::move(head));
  for (std::size_t i = 0; sent && i < bench_frames_.size(); ++i) {
    const std::string_view piece = bench_frames_[i];
    sent = co_await downstream.write(std::span(&piece, 1));
  }
  if (sent) co_await downstream.end();
}

}  // namespace stargate::sim
