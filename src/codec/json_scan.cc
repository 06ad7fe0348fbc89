#include "codec/json_scan.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stargate::codec::json {
namespace {

constexpr bool is_special(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// Bytes of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), 0 when there is none.
std::size_t utf8_size(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::size_t find_backslash(std::string_view text, std::size_t from) {
  const char* const data = text.data();
  constexpr std::size_t kLongBytes = 64;
  if (text.size() - from >= kLongBytes) {  // the C library looks at more bytes at once than the compiler may assume
    const void* const at = std::memchr(data + from, '\\', text.size() - from);
    return at == nullptr ? text.size() : static_cast<std::size_t>(static_cast<const char*>(at) - data);
  }
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\');
  while (from + 16 <= text.size()) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + from));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, backslash)));
    if (mask != 0) return from + static_cast<std::size_t>(std::countr_zero(mask));
    from += 16;
  }
#endif
  while (from < text.size() && data[from] != '\\') ++from;
  return from;
}

std::size_t find_special(std::string_view text, std::size_t from) {
  const char* const data = text.data();
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control_max = _mm_set1_epi8(0x1F);
  while (from + 16 <= text.size()) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + from));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, control_max), block);
    const __m128i token = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, token)));
    if (mask != 0) return from + static_cast<std::size_t>(std::countr_zero(mask));
    from += 16;
  }
#endif
  while (from < text.size() && !is_special(data[from])) ++from;
  return from;
}

std::size_t escape_size(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return 0;
  switch (text[at + 1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return 2;
    case 'u':
      if (at + 6 > text.size()) return 0;
      for (std::size_t i = 2; i < 6; ++i) {
        if (hex_digit(text[at + i]) < 0) return 0;
      }
      return 6;
    default: return 0;
  }
}

std::size_t check_escapes(std::string_view inside, bool& escaped) {
  std::size_t at = find_backslash(inside, 0);
  escaped = at < inside.size();
  while (at < inside.size()) {
    const std::size_t size = escape_size(inside, at);
    if (size == 0) return at;
    at = find_backslash(inside, at + size);
  }
  return std::string_view::npos;
}

std::size_t number_size(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0') {
    ++at;
  } else if (!digits()) {
    return 0;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return 0;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return 0;
  }
  return at;
}

Flaw find_flaw(std::string_view text) {
  bool in_string = false;
  std::size_t opened = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = utf8_size(text, at);
    if (size == 0) return {"valid UTF-8", at};
    const char c = text[at];
    if (in_string && static_cast<unsigned char>(c) < 0x20) return {"an escape instead of a control character", at};
    if (c == '"') {
      in_string = !in_string;
      opened = at;
    } else if (in_string && c == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) {
      ++at;
    }
    at += size;
  }
  if (in_string) return {"a closed string", opened};
  return {"a value", text.size()};
}

}  // namespace stargate::codec::json
