// Server-sent events: a stream means the same however it is cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/sse.h"

namespace {

void take(stargate::codec::sse::Reader& reader, std::string_view bytes, std::vector<std::string>& out) {
  stargate::codec::sse::Event event;
  reader.feed(bytes);
  while (reader.next(event).value()) out.push_back(std::string(event.name) + '\0' + std::string(event.data));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = data[0] % 16 + 1;
  stargate::codec::sse::Reader whole;
  stargate::codec::sse::Reader cut;
  std::vector<std::string> expected;
  std::vector<std::string> seen;
  take(whole, bytes, expected);
  for (std::size_t at = 0; at < bytes.size(); at += step) take(cut, bytes.substr(at, step), seen);
  if (seen != expected) std::abort();
  return 0;
}
