#include "gateway/exchange.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "gateway/answer.h"
#include "gateway/heal.h"
#include "gateway/plan.h"
#include "gateway/prepare.h"

namespace stargate::gateway {

namespace {

using std::chrono::seconds;

constexpr Duration kRetryAfterMax = seconds(60);
constexpr std::size_t kRefusalBytesMax = 64 * 1024;

llm::ReplyOptions reply_options(const Call& call, const llm::Facts& facts, const llm::Prepared& prepared) {
  llm::ReplyOptions options = first_options(call, facts);
  options.tool_names = prepared.tool_names;
  options.json_tool = prepared.json_tool;
  return options;
}

// Reads until the first event has passed through the reply.
Task<Result<void>> first_event(Call& call, Live& live) {
  for (;;) {
    std::string_view payload;
    auto ready = live.frames.next(payload);
    if (!ready) co_return std::unexpected(std::move(ready.error()));
    if (*ready) co_return call.reply->on_event(payload, call.out);
    const MonoTime asked = call.env().now();
    auto bytes = co_await live.exchange->read_some(patience(call));
    call.upstream_wait += call.env().now() - asked;
    if (!bytes) co_return std::unexpected(std::move(bytes.error()));
    if (!*bytes) {
      auto alive = co_await sign_of_life(call);
      if (!alive) co_return alive;
      continue;
    }
    if ((*bytes)->empty()) {
      co_return base::upstream_error(ErrorCode::kBadGateway, "Bedrock ended the answer before it began", Retry::kYes);
    }
    live.frames.feed(**bytes);
  }
}

// One try at one deployment, from prepared bytes to the first event.
Task<Result<Live>> attempt(Call& call, ports::UpstreamRequest request, std::string& date) {
  const MonoTime asked = call.env().now();
  auto started = co_await call.services.upstream->start(std::move(request), call.down.cancel());
  call.upstream_wait += call.env().now() - asked;
  if (!started) co_return std::unexpected(std::move(started.error()));
  Live live;
  live.exchange = std::move(*started);
  auto there = co_await await_head(call, *live.exchange);
  if (!there) co_return std::unexpected(std::move(there.error()));
  if (live.exchange->head().status != 200) {
    date = std::string(live.exchange->head().headers.get("date"));
    auto refusal = co_await read_refusal(call, *live.exchange);
    if (!refusal) co_return std::unexpected(std::move(refusal.error()));
    co_return std::unexpected(std::move(*refusal));
  }
  auto begun = co_await first_event(call, live);
  if (!begun) co_return std::unexpected(std::move(begun.error()));
  co_return live;
}

// Another deployment may answer where this one will not: its region, account or capacity differ. Not after a silence or
// a cut of unknown cause: the upstream may have worked on the request, and AWS bills each that does.
bool worth_another_deployment(const Error& error) {
  if (error.retry == Retry::kYes) return true;
  if (error.code == ErrorCode::kUnavailable) return true;
  return error.upstream_status != 0 && (error.code == ErrorCode::kForbidden || error.code == ErrorCode::kNotFound ||
                                        error.code == ErrorCode::kOverloaded || error.code == ErrorCode::kBadGateway);
}

void note_attempt(Call& call, const policy::Deployment& deployment, MonoTime began, const Error* error) {
  ports::AttemptRecord record;
  record.deployment_id = deployment.id;
  record.took = call.env().now() - began;
  if (error != nullptr) {
    record.outcome = error->type.empty() ? std::string(base::name_of(error->code)) : error->type;
    record.upstream_status = error->upstream_status;
  } else {
    record.outcome = "ok";
    record.upstream_status = 200;
  }
  call.record.attempts.push_back(std::move(record));
}

}  // namespace

Duration backoff(const Settings& settings, int n, const Error& error, std::uint64_t random) {
  constexpr int kDoublingsMax = 20;
  if (error.retry_after_s > 0) return std::min(Duration(seconds(error.retry_after_s)), kRetryAfterMax);
  const Duration whole =
      std::min(settings.retry_wait_first * (1 << std::min(n, kDoublingsMax)), settings.retry_wait_max);
  const Duration half = whole / 2;
  return half + Duration(half.count() > 0 ? random % static_cast<std::uint64_t>(half.count()) : 0);
}

Task<Result<void>> await_head(Call& call, ports::UpstreamExchange& exchange) {
  for (;;) {
    const MonoTime asked = call.env().now();
    auto there = co_await exchange.wait_head(patience(call));
    call.upstream_wait += call.env().now() - asked;
    if (!there) co_return std::unexpected(std::move(there.error()));
    if (*there) co_return Result<void>{};
    auto alive = co_await sign_of_life(call);
    if (!alive) co_return alive;
  }
}

Task<Result<Error>> read_refusal(Call& call, ports::UpstreamExchange& exchange) {
  std::string body;
  for (;;) {
    auto bytes = co_await exchange.read_some(patience(call));
    if (!bytes && bytes.error().code == ErrorCode::kCancelled) co_return std::unexpected(std::move(bytes.error()));
    if (!bytes) break;  // the status says enough
    if (!*bytes) {
      auto alive = co_await sign_of_life(call);
      if (!alive) co_return std::unexpected(std::move(alive.error()));
      continue;
    }
    if ((*bytes)->empty() || body.size() + (*bytes)->size() > kRefusalBytesMax) break;
    body.append(**bytes);
  }
  co_return llm::read_upstream_error(exchange.head(), body);
}

Task<Result<std::shared_ptr<const aws::SigningIdentity>>> identity_for(Call& call,
                                                                       const policy::Deployment& deployment) {
  const auto found = call.snapshot->credentials.find(deployment.credentials_key);
  if (found == call.snapshot->credentials.end()) {
    co_return base::fail(ErrorCode::kInternal, "the deployment has no credential source");
  }
  Result<std::shared_ptr<const aws::SigningIdentity>> identity;
  for (;;) {
    const MonoTime asked = call.env().now();
    identity = co_await found->second->get(patience(call), call.down.cancel());
    call.upstream_wait += call.env().now() - asked;
    if (!identity || *identity) break;
    auto alive = co_await sign_of_life(call);
    if (!alive) co_return std::unexpected(std::move(alive.error()));
  }
  if (identity || identity.error().code == ErrorCode::kCancelled) co_return identity;
  // What the chain says names roles, profiles and files: that is for the operator's log, not for a client.
  call.services.log->error(
      "credentials.unavailable",
      {{"request_id", call.id()}, {"deployment", deployment.id}, {"reason", identity.error().message}});
  Failure unavailable = base::client_error(
      ErrorCode::kUnavailable, identity.error().code == ErrorCode::kNotConfigured
                                   ? "This gateway has no AWS credentials. Its operator must configure them."
                                   : "This gateway could not obtain its AWS credentials.");
  co_return unavailable;
}

Task<Result<Live>> exchange(Call& call, const Inspected& inspected,
                            const std::vector<const policy::Deployment*>& candidates, Experience& experience) {
  const int group = static_cast<int>(candidates.size());
  const int tries_max = std::max(candidates.front()->max_retries + 1, group);
  Healing healing(call, experience);
  for (int n = 0;;) {
    const policy::Deployment& deployment = *candidates[static_cast<std::size_t>(n % group)];
    call.deployment = &deployment;
    call.record.deployment_id = deployment.id;
    auto prepared = llm::prepare(call.route.dialect, inspected.document, inspected.facts, inspected.headers,
                                 target_of(deployment), inspected.files, healing.lesson(deployment.upstream_model));
    if (!prepared) co_return std::unexpected(std::move(prepared.error()));
    call.record.losses = prepared->losses;
    call.reply = llm::make_reply(reply_options(call, inspected.facts, *prepared));
    call.out.clear();

    const MonoTime began = call.env().now();
    std::string date;
    auto identity = co_await identity_for(call, deployment);
    Result<Live> live = std::unexpected(Error{});
    const Duration offset = experience.clock_offset;
    if (identity) {
      ports::UpstreamRequest request =
          sign_request(deployment, *prepared, **identity, signing_time(call.env().wall(), offset));
      live = co_await attempt(call, std::move(request), date);
    } else {
      live = std::unexpected(std::move(identity.error()));
    }
    note_attempt(call, deployment, began, live ? nullptr : &live.error());
    if (live) {
      call.record.first_event_after = call.env().now() - call.began;
      healing.keep(deployment.upstream_model);
      co_return live;
    }
    const Error& error = live.error();
    if (error.code == ErrorCode::kCancelled) co_return live;
    if (healing.heal({deployment, *prepared, identity ? identity->get() : nullptr, error, date, offset})) continue;
    ++n;
    if (n < group && worth_another_deployment(error)) continue;
    if (error.retry != Retry::kYes || n >= tries_max) co_return live;
    const Duration wait = backoff(call.snapshot->settings, n - group, error, call.env().random());
    auto waited = co_await pause(call, wait);
    if (!waited) co_return std::unexpected(std::move(waited.error()));
  }
}

}  // namespace stargate::gateway
