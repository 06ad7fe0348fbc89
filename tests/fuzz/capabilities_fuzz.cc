// The capability table as JSON, and Bedrock's answer to CountTokens: both are read or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/json.h"
#include "llm/binding/capabilities.h"
#include "llm/lane/lane.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stargate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto table = llm::binding::CapabilityTable::parse(text)) {
    for (const char* model : {"us.anthropic.claude-opus-5-5", "a", ""}) (void)table->find(model);
  } else if (table.error().message.empty()) {
    std::abort();
  }
  const auto counted = llm::count_tokens_reply(text);
  if (counted && !codec::json::Document::parse_copy(*counted)) std::abort();
  return 0;
}
