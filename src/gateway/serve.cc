// The way of a request, from its head to its record.
#include <fmt/format.h>

#include <exception>
#include <utility>

#include "gateway/admit.h"
#include "gateway/answer.h"
#include "gateway/gateway.h"
#include "gateway/inspect.h"
#include "gateway/models.h"
#include "gateway/plan.h"
#include "gateway/relay.h"
#include "gateway/request_id.h"
#include "gateway/settle.h"

namespace stargate::gateway {

namespace {

constexpr std::size_t kTelemetryBytesMax = std::size_t{256} * 1024;  // nobody has shown a key for these

constexpr std::string_view kReadyJson =
    R"({"status":"healthy","db":"Not connected","cache":null,"litellm_version":"stargate-)" STARGATE_VERSION R"("})";

Error unknown_path(const Call& call) {
  const std::string_view path = call.head().path();
  if (path.starts_with("/v1/v1/") || path.starts_with("/anthropic/v1/v1/")) {
    return base::client_error(ErrorCode::kNotFound,
                              "The base URL already ends in /v1 and the client adds another: "
                              "remove /v1 from the base URL.")
        .error();
  }
  return base::client_error(ErrorCode::kNotFound, fmt::format("No such path: {} {}", call.head().method, path)).error();
}

}  // namespace

Task<void> Gateway::serve(ports::Downstream& downstream) {
  Call call(services_, snapshot_, downstream);
  open(call);
  Result<void> answered;
  try {
    answered = co_await answer(call);
  } catch (const std::exception& thrown) {  // none should come this far: a fault of ours, told without detail
    answered = base::fail(ErrorCode::kInternal, thrown.what());
  }
  if (!answered) co_await refuse(call, std::move(answered.error()));
  settle(call);
}

void Gateway::open(Call& call) const {
  const codec::http1::Headers& headers = call.head().headers;
  call.began = call.last_sent = call.env().now();
  call.record.request_id = new_request_id(call.env());
  call.call_id = call_id_for(headers.get("x-litellm-call-id"), call.env());
  call.record.method = call.head().method;
  call.record.peer = std::string(call.down.peer());
  const std::string_view session = headers.get("x-claude-code-session-id");
  const std::string_view agent = headers.get("x-claude-code-agent-id");
  if (plausible_id(session)) call.record.session_id = std::string(session);
  if (plausible_id(agent)) call.record.agent_id = std::string(agent);
}

Task<Result<void>> Gateway::answer(Call& call) {
  const bool speaks_anthropic = call.head().headers.has("anthropic-version");
  RouteMatch match = find_route(call.head().method, call.head().path(), speaks_anthropic);
  call.route.dialect = match.dialect;
  if (call.head().method == "OPTIONS") co_return co_await preflight(call);
  if (!match.route && match.allow.empty()) co_return std::unexpected(unknown_path(call));
  if (!match.route) {
    call.allow = match.allow;
    co_return base::client_error(ErrorCode::kMethodNotAllowed,
                                 fmt::format("{} is not allowed here; use {}", call.head().method, match.allow));
  }
  call.route = std::move(*match.route);
  call.record.route = std::string(call.route.pattern);
  if (call.route.needs_key) {
    auto principal = admit(call.catalog(), call.head().headers);
    if (!principal) co_return std::unexpected(std::move(principal.error()));
    call.principal = std::move(*principal);
  }
  switch (call.route.endpoint) {
    case Endpoint::kInference: co_return co_await infer(call);
    case Endpoint::kCountTokens: co_return co_await count_tokens(call);
    case Endpoint::kModels: co_return co_await list_models(call);
    case Endpoint::kModel: co_return co_await show_model(call);
    case Endpoint::kHealth: co_return co_await health_.answer(call, experience_);
    case Endpoint::kLiveness: co_return co_await respond_fixed(call, "\"I'm alive!\"");
    case Endpoint::kReadiness:
      if (draining_) co_return base::fail(ErrorCode::kUnavailable, "The gateway is shutting down.");
      co_return co_await respond_fixed(call, kReadyJson);
    case Endpoint::kHello: co_return co_await respond_fixed(call, R"({"status":"ok","service":"stargate"})");
    case Endpoint::kEventSink: {
      auto body = co_await call.down.read_body(kTelemetryBytesMax);
      if (!body) co_return std::unexpected(std::move(body.error()));
      co_return co_await respond_fixed(call, R"({"status":"ok"})");
    }
  }
  co_return std::unexpected(unknown_path(call));
}

Task<Result<void>> Gateway::infer(Call& call) {
  auto inspected = co_await inspect(call);
  if (!inspected) co_return std::unexpected(std::move(inspected.error()));
  note_facts(call, **inspected);
  auto candidates = plan(call, (*inspected)->facts);
  if (!candidates) co_return std::unexpected(std::move(candidates.error()));
  auto fetched = co_await fetch_files(call, **inspected);
  if (!fetched) co_return fetched;
  auto live = co_await exchange(call, **inspected, *candidates, experience_);
  if (!live) co_return std::unexpected(std::move(live.error()));
  inspected->reset();  // an open stream must not hold its request
  auto relayed = co_await relay(call, std::move(*live));
  co_return relayed;
}

Task<Result<void>> Gateway::preflight(Call& call) {
  codec::http1::Headers headers;
  headers.add("access-control-allow-origin", "*");
  headers.add("access-control-allow-methods", "GET, POST, HEAD, OPTIONS");
  const std::string_view asked = call.head().headers.get("access-control-request-headers");
  headers.add("access-control-allow-headers", asked.empty() ? "*" : std::string(asked));
  headers.add("access-control-max-age", "600");
  std::string empty;
  auto sent = co_await respond(call, 204, std::move(headers), std::move(empty));
  co_return sent;
}

void Gateway::set_snapshot(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  experience_.learned.clear();  // the capability table may say more now
}

}  // namespace stargate::gateway
