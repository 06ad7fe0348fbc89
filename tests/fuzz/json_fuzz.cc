// JSON: what is accepted comes back unchanged through its nodes, escapes and edits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json.h"

namespace {

using stargate::codec::json::Document;
using stargate::codec::json::Edits;
using stargate::codec::json::Member;
using stargate::codec::json::Value;

void require(bool condition) {
  if (!condition) std::abort();
}

std::uint8_t pick(std::string_view text, std::size_t salt) {
  return static_cast<std::uint8_t>(text[salt * 31 % text.size()] + static_cast<int>(salt * 7));
}

void edit(Edits& edits, Value value, std::string_view text, std::size_t& salt) {
  std::size_t index = 0;
  for (const Member member : value.members()) {
    if (pick(text, ++salt) % 3 == 0) edits.erase_member(value, member.key());
    if (pick(text, ++salt) % 5 == 0) edits.replace(member.value(), "[0]");
    edit(edits, member.value(), text, salt);
  }
  for (const Value element : value.elements()) {
    if (pick(text, ++salt) % 3 == 0) edits.erase_element(value, index);
    ++index;
    edit(edits, element, text, salt);
  }
  if (pick(text, ++salt) % 4 == 0) edits.append_member(value, text.substr(0, 3), "{}");
  if (pick(text, ++salt) % 4 == 0) edits.prepend_member(value, "p", "1");
  if (pick(text, ++salt) % 4 == 0) edits.append_element(value, "null");
}

void visit(const Document& document) {
  for (const auto& node : document.nodes()) require(node.begin < node.end && node.end <= document.text().size());
  const Value root = document.root();
  static_cast<void>(root.as_int());
  static_cast<void>(root.as_double());
  if (!root.is_string()) return;
  const auto again = Document::parse_copy(stargate::codec::json::quoted(root.text()));
  require(again.has_value() && again->root().text() == root.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(stargate::codec::json::unescape(text));
  const auto document = Document::parse_copy(text);
  if (!document) {
    require(document.error().message.starts_with("invalid JSON: expected "));
    return 0;
  }
  visit(*document);
  if (size > 4096) return 0;
  Edits edits(*document);
  std::size_t salt = 0;
  edit(edits, document->root(), text, salt);
  require(Document::parse_copy(edits.joined()).has_value());
  return 0;
}
