#include "sim/thinking.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace stargate::sim {
namespace {

constexpr std::string_view kMark = "sim1";
constexpr std::size_t kDigestBytes = 16;
constexpr std::size_t kSignatureBytes = 4 + 2 * kDigestBytes;

std::string text_digest(std::string_view text) {
  return std::string(codec::as_view(codec::sha256(text)).substr(0, kDigestBytes));
}

std::string prefix_digest(const codec::Sha256& prefix) {
  return std::string(codec::as_view(prefix).substr(0, kDigestBytes));
}

std::string path_of(std::size_t message, std::size_t block) {
  return "messages." + std::to_string(message) + ".content." + std::to_string(block);
}

}  // namespace

std::string sign_thinking(const Model& /*model*/, std::string_view text, const codec::Sha256& prefix) {
  return codec::base64_encode(std::string(kMark) + text_digest(text) + prefix_digest(prefix));
}

Result<void> verify_thinking(const Model& model, const Prompt& prompt, bool allow_other_prefix) {
  for (std::size_t m = 0; m < prompt.turns.size(); ++m) {
    const Turn& turn = prompt.turns[m];
    for (std::size_t b = 0; b < turn.blocks.size(); ++b) {
      const Block& block = turn.blocks[b];
      if (block.type != "thinking") continue;
      const auto signature = codec::base64_decode(block.value.text_at("signature"));
      const bool formed = signature && signature->size() == kSignatureBytes && signature->starts_with(kMark);
      if (!formed || signature->substr(kMark.size(), kDigestBytes) != text_digest(block.value.text_at("thinking"))) {
        return validation(path_of(m, b) + ": Invalid `signature` in `thinking` block");
      }
      if (!model.binds_thinking || allow_other_prefix) continue;
      if (signature->substr(kMark.size() + kDigestBytes) != prefix_digest(prompt.prefix_before(m))) {
        return validation(path_of(m, b) +
                          ": Invalid `signature` in `thinking` block. The block is bound to a different conversation. "
                          "Thinking blocks must be sent back behind the same system prompt, tools and messages.");
      }
    }
  }
  return {};
}

}  // namespace stargate::sim
