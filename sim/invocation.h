// One call of a model, from the request's bytes to what will be answered. No I/O: time and randomness are given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "codec/json.h"
#include "sim/claude.h"
#include "sim/faults.h"
#include "sim/models.h"
#include "sim/prompt_cache.h"

namespace stargate::sim {

enum class Operation : std::uint8_t { kInvoke, kInvokeStream, kConverse, kConverseStream, kCountTokens };

std::string_view name_of(Operation operation);  // "InvokeModel" ...
inline bool is_converse(Operation operation) {
  return operation == Operation::kConverse || operation == Operation::kConverseStream;
}
inline bool is_stream(Operation operation) {
  return operation == Operation::kInvokeStream || operation == Operation::kConverseStream;
}

// "/model/<id>/invoke" -> operation and the decoded model id; nothing when the path is no call of a model.
struct Call {
  Operation operation = Operation::kInvoke;
  std::string model_id;
};
std::optional<Call> read_call(std::string_view path);

struct Invocation {
  const Model* model = nullptr;
  Reply reply;
  std::optional<Fault> fault;  // of the kinds that let the reply begin
  std::optional<std::int64_t> ttft_ms;
  std::optional<std::int64_t> tokens_per_second;
};

struct InvocationContext {
  PromptCache& cache;
  FaultBook& faults;
  MonoTime now;
  std::uint64_t random = 0;
};

// Errors: what AWS answers instead (type, upstream_status, message; retry_after_s from a fault).
Result<Invocation> invoke(const Call& call, std::string_view body, InvocationContext context);

// The answer of CountTokens: {"inputTokens":N}. Errors as above.
Result<std::string> count_tokens(const Call& call, std::string_view body, InvocationContext context);

}  // namespace stargate::sim
