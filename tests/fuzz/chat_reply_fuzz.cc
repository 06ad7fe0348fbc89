// Chat answers from foreign events, one a line: no event breaks the reply, and every `data:` line is JSON.
// The first byte chooses the options.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace {

using stargate::codec::json::Document;

void expect_json(bool stream, std::string_view out) {
  if (!stream) {
    if (!out.empty() && !Document::parse_copy(out)) std::abort();
    return;
  }
  while (!out.empty()) {
    const std::size_t end = out.find("\n\n");
    if (end == std::string_view::npos || !out.starts_with("data: ")) std::abort();
    const std::string_view data = out.substr(6, end - 6);
    if (data != "[DONE]" && !Document::parse_copy(data)) std::abort();
    out.remove_prefix(end + 2);
  }
}

void play(std::string_view events, stargate::llm::ReplyOptions options) {
  const bool stream = options.stream;
  const auto reply = stargate::llm::make_reply(std::move(options));
  std::string out;
  while (!events.empty()) {
    const std::size_t end = events.find('\n');
    std::string payload(events.substr(0, end));
    events.remove_prefix(end == std::string_view::npos ? events.size() : end + 1);
    payload.reserve(payload.size() + stargate::base::kJsonPadding);
    const auto done = reply->on_event(payload, out);
    if (!done) {
      reply->fail(done.error(), "req_fuzz", out);
      return expect_json(stream, out);
    }
  }
  (void)reply->finish(out);
  expect_json(stream, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  stargate::llm::ReplyOptions options{.dialect = stargate::llm::Dialect::kOpenAiChat,
                                      .stream = (data[0] & 1) != 0,
                                      .include_usage = (data[0] & 2) != 0,
                                      .model = "claude",
                                      .id = "chatcmpl-fuzz",
                                      .created_s = 0,
                                      .tool_names = {{"upstream_name", "client \"name\""}},
                                      .json_tool = {}};
  if ((data[0] & 4) != 0) options.json_tool = "json_tool_call";
  play({reinterpret_cast<const char*>(data + 1), size - 1}, std::move(options));
  return 0;
}
