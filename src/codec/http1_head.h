// The lexical side of HTTP/1.1 heads: where a head ends, and whether its bytes are allowed. Private to this room.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "codec/http1.h"

namespace stargate::codec::http1 {

// Why a message is refused, before it is known whose fault that is.
struct Refusal {
  std::string_view why;
  bool too_large = false;
};

bool is_token(std::string_view text);        // RFC 9110 §5.6.2, not empty
bool is_field_value(std::string_view text);  // RFC 9110 §5.5: no control character but HTAB

std::string_view trimmed(std::string_view text);  // without the blanks and tabs around it

// Checks "name: value" without its CRLF; empty when it is right. Folded lines and space before the colon are not.
std::string_view field_line_flaw(std::string_view line);

// RequestParser::glimpse() of bytes that are no whole or no right head.
RequestHead glimpse_request(std::string_view bytes);

// Collects the bytes of a head until its empty line. A head that arrives in one piece is not copied; one that does not
// is held in a buffer bounded by the limits. Each line is checked when it is whole, so that a bad one is refused early.
class HeadReader {
 public:
  HeadReader(HeadLimits limits, bool skip_empty_lines) : limits_(limits), skip_empty_lines_(skip_empty_lines) {}

  // Takes a prefix of `bytes`. `head` becomes the head from start line to empty line, or stays empty while that is
  // incomplete; it is valid until the next call and as long as `bytes`.
  std::expected<std::size_t, Refusal> take(std::string_view bytes, std::string_view& head);
  void reset();

  // Keeps what take() was given when it refused it, or its head was refused, so that held() can tell of it.
  void hold(std::string_view bytes) {
    if (buffer_.empty()) buffer_.assign(bytes.substr(0, limits_.bytes_max));
  }
  [[nodiscard]] std::string_view held() const { return buffer_; }

 private:
  std::expected<std::size_t, Refusal> scan(std::string_view view);
  std::string_view line_flaw(std::string_view line);

  HeadLimits limits_;
  bool skip_empty_lines_;
  std::string buffer_;
  std::size_t scanned_ = 0;     // bytes searched for a line end
  std::size_t line_start_ = 0;  // of the line that is not whole yet
  std::size_t begin_ = 0;       // of the start line
  std::size_t lines_ = 0;
};

// How the body of a message is delimited (RFC 9112 §6).
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool keep_alive = true;
};
std::expected<Framing, Refusal> read_framing(const Headers& headers, int version_minor);

}  // namespace stargate::codec::http1
