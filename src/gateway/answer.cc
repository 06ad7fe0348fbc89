#include "gateway/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

namespace stargate::gateway {

namespace {

// Whole answers have nobody to ping; the upstream's own deadlines bound the wait.
constexpr Duration kUnhurried = std::chrono::hours(2);

std::string milliseconds(Duration time) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  std::string text = std::to_string(us / 1000);
  text += '.';
  for (int unit = 100; unit > 0; unit /= 10) text += static_cast<char>('0' + us / unit % 10);
  return text;
}

std::string losses_text(const std::vector<llm::Loss>& losses) {
  std::string text;
  for (const llm::Loss& loss : losses) {
    if (!text.empty()) text += ", ";
    text += loss.what + " " + loss.action;
  }
  return text;
}

void note_error(Call& call, const Error& error) {
  call.record.error = std::string(base::name_of(error.code));
  call.record.error_message = error.message;
}

}  // namespace

void add_first_headers(codec::http1::Headers& headers, const codec::http1::RequestHead& asked, llm::Dialect dialect,
                       const std::string& request_id, const std::string& call_id) {
  headers.add("x-request-id", request_id);
  if (dialect == llm::Dialect::kAnthropicMessages) headers.set("request-id", request_id);
  headers.add("x-litellm-call-id", call_id);
  if (asked.headers.has("origin")) {
    headers.set("access-control-allow-origin", "*");
    headers.set("access-control-expose-headers", "*");
  }
}

void add_standard_headers(Call& call, codec::http1::Headers& headers) {
  add_first_headers(headers, call.head(), call.route.dialect, call.id(), call.call_id);
  if (!call.record.deployment_id.empty()) headers.add("x-litellm-model-id", call.record.deployment_id);
  if (!call.record.model.empty()) headers.add("x-litellm-model-group", call.record.model);
  const Duration took = call.env().now() - call.began;
  call.record.overhead = std::max(took - call.upstream_wait, Duration::zero());
  headers.add("x-litellm-response-duration-ms", milliseconds(took));
  headers.add("x-litellm-overhead-duration-ms", milliseconds(call.record.overhead));
  if (call.record.attempts.size() > 1) {
    headers.add("x-litellm-attempted-retries", fmt::to_string(call.record.attempts.size() - 1));
  }
  if (call.snapshot->settings.show_losses && !call.record.losses.empty()) {
    headers.add("x-stargate-losses", losses_text(call.record.losses));
  }
}

Task<Result<void>> respond(Call& call, int status, codec::http1::Headers headers, std::string body) {
  codec::http1::ResponseHead head;
  head.status = status;
  head.headers = std::move(headers);
  add_standard_headers(call, head.headers);
  call.record.status = status;
  auto sent = co_await call.down.respond(std::move(head), std::move(body));
  co_return sent;
}

Task<Result<void>> respond_json(Call& call, int status, std::string body) {
  codec::http1::Headers headers;
  headers.add("content-type", "application/json");
  auto sent = co_await respond(call, status, std::move(headers), std::move(body));
  co_return sent;
}

Task<Result<void>> respond_fixed(Call& call, std::string_view json) {
  std::string body(json);
  auto sent = co_await respond_json(call, 200, std::move(body));
  co_return sent;
}

Task<void> refuse(Call& call, Error error) {
  if (call.down.client_gone()) {
    note_error(call, error);
    if (call.record.status == 0) call.record.status = base::http_status(ErrorCode::kCancelled);
    co_return;
  }
  if (error.code == ErrorCode::kCancelled) {  // the client is there: the shutdown's patience is over
    error = base::client_error(ErrorCode::kUnavailable, "The gateway is shutting down; try again.").error();
  }
  note_error(call, error);
  if (!call.down.started()) {
    llm::RenderedError rendered = llm::render_error(call.route.dialect, error, call.id());
    if (!call.allow.empty()) rendered.headers.add("allow", std::string(call.allow));
    [[maybe_unused]] auto sent =
        co_await respond(call, rendered.status, std::move(rendered.headers), std::move(rendered.body));
    co_return;
  }
  if (!call.stream || !call.reply) co_return;
  std::string event;
  call.reply->fail(error, call.id(), event);
  auto sent = co_await send(call, event);
  if (sent) {
    [[maybe_unused]] auto ended = co_await end_stream(call);
  }
}

Task<Result<void>> send(Call& call, std::string_view bytes) {
  if (!call.down.started()) {
    codec::http1::ResponseHead head;
    head.headers.add("content-type", "text/event-stream; charset=utf-8");
    head.headers.add("cache-control", "no-cache");
    head.headers.add("x-accel-buffering", "no");  // nginx in front of us must not hold events back
    add_standard_headers(call, head.headers);
    call.record.status = head.status;
    auto begun = co_await call.down.begin(std::move(head));
    if (!begun) co_return begun;
  }
  const std::array<std::string_view, 1> pieces = {bytes};
  auto sent = co_await call.down.write(std::span<const std::string_view>(pieces));
  call.last_sent = call.env().now();
  co_return sent;
}

Task<Result<void>> end_stream(Call& call) {
  auto ended = co_await call.down.end();
  co_return ended;
}

Duration patience(const Call& call) {
  if (!call.stream) return kUnhurried;
  const Duration silent = call.env().now() - call.last_sent;
  return std::max(Duration::zero(), call.snapshot->settings.ping_interval - silent);
}

Task<Result<void>> sign_of_life(Call& call) {
  if (!call.stream || !call.reply || patience(call) > Duration::zero()) co_return Result<void>{};
  std::string ping;
  call.reply->ping(ping);
  auto sent = co_await send(call, ping);
  co_return sent;
}

Task<Result<void>> pause(Call& call, Duration time) {
  while (time > Duration::zero()) {
    const Duration step = std::min(time, std::max(patience(call), Duration(std::chrono::milliseconds(1))));
    const MonoTime asleep = call.env().now();
    auto slept = co_await call.env().sleep(step, call.down.cancel());
    call.upstream_wait += call.env().now() - asleep;
    if (!slept) co_return slept;
    time -= step;
    auto alive = co_await sign_of_life(call);
    if (!alive) co_return alive;
  }
  co_return Result<void>{};
}

}  // namespace stargate::gateway
