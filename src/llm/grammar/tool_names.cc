#include "llm/grammar/tool_names.h"

#include <algorithm>

#include "codec/hash.h"

namespace stargate::llm::grammar {
namespace {

constexpr std::size_t kDigestHexDigits = 8;

bool plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string with_digest(std::string_view text, std::size_t bytes_max) {
  std::string out(text.substr(0, std::min(text.size(), bytes_max - kDigestHexDigits - 1)));
  std::ranges::replace_if(out, [](char c) { return !plain_character(c); }, '_');
  out.push_back('_');
  out.append(codec::hex(codec::sha256(text)).substr(0, kDigestHexDigits));
  return out;
}

}  // namespace

bool valid_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= kToolNameBytesMax && std::ranges::all_of(name, plain_character);
}

std::string rewritten_tool_name(std::string_view name) { return with_digest(name, kToolNameBytesMax); }

bool valid_tool_id(std::string_view id) { return !id.empty() && std::ranges::all_of(id, plain_character); }

std::string rewritten_tool_id(std::string_view id) { return with_digest(id, kToolNameBytesMax); }

}  // namespace stargate::llm::grammar
