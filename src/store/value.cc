#include "store/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "codec/json.h"

namespace stargate::store {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

void append_element(std::string& out, const Value& value) {
  std::visit(Overloaded{[&](std::monostate) { out += "NULL"; }, [&](bool truth) { out += truth ? "t" : "f"; },
                        [&](std::int64_t number) { fmt::format_to(std::back_inserter(out), "{}", number); },
                        [&](const std::string& text) {
                          out += '"';
                          for (const char c : text) {
                            if (c == '"' || c == '\\') out += '\\';
                            out += c;
                          }
                          out += '"';
                        }},
             value);
}

// How many bytes the character that begins `text` has; 0 when it is none, or NUL.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : size;
}

}  // namespace

std::string storable(const std::string& text) {
  std::string out;
  std::size_t begin = 0;  // of what is sound and not yet copied
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t size = character_bytes(std::string_view(text).substr(i));
    if (size == 0) {
      out.append(text, begin, i - begin);
      out += "\xEF\xBF\xBD";
      begin = i + 1;
    }
    i += std::max<std::size_t>(size, 1);
  }
  if (begin == 0) return text;
  return out.append(text, begin);
}

Value to_value(const std::string& text) { return storable(text); }

Value to_value(policy::account::Day day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Value to_value(const std::vector<std::string>& texts) {
  if (texts.empty()) return std::string("[]");
  std::string out;
  codec::json::Writer writer(out);
  writer.begin_array();
  for (const std::string& text : texts) writer.string(storable(text));
  writer.end_array();
  return out;
}

std::int64_t integer_of(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  std::int64_t number = 0;
  if (const auto* text = std::get_if<std::string>(&cell)) {
    std::from_chars(text->data(), text->data() + text->size(), number);
  }
  return number;
}

std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *number);
  return {};
}

void from_cell(const Cell& cell, bool& out) {
  const auto* text = std::get_if<std::string>(&cell);
  out = text != nullptr ? *text == "t" : integer_of(cell) != 0;
}

void from_cell(const Cell& cell, std::int64_t& out) { out = integer_of(cell); }

void from_cell(const Cell& cell, std::string& out) { out = text_of(cell); }

void from_cell(const Cell& cell, base::NanoUsd& out) { out.value = integer_of(cell); }

void from_cell(const Cell& cell, policy::account::Instant& out) {
  out = policy::account::Instant(std::chrono::microseconds(integer_of(cell)));
}

void from_cell(const Cell& cell, policy::account::Day& out) {
  const std::string text = text_of(cell);
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  if (text.size() == 10) {
    std::from_chars(text.data(), text.data() + 4, year);
    std::from_chars(text.data() + 5, text.data() + 7, month);
    std::from_chars(text.data() + 8, text.data() + 10, day);
  }
  out = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
}

void from_cell(const Cell& cell, std::vector<std::string>& out) {
  out.clear();
  const std::string text = text_of(cell);
  if (text == "[]") return;
  const Result<codec::json::Document> list = codec::json::Document::parse_copy(text);
  if (!list) return;
  for (const codec::json::Value element : list->root().elements()) out.push_back(element.text());
}

std::string array_literal(std::span<const Values> rows, std::size_t column) {
  std::string out = "{";
  for (const Values& row : rows) {
    if (out.size() > 1) out += ',';
    append_element(out, row[column]);
  }
  out += '}';
  return out;
}

}  // namespace stargate::store
