#include "llm/estimate.h"

#include <algorithm>
#include <string_view>

namespace stargate::llm {

namespace json = codec::json;

namespace {

// A picture is scaled down to at most 2576 pixels on its long edge by Claude 4.7 and later (1568 before) and costs
// width * height / 750. Source: Anthropic "Vision".
constexpr std::int64_t kImageTokensMax = 4'800;
// A PDF page costs its text and a picture of it. Dense text compresses to about one byte per token.
constexpr std::int64_t kDocumentTokensMax = 300'000;
constexpr std::int64_t kDocumentTokensMin = 3'000;
constexpr std::int64_t kFixedTokens = 512;        // what the API itself puts around messages and tools
constexpr std::size_t kInlineFileBytesMin = 256;  // shorter strings are counted as text

constexpr std::int64_t tokens_of_text(std::int64_t bytes) { return (bytes * 2 + 4) / 5; }

bool is_base64(std::string_view text) {
  return std::ranges::all_of(text.substr(0, 64), [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '+' || byte == '/' || byte == '=';
  });
}

// Tokens of a file given as base64, by the first bytes of its content; -1 for what counts as text.
std::int64_t tokens_of_file(std::string_view base64) {
  const auto decoded_bytes = static_cast<std::int64_t>(base64.size() / 4 * 3);
  if (base64.starts_with("JVBERi")) {  // %PDF-
    return std::clamp(decoded_bytes, kDocumentTokensMin, kDocumentTokensMax);
  }
  for (const std::string_view magic : {"iVBORw0", "/9j/", "R0lGOD", "UklGR"}) {  // PNG, JPEG, GIF, WebP
    if (base64.starts_with(magic)) return kImageTokensMax;
  }
  return is_base64(base64) ? std::max(kImageTokensMax, tokens_of_text(decoded_bytes)) : -1;
}

}  // namespace

std::int64_t estimate_input_tokens(const json::Document& body) {
  const std::string_view text = body.text();
  auto text_bytes = static_cast<std::int64_t>(text.size());
  std::int64_t file_tokens = 0;
  const std::vector<json::Node>& nodes = body.nodes();
  for (std::size_t index = 1; index < nodes.size(); ++index) {
    const json::Node& node = nodes[index];
    if (node.kind != json::Kind::kString) continue;
    const std::string_view inside = text.substr(node.begin + 1, node.end - node.begin - 2);
    const json::Node& before = nodes[index - 1];
    const std::string_view key = text.substr(before.begin, before.end - before.begin);
    if (inside.size() >= kInlineFileBytesMin) {
      std::string_view base64;
      if (inside.starts_with("data:")) {
        base64 = inside.substr(std::min(inside.size(), inside.find(',') + 1));
      } else if (key == "\"data\"" || key == "\"file_data\"") {
        base64 = inside;
      }
      const std::int64_t tokens = base64.empty() ? -1 : tokens_of_file(base64);
      if (tokens < 0) continue;
      text_bytes -= static_cast<std::int64_t>(inside.size());
      file_tokens += tokens;
    } else if (key == "\"url\"" && inside.starts_with("http")) {
      file_tokens += inside.ends_with(".pdf") ? kDocumentTokensMax / 4 : kImageTokensMax;
    }
  }
  return tokens_of_text(text_bytes) + file_tokens + kFixedTokens;
}

}  // namespace stargate::llm
