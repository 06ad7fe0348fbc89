#include "app/yaml_to_json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "codec/json.h"

namespace stargate::app {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

bool radix_integer(std::string_view text) {
  if (text.starts_with("0x"))
    return text.find_first_not_of("0123456789abcdefABCDEF", 2) == text.npos && text.size() > 2;
  if (text.starts_with("0o")) return text.find_first_not_of("01234567", 2) == text.npos && text.size() > 2;
  return false;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool decimal_float(std::string_view text) {
  text = without_sign(text);
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != text.npos) {
    if (!digits(without_sign(text.substr(exponent + 1)))) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t point = text.find('.');
  if (point == text.npos) return digits(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  if (whole.empty()) return digits(fraction);
  return digits(whole) && (fraction.empty() || digits(fraction));
}

// JSON wants a digit on both sides of the point and no leading zeros.
std::string json_number(std::string_view text) {
  std::string out;
  if (text.starts_with('-')) out = "-";
  text = without_sign(text);
  while (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') text.remove_prefix(1);
  if (text.starts_with('.')) out += '0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '.' && (i + 1 == text.size() || text[i + 1] < '0' || text[i + 1] > '9')) out += '0';
  }
  return out;
}

void append_radix(codec::json::Writer& writer, std::string_view text) {
  std::uint64_t value = 0;
  const int base = text[1] == 'x' ? 16 : 8;
  const auto parsed = std::from_chars(text.data() + 2, text.data() + text.size(), value, base);
  if (parsed.ec != std::errc{}) return writer.string(text);
  writer.raw(std::to_string(value));
}

void append(codec::json::Writer& writer, const YamlNode& node);

void append_scalar(codec::json::Writer& writer, const YamlNode& node) {
  if (!node.plain) return writer.string(node.text);
  switch (plain_type(node.text)) {
    case PlainType::kNull: return writer.null();
    case PlainType::kBoolean: return writer.boolean(node.text[0] == 't' || node.text[0] == 'T');
    case PlainType::kInteger:
      if (radix_integer(node.text)) return append_radix(writer, node.text);
      return writer.raw(json_number(node.text));
    case PlainType::kFloat: return writer.raw(json_number(node.text));
    case PlainType::kText: return writer.string(node.text);
  }
}

void append(codec::json::Writer& writer, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: writer.null(); break;
    case YamlNode::Kind::kScalar: append_scalar(writer, node); break;
    case YamlNode::Kind::kSequence:
      writer.begin_array();
      for (const YamlNode& item : node.items) append(writer, item);
      writer.end_array();
      break;
    case YamlNode::Kind::kMap:
      writer.begin_object();
      for (const YamlMember& member : node.members) {
        writer.key(member.key);
        append(writer, member.value);
      }
      writer.end_object();
      break;
  }
}

}  // namespace

PlainType plain_type(std::string_view text) {
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return PlainType::kNull;
  if (one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return PlainType::kBoolean;
  if (digits(without_sign(text)) || radix_integer(text)) return PlainType::kInteger;
  if (decimal_float(text)) return PlainType::kFloat;
  return PlainType::kText;
}

std::string yaml_to_json(const YamlNode& node) {
  std::string out;
  codec::json::Writer writer(out);
  append(writer, node);
  return out;
}

}  // namespace stargate::app
