// AWS event stream: a stream means the same however it is cut, and frames come back as they were written. The checksums
// are put right before decoding, so that the fuzzer reaches what lies behind them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/event_stream.h"
#include "codec/hash.h"

namespace {

namespace event_stream = stargate::codec::event_stream;

void put_crc(std::string& bytes, std::size_t from, std::size_t to) {
  const std::uint32_t crc = stargate::codec::crc32(0, std::string_view(bytes).substr(from, to - from));
  for (std::size_t i = 0; i < 4; ++i) bytes[to + i] = static_cast<char>(crc >> (24 - 8 * i));
}

void repair(std::string& bytes) {
  for (std::size_t at = 0; at + event_stream::kFrameBytesMin <= bytes.size();) {
    put_crc(bytes, at, at + 8);
    std::size_t total = 0;
    for (std::size_t i = 0; i < 4; ++i) total = total << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (total < event_stream::kFrameBytesMin || total > bytes.size() - at) return;
    put_crc(bytes, at, at + total - 4);
    at += total;
  }
}

// All frames, written anew, and how the stream ended.
std::string decode(std::string_view bytes, std::size_t step) {
  event_stream::Decoder decoder;
  event_stream::Message message;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    decoder.feed(bytes.substr(at, step));
    while (true) {
      const auto more = decoder.next(message);
      if (!more) return out + more.error().message;
      if (!*more) break;
      event_stream::append_frame(out, message.headers, message.payload);
    }
  }
  return out + (decoder.mid_frame() ? "cut" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) repair(bytes);
  const std::string whole = decode(bytes, bytes.size());
  if (decode(bytes, data[0] % 32 + 1) != whole) std::abort();
  return 0;
}
