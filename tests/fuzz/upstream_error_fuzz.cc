// An upstream's error body: read, learned from, and told to both kinds of client.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace llm = stargate::llm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  stargate::codec::http1::ResponseHead head;
  head.status = 400 + data[0] % 200;
  if (data[1] % 2 == 0) head.headers.add("x-amzn-ErrorType", std::string(text.substr(0, data[1])));
  const stargate::Error error = llm::read_upstream_error(head, text);
  llm::Prepared sent;
  sent.sent_betas = {"a-2025-01-01", "b-2025-01-01"};
  llm::Learned learned;
  llm::learn(error.message, sent, learned);
  llm::learn(text, sent, learned);
  if (learned.fields.size() > 64 || learned.betas.size() > 64) std::abort();
  for (const auto dialect : {llm::Dialect::kAnthropicMessages, llm::Dialect::kOpenAiChat}) {
    const auto rendered = llm::render_error(dialect, error, "req_1");
    if (rendered.status < 400 || rendered.status > 599) std::abort();
    if (rendered.body.find('\n') != std::string::npos) std::abort();
  }
  (void)llm::upstream_exception(text.substr(0, 40), text);
  return 0;
}
