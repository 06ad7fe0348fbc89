// POST /v1/messages/count_tokens: Bedrock's CountTokens where the model has it; otherwise 501, or an estimate that is
// marked as one when the configuration allows estimates. Never billed, never held to request limits.
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "gateway/answer.h"
#include "gateway/gateway.h"
#include "gateway/heal.h"
#include "gateway/inspect.h"
#include "gateway/plan.h"
#include "gateway/prepare.h"

namespace stargate::gateway {

namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

Error no_count(const std::string& model) {
  return base::client_error(ErrorCode::kNotImplemented,
                            fmt::format("Bedrock has no token count for {}; the gateway does not estimate unless "
                                        "stargate.count_tokens_estimates is set.",
                                        model))
      .error();
}

Task<Result<void>> answer_estimate(Call& call, const Inspected& inspected) {
  codec::http1::Headers headers;
  headers.add("content-type", "application/json");
  headers.add("x-stargate-estimated", "true");
  std::string body = fmt::format("{{\"input_tokens\":{}}}", inspected.facts.input_tokens_estimate);
  auto sent = co_await respond(call, 200, std::move(headers), std::move(body));
  co_return sent;
}

// CountTokens wants the bare id of a foundation model: an opaque ARN, or a right that is missing for this operation
// alone, says nothing about inference.
bool does_not_count(const Error& error) {
  return error.message.find("doesn't support counting tokens") != std::string::npos ||
         error.message.find("provided model identifier is invalid") != std::string::npos ||
         error.type == "AccessDeniedException";
}

// Asks once. The count in Anthropic's form, or the refusal with its Date field in `date`.
Task<Result<std::string>> ask_for_count(Call& call, ports::UpstreamRequest request, std::string& date) {
  const MonoTime asked = call.env().now();
  auto answer =
      co_await ports::fetch_whole(*call.services.upstream, std::move(request), kAnswerBytesMax, call.down.cancel());
  call.upstream_wait += call.env().now() - asked;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->head.status != 200) {
    date = std::string(answer->head.headers.get("date"));
    co_return std::unexpected(llm::read_upstream_error(answer->head, answer->body));
  }
  co_return llm::count_tokens_reply(answer->body);
}

}  // namespace

Task<Result<void>> Gateway::count_upstream(Call& call, const Inspected& inspected,
                                           const policy::Deployment& deployment) {
  call.record.deployment_id = deployment.id;
  Healing healing(call, experience_, "count:");
  for (;;) {
    auto prepared = llm::prepare_count_tokens(inspected.document, inspected.headers, target_of(deployment),
                                              inspected.files, healing.lesson(deployment.upstream_model));
    if (!prepared) co_return std::unexpected(std::move(prepared.error()));
    call.record.losses = prepared->losses;
    auto identity = co_await identity_for(call, deployment);
    if (!identity) co_return std::unexpected(std::move(identity.error()));
    const Duration offset = experience_.clock_offset;
    ports::UpstreamRequest request =
        sign_request(deployment, *prepared, **identity, signing_time(call.env().wall(), offset));
    std::string date;
    auto counted = co_await ask_for_count(call, std::move(request), date);
    if (counted) {
      healing.keep(deployment.upstream_model);
      auto responded = co_await respond_json(call, 200, std::move(*counted));
      co_return responded;
    }
    const Error& error = counted.error();
    const bool healed = error.code != ErrorCode::kCancelled &&
                        healing.heal({deployment, *prepared, identity->get(), error, date, offset});
    if (!healed) co_return std::unexpected(std::move(counted.error()));
  }
}

Task<Result<void>> Gateway::count_tokens(Call& call) {
  auto inspected = co_await inspect(call);
  if (!inspected) co_return std::unexpected(std::move(inspected.error()));
  note_facts(call, **inspected);
  call.stream = false;
  auto candidates = plan(call, (*inspected)->facts);
  if (!candidates) co_return std::unexpected(std::move(candidates.error()));
  for (const policy::Deployment* deployment : *candidates) {
    if (deployment->capabilities == nullptr || !deployment->capabilities->count_tokens) continue;
    auto fetched = co_await fetch_files(call, **inspected);
    if (!fetched) co_return fetched;
    auto counted = co_await count_upstream(call, **inspected, *deployment);
    if (counted || call.down.started() || !does_not_count(counted.error())) co_return counted;
  }
  if (!call.catalog().allow_token_estimates) co_return std::unexpected(no_count((*inspected)->facts.model));
  auto estimated = co_await answer_estimate(call, **inspected);
  co_return estimated;
}

}  // namespace stargate::gateway
