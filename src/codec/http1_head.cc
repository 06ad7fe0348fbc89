#include "codec/http1_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stargate::codec::http1 {
namespace {

constexpr std::size_t kBufferBytesKept = 4096;
constexpr std::uint8_t kTokenByte = 1;
constexpr std::uint8_t kValueByte = 2;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0x20; c < 256; ++c) classes[c] = c == 0x7F ? 0 : kValueByte;
  classes['\t'] = kValueByte;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) {
    classes[static_cast<unsigned char>(c)] |= kTokenByte;
  }
  return classes;
}
constexpr auto kClasses = make_classes();

// First byte at or behind `from` that is not of the class.
std::size_t skip_class(std::string_view text, std::size_t from, std::uint8_t wanted) {
  while (from < text.size() && (kClasses[static_cast<unsigned char>(text[from])] & wanted) != 0) ++from;
  return from;
}

bool lists_token(std::string_view list, std::string_view wanted) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (iequals(trimmed(list.substr(0, comma)), wanted)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

std::unexpected<Refusal> refuse(std::string_view why, bool too_large = false) {
  return std::unexpected(Refusal{why, too_large});
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) { return !text.empty() && skip_class(text, 0, kTokenByte) == text.size(); }

bool is_field_value(std::string_view text) {
  std::size_t at = 0;
#if defined(__SSE2__)
  const __m128i control_max = _mm_set1_epi8(0x1F);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7F);
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, control_max), block);
    const __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), control), _mm_cmpeq_epi8(block, del));
    if (_mm_movemask_epi8(bad) != 0) return false;
  }
#endif
  return skip_class(text, at, kValueByte) == text.size();
}

std::string_view field_line_flaw(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return "a folded header field";
  const std::size_t colon = skip_class(line, 0, kTokenByte);
  if (colon == 0 || colon == line.size() || line[colon] != ':') return "a bad header field name";
  if (!is_field_value(line.substr(colon + 1))) return "a control character in a header field";
  return {};
}

std::string_view HeadReader::line_flaw(std::string_view line) {
  if (lines_ > 1) return field_line_flaw(line);
  return is_field_value(line) ? std::string_view() : "a control character in the start line";
}

// Offset behind the head's empty line, 0 while that has not arrived. Continues where the last call ended.
std::expected<std::size_t, Refusal> HeadReader::scan(std::string_view view) {
  while (true) {
    const std::size_t at = view.find('\n', scanned_);
    if (at == std::string_view::npos) {
      scanned_ = view.size();
      return 0;
    }
    if (at == line_start_ || view[at - 1] != '\r') return refuse("a line feed without carriage return");
    const std::string_view line = view.substr(line_start_, at - 1 - line_start_);
    if (line.empty() && line_start_ != begin_) return at + 1;
    if (line.empty()) {
      if (!skip_empty_lines_) return refuse("no status line");
      begin_ = at + 1;
    } else {
      if (++lines_ > limits_.fields_max + 1) return refuse("too many header fields", true);
      if (const std::string_view flaw = line_flaw(line); !flaw.empty()) return refuse(flaw);
    }
    line_start_ = at + 1;
    scanned_ = at + 1;
  }
}

std::expected<std::size_t, Refusal> HeadReader::take(std::string_view bytes, std::string_view& head) {
  head = {};
  const std::size_t held = buffer_.size();
  if (held > 0) buffer_.append(bytes.substr(0, limits_.bytes_max + 1 - held));
  const std::string_view view = held > 0 ? std::string_view(buffer_) : bytes;
  const auto end = scan(view.substr(0, limits_.bytes_max + 1));
  if (!end) return end;
  if (*end > limits_.bytes_max || (*end == 0 && view.size() > limits_.bytes_max)) {
    return refuse("the header fields are too long", true);
  }
  if (*end == 0) {
    if (held == 0) buffer_.assign(bytes);
    return bytes.size();
  }
  head = view.substr(begin_, *end - begin_);
  return *end - held;
}

void HeadReader::reset() {
  if (buffer_.capacity() > kBufferBytesKept) {
    buffer_ = std::string();  // an idle connection must not hold what one long head needed
  } else {
    buffer_.clear();
  }
  scanned_ = line_start_ = begin_ = lines_ = 0;
}

std::expected<Framing, Refusal> read_framing(const Headers& headers, int version_minor) {
  Framing framing;
  bool close = false;
  bool keep = false;
  std::size_t encodings = 0;
  for (const Header field : headers.fields()) {
    if (iequals(field.name, "content-length")) {
      if (framing.content_length) return refuse("several Content-Length fields");
      std::uint64_t length = 0;
      const char* const last = field.value.data() + field.value.size();
      const auto read = std::from_chars(field.value.begin(), last, length);
      if (read.ec != std::errc{} || read.ptr != last) return refuse("a bad Content-Length");
      framing.content_length = length;
    } else if (iequals(field.name, "transfer-encoding")) {
      if (++encodings > 1) return refuse("several Transfer-Encoding fields");
      if (!iequals(field.value, "chunked")) return refuse("an unknown Transfer-Encoding");
      framing.chunked = true;
    } else if (iequals(field.name, "connection")) {
      close = close || lists_token(field.value, "close");
      keep = keep || lists_token(field.value, "keep-alive");
    }
  }
  if (framing.chunked && framing.content_length) return refuse("Content-Length together with Transfer-Encoding");
  if (framing.chunked && version_minor == 0) return refuse("Transfer-Encoding in HTTP/1.0");
  framing.keep_alive = !close && (version_minor >= 1 || keep);
  return framing;
}

}  // namespace stargate::codec::http1
