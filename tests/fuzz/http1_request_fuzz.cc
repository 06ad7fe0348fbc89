// HTTP/1.1 requests: a connection means the same however it is cut, and no accepted head is ambiguous.
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

void check(const http1::RequestHead& head) {
  require(head.target.starts_with('/') || head.target == "*");
  require(!(head.chunked && head.content_length));
  std::string framing;
  for (const http1::Header field : head.headers.fields()) {
    require(!field.name.empty());
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    if (http1::iequals(field.name, "content-length") || http1::iequals(field.name, "transfer-encoding")) {
      require(framing.empty());
      framing = field.value;
    }
  }
  require(head.chunked || head.content_length.has_value() == !framing.empty());
}

void check_glimpse(const http1::RequestHead& head) {
  require(head.target.empty() || head.target.starts_with('/'));
  for (const http1::Header& field : head.headers.fields()) {
    require(!field.name.empty());
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

std::string describe(std::string_view bytes, std::size_t step) {
  http1::RequestParser parser({2048, 16});
  std::string out;
  std::string body;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view part = bytes.substr(at, step);
    const auto taken = parser.head_done() ? parser.parse_body(part, body) : parser.parse_head(part);
    if (!taken) {
      check_glimpse(parser.glimpse());
      return out + taken.error().message;
    }
    require(*taken <= part.size());
    require(*taken > 0 || parser.body_done());
    at += *taken;
    if (!parser.body_done()) continue;
    check(parser.head());
    out += parser.head().method + parser.head().target + (parser.head().keep_alive ? "+" : "-") + body + "\n";
    body.clear();
    parser.reset();
  }
  return out + (parser.head_done() ? "in body" : "in head");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(describe(bytes, bytes.size()) == describe(bytes, data[0] % 32 + 1));
  return 0;
}
