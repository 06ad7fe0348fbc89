// Chat Completions bodies: whatever comes in, facts and prepare() answer or refuse, and what goes upstream is JSON.
// The first byte chooses the model's abilities, the last ones what was learned.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace {

constexpr std::int64_t kMaxOutputTokens = 64'000;

stargate::llm::binding::Capabilities abilities(std::uint8_t bits) {
  stargate::llm::binding::Capabilities set;
  set.thinking_adaptive = (bits & 1) != 0;
  set.thinking_enabled = (bits & 2) == 0;
  set.effort = (bits & 4) != 0;
  set.temperature = (bits & 8) == 0;
  set.temperature_and_top_p = (bits & 16) == 0;
  set.prefill = (bits & 32) == 0;
  set.structured_output = (bits & 64) != 0;
  return set;
}

// Lessons chosen by `bits`, which the input gives.
stargate::llm::Learned lessons(std::uint32_t bits) {
  stargate::llm::Learned learned;
  const auto bit = [&bits] { return (std::exchange(bits, bits >> 1) & 1U) != 0; };
  for (const char* field : {"output_config.effort", "thinking.display", "output_config", "tools[].strict"}) {
    if (bit()) learned.fields.insert(field);
  }
  if (bit()) learned.betas.insert("a-1");
  if (bit()) learned.betas_once.insert("c-1");
  learned.fold_system_role = bit();
  learned.one_of_temperature_and_top_p = bit();
  return learned;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stargate;
  if (size == 0) return 0;
  const auto set = abilities(data[0]);
  const llm::Target target{.upstream_model = "anthropic.claude-test-v1:0",
                           .capabilities = &set,
                           .max_output_tokens = kMaxOutputTokens,
                           .drop_params = (data[0] & 128) != 0,
                           .drop_fields = {},
                           .default_max_tokens = {},
                           .default_members = "{}"};
  const auto body = codec::json::Document::parse_copy({reinterpret_cast<const char*>(data + 1), size - 1});
  if (!body) return 0;
  const auto facts = llm::read_facts(llm::Dialect::kOpenAiChat, *body);
  if (!facts) return 0;
  llm::Files files;
  for (const std::string& url : facts->urls) files[url] = {"image/png", "iVBORw0KGgo="};
  const auto prepared = llm::prepare(llm::Dialect::kOpenAiChat, *body, *facts, {}, target, files,
                                     lessons(static_cast<std::uint32_t>(size) ^ data[size / 2]));
  if (!prepared) return 0;
  std::string upstream;
  for (const std::string_view piece : prepared->pieces) upstream.append(piece);
  if (!codec::json::Document::parse_copy(upstream)) std::abort();
  return 0;
}
