// A client's Messages body: facts, and the request that is made of it for an old and a new model.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace {

using stargate::codec::json::Document;
namespace llm = stargate::llm;

const llm::binding::CapabilityTable& table() {
  static const auto kTable = *llm::binding::CapabilityTable::parse(R"({"models":{
    "anthropic.old":{"betas":{"a-*":"pass","b-1":{"rename":"a-1"}},"paired":{"a-1":["tools[].x","context_management"]},
      "fields":{"**.cache_control.scope":"strip","speed":"strip","**.z":"strip"},"tool_types":{"gone_*":"strip"},
      "cache_ttl":false,"temperature_and_top_p":false,"sanitize_user_id":true},
    "anthropic.new":{"system_role":"pass","thinking_adaptive":true,"thinking_enabled":false,"effort":true,
      "temperature":false,"tool_types":{"web_*":{"refuse":"no"}}}}})");
  return kTable;
}

// Lessons chosen by `bits`, which the input gives.
llm::Learned lessons(std::uint32_t bits) {
  llm::Learned learned;
  const auto bit = [&bits] { return (std::exchange(bits, bits >> 1) & 1U) != 0; };
  for (const char* field :
       {"tools[].x", "thinking.display", "output_config.effort", "**.cache_control.ttl", "context_management"}) {
    if (bit()) learned.fields.insert(field);
  }
  if (bit()) learned.betas.insert("a-1");
  if (bit()) learned.betas_once.insert("c-1");
  learned.fold_system_role = bit();
  learned.one_of_temperature_and_top_p = bit();
  return learned;
}

// A checksum, so that every byte of the body may change the lessons.
std::uint32_t bits_of(std::string_view text) {
  std::uint32_t sum = 0;
  for (const char byte : text) sum = sum * 31 + static_cast<std::uint8_t>(byte);
  return sum ^ (sum >> 16);
}

void check(const Document& body, const llm::Facts& facts, const char* model) {
  llm::Target target;
  target.upstream_model = model;
  target.capabilities = &table().find(model);
  target.max_output_tokens = 4096;
  llm::Files files;
  for (const std::string& url : facts.urls) files[url] = {"image/png", "iVBORw0KGgo="};
  const llm::ClientHeaders headers{"a-1, b-1,c-1", "2023-06-01"};
  const auto prepared = llm::prepare(llm::Dialect::kAnthropicMessages, body, facts, headers, target, files,
                                     lessons(bits_of(body.text())));
  if (!prepared) return;
  std::string out;
  for (const std::string_view piece : prepared->pieces) out += piece;
  const auto made = Document::parse_copy(out);
  // What goes upstream is JSON again, names its version once, and neither model nor stream.
  if (!made || made->root().text_at("anthropic_version") != "bedrock-2023-05-31") std::abort();
  if (made->root().find("model") || made->root().find("stream") || made->root().find("betas")) std::abort();
  if (!made->root().find("max_tokens") || !made->root().find("messages")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = Document::parse_copy(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!body) return 0;
  const auto facts = llm::read_facts(llm::Dialect::kAnthropicMessages, *body);
  if (!facts) return 0;
  check(*body, *facts, "us.anthropic.old");
  check(*body, *facts, "us.anthropic.new");
  return 0;
}
