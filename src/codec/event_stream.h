// AWS event-stream framing (application/vnd.amazon.eventstream), both ways.
// total_length u32 | headers_length u32 | prelude_crc u32 | headers | payload | message_crc u32, big-endian; CRC-32
// IEEE. Source: smithy "Amazon Event Stream Specification".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace stargate::codec::event_stream {

inline constexpr std::size_t kPreludeBytes = 12;
inline constexpr std::size_t kFrameBytesMin = 16;
inline constexpr std::size_t kPayloadBytesMax = std::size_t{24} * 1024 * 1024;
inline constexpr std::size_t kHeadersBytesMax = std::size_t{128} * 1024;

struct Timestamp {
  std::int64_t ms = 0;
  bool operator==(const Timestamp&) const = default;
};
struct Uuid {
  std::string_view bytes;
  bool operator==(const Uuid&) const = default;
};  // 16 bytes
struct ByteArray {
  std::string_view bytes;
  bool operator==(const ByteArray&) const = default;
};

using HeaderValue = std::variant<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, ByteArray,
                                 std::string_view, Timestamp, Uuid>;

struct Header {
  std::string_view name;
  HeaderValue value;
};

// A decoded message: views into the decoder's buffer.
struct Message {
  std::vector<Header> headers;
  std::string_view payload;
  // The string header `name`, empty when absent or of another type.
  [[nodiscard]] std::string_view text(std::string_view name) const;
};

// Incremental decoder. Feed what arrived, then call next() until it says false. Incomplete is not an error; a bad
// length, CRC or header is (kBadGateway, "corrupt event stream: ..."), and the stream is then unusable: there is no
// resync. The prelude's CRC is checked before its length is trusted, the length is bounded before anything is buffered.
class Decoder {
 public:
  void feed(std::string_view bytes);
  // True: `message` is filled and valid until the next call of next() or feed(). False: more bytes are needed.
  Result<bool> next(Message& message);
  // True when bytes of an unfinished frame are held (a connection that ends now was cut).
  [[nodiscard]] bool mid_frame() const { return buffer_.size() > consumed_; }
  [[nodiscard]] std::size_t buffered_bytes() const { return buffer_.size() - consumed_; }
  // What the decoder holds on to: small again as soon as next() has found nothing left.
  [[nodiscard]] std::size_t held_bytes() const { return buffer_.capacity(); }

 private:
  std::string buffer_;
  std::size_t consumed_ = 0;
  bool broken_ = false;
};

// Appends one whole frame to `out`. Headers with a name of 0 or over 255 bytes are a programming error.
void append_frame(std::string& out, const std::vector<Header>& headers, std::string_view payload);

}  // namespace stargate::codec::event_stream
