// Reading values, and unescaping.
#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "codec/json.h"
#include "codec/json_scan.h"

namespace stargate::codec::json {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr int kInt64Digits = 19;

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// The code unit of the "\uXXXX" at `at`, nullopt when there is none.
std::optional<std::uint32_t> code_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

// Appends what the escape at `at` stands for; returns its length. Bytes that are no escape stay as they are.
std::size_t append_unescaped(std::string& out, std::string_view text, std::size_t at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  switch (kind) {
    case '"':
    case '\\':
    case '/': out.push_back(kind); return 2;
    case 'b': out.push_back('\b'); return 2;
    case 'f': out.push_back('\f'); return 2;
    case 'n': out.push_back('\n'); return 2;
    case 'r': out.push_back('\r'); return 2;
    case 't': out.push_back('\t'); return 2;
    default: break;
  }
  const auto unit = code_unit(text, at);
  if (!unit) {
    out.push_back('\\');
    return 1;
  }
  if (*unit < 0xD800 || *unit > 0xDFFF) {
    append_utf8(out, *unit);
    return 6;
  }
  const auto low = *unit < 0xDC00 ? code_unit(text, at + 6) : std::nullopt;
  if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
    append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
    return 12;
  }
  append_utf8(out, kReplacement);
  return 6;
}

// A number token as ±digits × 10^exponent; nullopt unless it is whole and fits.
std::optional<std::int64_t> whole(std::string_view raw) {
  const bool negative = raw.front() == '-';
  if (negative) raw.remove_prefix(1);
  const std::size_t mark = raw.find_first_of("eE");
  std::string_view mantissa = raw.substr(0, mark);
  std::int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view digits = raw.substr(mark + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc{}) exponent = digits.front() == '-' ? INT32_MIN : INT32_MAX;
  }
  std::string digits;
  const std::size_t point = mantissa.find('.');
  digits.append(mantissa.substr(0, point));
  if (point != std::string_view::npos) {
    digits.append(mantissa.substr(point + 1));
    const auto fraction = static_cast<std::int64_t>(mantissa.size() - point - 1);
    exponent = exponent < INT32_MIN ? INT32_MIN : exponent - fraction;
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return 0;
  const std::size_t last = digits.find_last_not_of('0');
  exponent += static_cast<std::int64_t>(digits.size() - last - 1);
  digits.resize(last + 1);
  if (exponent < 0 || exponent > kInt64Digits) return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  if (negative) digits.insert(digits.begin(), '-');
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::size_t Value::begin_offset() const { return document_ == nullptr ? 0 : document_->nodes_[node_].begin; }
std::size_t Value::end_offset() const { return document_ == nullptr ? 0 : document_->nodes_[node_].end; }
std::size_t Value::size() const { return document_ == nullptr ? 0 : document_->nodes_[node_].count; }

std::string Value::text() const {
  if (!is_string()) return {};
  return document_->nodes_[node_].escaped ? unescape(escaped()) : std::string(escaped());
}

bool Value::equals_unescaped(std::string_view plain) const {
  return escaped().size() > plain.size() && text() == plain;  // an escape is longer than what it stands for
}

std::optional<std::int64_t> Value::as_int() const {
  if (!is_number()) return std::nullopt;
  const std::string_view token = raw();
  std::int64_t value = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
  if (read.ptr == token.data() + token.size()) {
    return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
  }
  return whole(token);
}

std::optional<double> Value::as_double() const {
  if (!is_number()) return std::nullopt;
  const std::string_view token = raw();
  double value = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
  if (read.ec != std::errc{}) return std::nullopt;
  return value;
}

std::optional<bool> Value::as_bool() const {
  if (!is_bool()) return std::nullopt;
  return kind() == Kind::kTrue;
}

std::optional<Value> Value::find(std::string_view key) const {
  for (const Member member : members()) {
    if (member.named(key)) return member.value();
  }
  return std::nullopt;
}

std::string Value::text_at(std::string_view key) const {
  const auto value = find(key);
  return value ? value->text() : std::string();
}

Value::Range<Member> Value::members() const {
  if (!is_object()) return {document_, 0, 0};
  return {document_, node_ + 1, document_->nodes_[node_].next};
}

Value::Range<Value> Value::elements() const {
  if (!is_array()) return {document_, 0, 0};
  return {document_, node_ + 1, document_->nodes_[node_].next};
}

std::string duplicate_key(Value object, const std::vector<std::string_view>& controlled) {
  std::vector<bool> seen(controlled.size(), false);
  for (const Member member : object.members()) {
    for (std::size_t i = 0; i < controlled.size(); ++i) {
      if (!member.named(controlled[i])) continue;
      if (seen[i]) return std::string(controlled[i]);
      seen[i] = true;
    }
  }
  return {};
}

bool is_string_inside(std::string_view inside) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = find_special(inside, from);
    if (at == inside.size()) break;
    const std::size_t size = inside[at] == '\\' ? escape_size(inside, at) : 0;
    if (size == 0) return false;
    from = at + size;
  }
  return simdjson::validate_utf8(inside.data(), inside.size());
}

std::string unescape(std::string_view escaped) {
  std::string out;
  out.reserve(escaped.size());
  std::size_t from = 0;
  while (from < escaped.size()) {
    const std::size_t at = find_backslash(escaped, from);
    out.append(escaped, from, at - from);
    from = at;
    if (at < escaped.size()) from += append_unescaped(out, escaped, at);
  }
  return out;
}

}  // namespace stargate::codec::json
