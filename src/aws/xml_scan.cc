#include "aws/xml_scan.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace stargate::aws {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':';
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// The number inside "&#...;" without the '#'.
std::optional<std::uint32_t> character_number(std::string_view digits) {
  const bool hex = digits.starts_with('x');
  if (hex) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 7) return std::nullopt;
  std::uint32_t code = 0;
  for (const char c : digits) {
    std::uint32_t digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
    if (hex && c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
    if (hex && c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit >= (hex ? 16U : 10U)) return std::nullopt;
    code = code * (hex ? 16U : 10U) + digit;
  }
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
  return code;
}

bool append_entity(std::string& out, std::string_view name) {
  if (name.starts_with('#')) {
    const auto code = character_number(name.substr(1));
    if (code) append_utf8(out, *code);
    return code.has_value();
  }
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kNamed) {
    if (name != known) continue;
    out.push_back(character);
    return true;
  }
  return false;
}

// One pass over one text; owned by one call. Every step returns nullptr or what is wrong at `at_`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Result<std::vector<XmlLeaf>> run() {
    const char* wrong = text_.size() > kXmlBytesMax ? "too large" : nullptr;
    while (wrong == nullptr && at_ < text_.size()) wrong = text_[at_] == '<' ? markup() : characters();
    if (wrong == nullptr && !open_.empty()) wrong = "cut off";
    if (wrong == nullptr && !rooted_) wrong = "no element";
    if (wrong != nullptr)
      return base::upstream_error(ErrorCode::kBadGateway, fmt::format("XML at byte {}: {}", at_, wrong));
    return std::move(leaves_);
  }

 private:
  struct Open {
    std::string_view name;    // as written, with its prefix
    std::size_t parent_size;  // of path_ before this element was added
    bool leaf = true;
    std::string text = {};
  };

  const char* characters() {
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    if (open_.empty()) {
      if (text_.substr(at_, end - at_).find_first_not_of(kBlank) != std::string_view::npos) return "text outside";
      at_ = end;
      return nullptr;
    }
    std::string& out = open_.back().text;
    while (at_ < end) {
      if (text_[at_] != '&') {
        out.push_back(text_[at_++]);
        continue;
      }
      const std::size_t semicolon = text_.find(';', at_);
      if (semicolon >= end || !append_entity(out, text_.substr(at_ + 1, semicolon - at_ - 1))) return "bad entity";
      at_ = semicolon + 1;
    }
    return nullptr;
  }

  const char* markup() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<?xml") && at_ == 0) return skip_past("?>");
    if (rest.starts_with("<!--")) return skip_past("-->");
    if (rest.starts_with("</")) return close();
    return open();
  }

  const char* skip_past(std::string_view end) {
    const std::size_t found = text_.find(end, at_ + 4);
    if (found == std::string_view::npos) return "cut off";
    at_ = found + end.size();
    return nullptr;
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void skip_blank() {
    while (at_ < text_.size() && kBlank.contains(text_[at_])) ++at_;
  }

  const char* attributes() {
    for (;;) {
      skip_blank();
      if (at_ >= text_.size()) return "cut off";
      if (text_[at_] == '>' || text_[at_] == '/') return nullptr;
      if (name().empty()) return "bad attribute";
      skip_blank();
      if (at_ >= text_.size() || text_[at_] != '=') return "bad attribute";
      ++at_;
      skip_blank();
      if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return "bad attribute";
      const std::size_t end = text_.find(text_[at_], at_ + 1);
      if (end == std::string_view::npos) return "cut off";
      at_ = end + 1;
    }
  }

  const char* open() {
    if (open_.empty() && rooted_) return "a second root";
    if (open_.size() >= kXmlDepthMax) return "too deep";
    ++at_;
    const std::string_view tag = name();
    if (tag.empty()) return "unexpected markup";
    if (const char* wrong = attributes()) return wrong;
    rooted_ = true;
    if (!open_.empty()) open_.back().leaf = false;
    open_.push_back({.name = tag, .parent_size = path_.size()});
    if (!path_.empty()) path_.push_back('/');
    const std::size_t colon = tag.rfind(':');
    path_.append(colon == std::string_view::npos ? tag : tag.substr(colon + 1));
    const bool empty_element = text_[at_] == '/';
    if (empty_element) ++at_;
    if (at_ >= text_.size() || text_[at_] != '>') return "unexpected markup";
    ++at_;
    return empty_element ? leave() : nullptr;
  }

  const char* close() {
    at_ += 2;
    const std::string_view tag = name();
    skip_blank();
    if (open_.empty() || tag != open_.back().name || at_ >= text_.size() || text_[at_] != '>') return "wrong end tag";
    ++at_;
    return leave();
  }

  const char* leave() {
    Open& last = open_.back();
    if (last.leaf) {
      if (leaves_.size() >= kXmlLeavesMax) return "too many elements";
      leaves_.push_back({path_, std::move(last.text)});
    }
    path_.resize(last.parent_size);
    open_.pop_back();
    return nullptr;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool rooted_ = false;
  std::string path_;
  std::vector<Open> open_;
  std::vector<XmlLeaf> leaves_;
};

}  // namespace

Result<std::vector<XmlLeaf>> scan_xml(std::string_view text) { return Scanner(text).run(); }

}  // namespace stargate::aws
