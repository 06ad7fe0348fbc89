#include "sim/tokens.h"

#include <algorithm>
#include <string>

#include "codec/hash.h"

namespace stargate::sim {
namespace {

using codec::json::Value;

constexpr std::size_t kPngHeadBytes = 24;
constexpr std::int64_t kPixelsPerToken = 750;
constexpr std::int64_t kImageBytesPerToken = 750;

std::int64_t big_endian_32(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value * 256 + static_cast<unsigned char>(byte);
  return value;
}

// The bytes of all scalars and keys of a value: what its tokens are counted from.
std::size_t scalar_bytes(Value value) {
  std::size_t bytes = 0;
  if (value.is_object()) {
    for (const auto member : value.members()) {
      if (member.named("cache_control")) continue;
      bytes += member.key().escaped().size() + scalar_bytes(member.value());
    }
    return bytes;
  }
  if (value.is_array()) {
    for (const Value element : value.elements()) bytes += scalar_bytes(element);
    return bytes;
  }
  return value.is_string() ? value.text().size() : value.raw().size();
}

std::int64_t tokens_of_bytes(std::size_t bytes) {
  const auto size = static_cast<std::int64_t>(bytes);
  return std::max<std::int64_t>(1, (size + kBytesPerToken - 1) / kBytesPerToken);
}

}  // namespace

std::int64_t count_text(std::string_view text) { return tokens_of_bytes(text.size()); }

std::int64_t count_image(std::string_view base64) {
  const auto head = codec::base64_decode(base64.substr(0, kPngHeadBytes / 3 * 4));
  std::int64_t tokens = static_cast<std::int64_t>(base64.size()) * 3 / 4 / kImageBytesPerToken;
  if (head && head->size() == kPngHeadBytes && head->substr(1, 3) == "PNG") {
    tokens = big_endian_32(std::string_view(*head).substr(16)) * big_endian_32(std::string_view(*head).substr(20)) /
             kPixelsPerToken;
  }
  return std::clamp<std::int64_t>(tokens, 1, kImageTokensMax);
}

std::int64_t count_block(Value block) {
  if (block.is_string()) return count_text(block.text());
  const std::string type = block.text_at("type");
  if (type == "text") return count_text(block.text_at("text"));
  const auto source = block.find("source");
  if (type == "image" && source) return count_image(source->text_at("data"));
  const auto content = block.find("content");
  if (type == "tool_result" && content && content->is_array()) {
    std::int64_t tokens = 1;
    for (const Value element : content->elements()) tokens += count_block(element);
    return tokens;
  }
  return tokens_of_bytes(scalar_bytes(block));
}

}  // namespace stargate::sim
