// Writing JSON, and escaping.
#include <charconv>

#include "codec/json.h"
#include "codec/json_scan.h"

namespace stargate::codec::json {
namespace {

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    default: break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out.append("\\u00");
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  while (true) {
    const std::size_t at = find_special(text, from);
    out.append(text, from, at - from);
    if (at == text.size()) return;
    append_escape(out, text[at]);
    from = at + 1;
  }
}

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16 + 2);
  out.push_back('"');
  append_escaped(out, text);
  out.push_back('"');
  return out;
}

void Writer::separate() {
  if (comma_) out_->push_back(',');
  comma_ = true;
}

void Writer::begin_object() {
  separate();
  out_->push_back('{');
  comma_ = false;
}

void Writer::end_object() {
  out_->push_back('}');
  comma_ = true;
}

void Writer::begin_array() {
  separate();
  out_->push_back('[');
  comma_ = false;
}

void Writer::end_array() {
  out_->push_back(']');
  comma_ = true;
}

void Writer::key(std::string_view plain) {
  string(plain);
  out_->push_back(':');
  comma_ = false;
}

void Writer::key_escaped(std::string_view escaped_key) {
  escaped(escaped_key);
  out_->push_back(':');
  comma_ = false;
}

void Writer::raw(std::string_view json) {
  separate();
  out_->append(json);
}

void Writer::string(std::string_view plain) {
  separate();
  out_->push_back('"');
  append_escaped(*out_, plain);
  out_->push_back('"');
}

void Writer::escaped(std::string_view inside) {
  separate();
  out_->push_back('"');
  out_->append(inside);
  out_->push_back('"');
}

void Writer::integer(std::int64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_->append(digits, end);
}

void Writer::boolean(bool value) { raw(value ? "true" : "false"); }

void Writer::null() { raw("null"); }

}  // namespace stargate::codec::json
