#include "codec/http1_body.h"

#include <algorithm>
#include <charconv>

#include "codec/json_scan.h"

namespace stargate::codec::http1 {

void BodyReader::start(State state, std::uint64_t bytes) {
  state_ = state;
  remaining_ = bytes;
  digits_ = extension_bytes_ = extensions_bytes_ = trailer_bytes_ = trailers_ = 0;
  line_.clear();
}

std::string_view BodyReader::take_run(std::string_view bytes) {
  if (state_ == State::kUntilClose) return bytes;
  const std::string_view run =
      bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size())));
  remaining_ -= run.size();
  if (remaining_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kDataCr;
  return run;
}

std::expected<std::size_t, Refusal> BodyReader::next(std::string_view bytes, std::string_view& piece) {
  piece = {};
  std::size_t at = 0;
  while (at < bytes.size() && !done()) {
    if (in_data()) {
      if (!piece.empty()) break;
      piece = take_run(bytes.substr(at));
      at += piece.size();
      continue;
    }
    if (const std::size_t line = plain_size_line(bytes.substr(at)); line > 0) {
      at += line;
      continue;
    }
    const std::string_view why = framing_byte(bytes[at]);
    if (!why.empty()) return std::unexpected(Refusal{why, false});
    ++at;
  }
  return at;
}

// Takes a chunk's whole size line when it is there and has no extension, with the line end of the chunk before it: how
// nearly every chunk begins. Returns its length; 0 (and nothing is changed) for all else, which goes byte by byte.
std::size_t BodyReader::plain_size_line(std::string_view bytes) {
  constexpr std::string_view kLineEnd = "\r\n";
  std::size_t at = 0;
  if (state_ == State::kDataCr && bytes.starts_with(kLineEnd)) {
    at = kLineEnd.size();
  } else if (state_ != State::kSize || digits_ != 0) {
    return 0;
  }
  const char* const first = bytes.data() + at;
  const char* const last = bytes.data() + std::min(bytes.size(), at + kChunkSizeDigitsMax);
  std::uint64_t size = 0;
  const auto read = std::from_chars(first, last, size, 16);
  if (read.ec != std::errc{} || size == 0) return 0;
  at = static_cast<std::size_t>(read.ptr - bytes.data());
  if (!bytes.substr(at).starts_with(kLineEnd)) return 0;
  remaining_ = size;
  state_ = State::kData;
  digits_ = extension_bytes_ = 0;
  return at + kLineEnd.size();
}

std::string_view BodyReader::framing_byte(char c) {
  switch (state_) {
    case State::kSize: return size_byte(c);
    case State::kExtension: return extension_byte(c);
    case State::kTrailer: return trailer_byte(c);
    case State::kSizeLf:
      if (c != '\n') return "a bad chunk size line";
      state_ = remaining_ == 0 ? State::kTrailer : State::kData;
      digits_ = extension_bytes_ = 0;
      return {};
    case State::kDataCr:
      if (c != '\r') return "a chunk longer than its size";
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (c != '\n') return "a bad chunk end";
      state_ = State::kSize;
      return {};
    case State::kDone:
    case State::kLength:
    case State::kUntilClose:
    case State::kData: break;
  }
  return "a bad body state";
}

std::string_view BodyReader::size_byte(char c) {
  const int digit = json::hex_digit(c);
  if (digit >= 0) {
    if (++digits_ > kChunkSizeDigitsMax) return "a chunk size that is too long";
    remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
    return {};
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return "a bad chunk size";
  state_ = c == '\r' ? State::kSizeLf : State::kExtension;
  return {};
}

std::string_view BodyReader::extension_byte(char c) {
  if (c == '\r') {
    state_ = State::kSizeLf;
    return {};
  }
  if (!is_field_value({&c, 1})) return "a control character in a chunk extension";
  if (++extension_bytes_ > kChunkExtensionBytesMax || ++extensions_bytes_ > kChunkExtensionsBytesMax) {
    return "too long chunk extensions";
  }
  return {};
}

std::string_view BodyReader::trailer_byte(char c) {
  if (++trailer_bytes_ > limits_.bytes_max) return "too long trailers";
  if (c != '\n') {
    line_.push_back(c);
    return {};
  }
  if (!line_.ends_with('\r')) return "a line feed without carriage return";
  line_.pop_back();
  if (line_.empty()) {
    state_ = State::kDone;
    return {};
  }
  if (++trailers_ > limits_.fields_max) return "too many trailers";
  const std::string_view flaw = field_line_flaw(line_);
  line_.clear();
  return flaw;
}

}  // namespace stargate::codec::http1
