#include "sim/invocation.h"

#include <array>
#include <utility>

#include "codec/hash.h"
#include "codec/uri.h"
#include "sim/converse.h"
#include "sim/refusals.h"
#include "sim/thinking.h"

namespace stargate::sim {
namespace {

using codec::json::Document;
using codec::json::Value;

constexpr std::string_view kMalformed = "Malformed input request, please reformat your input and try again.";
constexpr std::string_view kModelErrors = "The model returned the following errors: ";

struct PathEnd {
  std::string_view text;
  Operation operation;
};
constexpr std::array kPathEnds = {
    PathEnd{"/invoke", Operation::kInvoke},
    PathEnd{"/invoke-with-response-stream", Operation::kInvokeStream},
    PathEnd{"/converse", Operation::kConverse},
    PathEnd{"/converse-stream", Operation::kConverseStream},
    PathEnd{"/count-tokens", Operation::kCountTokens},
};

base::Failure fault_failure(const Fault& fault) {
  base::Failure failure = aws_failure(fault.status, fault.type, fault.message);
  failure.error().retry_after_s = fault.retry_after_s;
  return failure;
}

Result<const Model*> callable_model(const Call& call) {
  const auto resolved = resolve(call.model_id);
  if (!resolved) return std::unexpected(resolved.error());
  if (resolved->bare && !resolved->model->on_demand) {
    return validation(
        "Invocation of model ID " + call.model_id +
        " with on-demand throughput isn\xE2\x80\x99t supported. Retry your request with the ID or ARN of an "
        "inference profile that contains this model.");
  }
  return resolved->model;
}

// Text that the request asks for in another language is put into Anthropic's first.
Result<Document> messages_body(const Call& call, std::string_view body) {
  auto document = Document::parse_copy(body);
  if (!document || !document->root().is_object()) return validation(std::string(kMalformed));
  if (!is_converse(call.operation)) return document;
  auto text = messages_from_converse(document->root());
  if (!text) return std::unexpected(std::move(text.error()));
  return Document::parse_copy(*text);
}

bool drops_foreign_thinking(Value body) {
  const auto thinking = body.find("thinking");
  const auto binding = thinking ? thinking->find("block_binding") : std::nullopt;
  return binding && binding->text_at("prefix_mismatch_behavior") == "drop_block" &&
         has_beta(body, "thinking-binding-controls-");
}

Result<void> refuse_all(const Model& model, Value body, const Prompt& prompt) {
  if (auto fine = refuse(model, body, prompt); !fine) return fine;
  return verify_thinking(model, prompt, drops_foreign_thinking(body));
}

}  // namespace

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::kInvoke: return "InvokeModel";
    case Operation::kInvokeStream: return "InvokeModelWithResponseStream";
    case Operation::kConverse: return "Converse";
    case Operation::kConverseStream: return "ConverseStream";
    case Operation::kCountTokens: return "CountTokens";
  }
  return "";
}

std::optional<Call> read_call(std::string_view path) {
  constexpr std::string_view kStart = "/model/";
  if (!path.starts_with(kStart)) return std::nullopt;
  path.remove_prefix(kStart.size());
  for (const PathEnd& end : kPathEnds) {
    if (!path.ends_with(end.text)) continue;
    const std::string_view id = path.substr(0, path.size() - end.text.size());
    if (id.empty() || id.find('/') != std::string_view::npos) return std::nullopt;
    return Call{.operation = end.operation, .model_id = codec::percent_decode(id)};
  }
  return std::nullopt;
}

Result<Invocation> invoke(const Call& call, std::string_view body, InvocationContext context) {
  const auto fault = context.faults.pick(
      {.model = call.model_id, .operation = name_of(call.operation), .body = body, .random = context.random});
  if (fault && fault->kind == FaultKind::kStatus) return fault_failure(*fault);
  const auto model = callable_model(call);
  if (!model) return std::unexpected(model.error());
  const auto document = messages_body(call, body);
  if (!document) return std::unexpected(document.error());
  const Prompt prompt = read_prompt(document->root());
  const Directives directives = directives_of(prompt);
  Invocation invocation{.model = *model,
                        .reply = {},
                        .fault = fault,
                        .ttft_ms = directives.ttft_ms,
                        .tokens_per_second = directives.tokens_per_second};
  for (const FaultDirective& wanted : directives.faults) {
    if (!context.faults.take_directive(wanted.text, wanted.fault)) continue;
    if (wanted.fault.kind == FaultKind::kStatus) return fault_failure(wanted.fault);
    invocation.fault = wanted.fault;
  }
  if (auto fine = refuse_all(**model, document->root(), prompt); !fine) {
    if (is_converse(call.operation)) fine.error().message.insert(0, kModelErrors);
    return std::unexpected(std::move(fine.error()));
  }
  invocation.reply = answer(**model, prompt, document->root(), directives);
  const llm::Usage input = context.cache.charge(**model, prompt, context.now);
  llm::Usage& usage = invocation.reply.usage;
  usage = {.input_tokens = input.input_tokens,
           .output_tokens = usage.output_tokens,
           .cache_read_tokens = input.cache_read_tokens,
           .cache_write_tokens = input.cache_write_tokens,
           .cache_write_5m_tokens = input.cache_write_5m_tokens,
           .cache_write_1h_tokens = input.cache_write_1h_tokens,
           .reasoning_tokens = usage.reasoning_tokens,
           .seen = true};
  return invocation;
}

Result<std::string> count_tokens(const Call& call, std::string_view body, InvocationContext context) {
  const auto fault = context.faults.pick(
      {.model = call.model_id, .operation = name_of(call.operation), .body = body, .random = context.random});
  if (fault && fault->kind == FaultKind::kStatus) return fault_failure(*fault);
  const auto resolved = resolve(call.model_id);
  if (!resolved) return std::unexpected(resolved.error());
  if (!resolved->bare || !resolved->model->count_tokens) {
    return validation("The provided model doesn't support counting tokens.");
  }
  const auto document = Document::parse_copy(body);
  if (!document) return validation(std::string(kMalformed));
  const auto input = document->root().find("input");
  const auto converse = input ? input->find("converse") : std::nullopt;
  const auto native = input ? input->find("invokeModel") : std::nullopt;
  std::string text;
  if (converse) {
    auto messages = messages_from_converse(*converse);
    if (!messages) return std::unexpected(std::move(messages.error()));
    text = std::move(*messages);
  } else if (native) {
    const auto decoded = codec::base64_decode(native->text_at("body"));
    if (!decoded) return validation(std::string(kMalformed));
    text = *decoded;
  } else {
    return validation("Value at 'input' failed to satisfy constraint: Member must not be null");
  }
  const auto messages = Document::parse_copy(text);
  if (!messages || !messages->root().is_object()) return validation(std::string(kMalformed));
  const Prompt prompt = read_prompt(messages->root());
  if (auto fine = refuse(*resolved->model, messages->root(), prompt); !fine) return std::unexpected(fine.error());
  return "{\"inputTokens\":" + std::to_string(prompt.tokens) + "}";
}

}  // namespace stargate::sim
