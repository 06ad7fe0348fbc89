// Scanning primitives of the JSON code: lexical checks of strings and numbers. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stargate::codec::json {

inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Value of a hexadecimal digit, -1 for any other byte.
int hex_digit(char c);

// Offset of the first backslash at or behind `from`; text.size() when there is none.
std::size_t find_backslash(std::string_view text, std::size_t from);

// Offset of the first byte that `"`-quoted JSON text cannot hold as it is (a quote, a backslash, a control character);
// text.size() when there is none.
std::size_t find_special(std::string_view text, std::size_t from);

// Length of the escape that begins with the backslash at `at` (RFC 8259 §7), 0 when it is none.
std::size_t escape_size(std::string_view text, std::size_t at);

// Checks the escapes inside a string token (RFC 8259 §7). npos when all are right, else the offset of the bad one.
// Sets `escaped` when there is any. `inside` must end before an unescaped quote.
std::size_t check_escapes(std::string_view inside, bool& escaped);

// Length of the JSON number that `text` begins with (RFC 8259 §6), 0 when it begins with none.
std::size_t number_size(std::string_view text);

// Where and why a text fails before its grammar is looked at: bad UTF-8, control characters in strings, an open string.
struct Flaw {
  std::string_view wanted;
  std::size_t offset = 0;
};
Flaw find_flaw(std::string_view text);

}  // namespace stargate::codec::json
