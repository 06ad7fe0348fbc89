// HTTP/1.1 responses: an answer means the same however it is cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/http1.h"

namespace {

namespace http1 = stargate::codec::http1;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string describe(std::string_view bytes, std::size_t step, bool answer_to_head) {
  http1::ResponseParser parser({2048, 16});
  parser.reset(answer_to_head);
  std::string body;
  for (std::size_t at = 0; at < bytes.size() && !parser.body_done();) {
    const std::string_view part = bytes.substr(at, step);
    std::string_view piece;
    const auto taken = parser.head_done() ? parser.parse_body(part, piece) : parser.parse_head(part);
    if (!taken) return taken.error().message;
    require(*taken <= part.size());
    require(*taken > 0 || parser.body_done());
    require(piece.empty() || (piece.data() >= part.data() && piece.data() + piece.size() <= part.data() + *taken));
    body.append(piece);
    at += *taken;
  }
  if (!parser.head_done()) return "in head";
  require(!answer_to_head || parser.body_done());
  return std::to_string(parser.head().status) + body + (parser.body_done() ? " done" : "") +
         (parser.finish_on_close() ? " closed" : " cut");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool answer_to_head = data[0] >= 128;
  require(describe(bytes, bytes.size(), answer_to_head) == describe(bytes, data[0] % 32 + 1, answer_to_head));
  return 0;
}
