// Delimiting HTTP/1.1 bodies (RFC 9112 §6, §7.1). Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "codec/http1_head.h"

namespace stargate::codec::http1 {

// Chunk extensions mean nothing here; without bounds they are a way to keep a parser busy for few body bytes.
inline constexpr std::size_t kChunkExtensionBytesMax = 256;
inline constexpr std::size_t kChunkExtensionsBytesMax = 16 * 1024;  // of one body
inline constexpr std::size_t kChunkSizeDigitsMax = 16;

// Cuts a body out of the bytes behind a head. Holds no body bytes, only the trailer line that is not whole yet. After a
// refusal it must not be used but for start_*().
class BodyReader {
 public:
  explicit BodyReader(HeadLimits limits) : limits_(limits) {}

  void start_empty() { start(State::kDone, 0); }
  void start_length(std::uint64_t bytes) { start(bytes == 0 ? State::kDone : State::kLength, bytes); }
  void start_chunked() { start(State::kSize, 0); }
  void start_until_close() { start(State::kUntilClose, 0); }

  // Takes a prefix of `bytes` with at most one run of body bytes in it, and returns its length. Takes nothing only when
  // `bytes` is empty or the body is whole.
  std::expected<std::size_t, Refusal> next(std::string_view bytes, std::string_view& piece);

  [[nodiscard]] std::uint64_t length_left() const { return state_ == State::kLength ? remaining_ : 0; }
  void skip_length(std::uint64_t bytes) {
    if (state_ == State::kLength) start_length(remaining_ - std::min(bytes, remaining_));
  }

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  // Bytes that are sure to belong to the body yet: its rest by Content-Length, or the rest of the present chunk.
  [[nodiscard]] std::uint64_t announced() const {
    return state_ == State::kLength || state_ == State::kData ? remaining_ : 0;
  }
  [[nodiscard]] bool until_close() const { return state_ == State::kUntilClose; }

 private:
  enum class State : std::uint8_t {
    kDone,
    kLength,
    kUntilClose,
    kSize,       // in the digits of a chunk size
    kExtension,  // behind the ';'
    kSizeLf,     // behind the carriage return of the size line
    kData,
    kDataCr,
    kDataLf,
    kTrailer,
  };
  void start(State state, std::uint64_t bytes);
  // One framing byte; the reason of a refusal, empty when it is right.
  std::string_view framing_byte(char c);
  std::size_t plain_size_line(std::string_view bytes);
  std::string_view size_byte(char c);
  std::string_view extension_byte(char c);
  std::string_view trailer_byte(char c);
  [[nodiscard]] bool in_data() const {
    return state_ == State::kLength || state_ == State::kData || state_ == State::kUntilClose;
  }
  std::string_view take_run(std::string_view bytes);

  HeadLimits limits_;
  State state_ = State::kDone;
  std::uint64_t remaining_ = 0;  // bytes of the body or chunk
  std::size_t digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t extensions_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailers_ = 0;
  std::string line_;
};

}  // namespace stargate::codec::http1
