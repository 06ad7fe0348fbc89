#include "sim/prompt.h"

#include <string_view>
#include <utility>

#include "sim/tokens.h"

namespace stargate::sim {
namespace {

using codec::json::Value;

void append_canonical(std::string& out, Value value) {
  if (value.is_object()) {
    out.push_back('{');
    for (const auto member : value.members()) {
      if (member.named("cache_control")) continue;
      out.append(member.key().text()).push_back(':');
      append_canonical(out, member.value());
      out.push_back(',');
    }
    out.push_back('}');
    return;
  }
  if (value.is_array()) {
    out.push_back('[');
    for (const Value element : value.elements()) {
      append_canonical(out, element);
      out.push_back(',');
    }
    out.push_back(']');
    return;
  }
  if (!value.is_string()) {
    out.append(value.raw());
    return;
  }
  out.append(codec::json::quoted(value.text()));
}

int cache_ttl_s(Value block) {
  const auto control = block.find("cache_control");
  if (!control || !control->is_object()) return 0;
  return control->text_at("ttl") == "1h" ? kCacheTtlLong_s : kCacheTtlShort_s;
}

Block read_block(Value value) {
  if (value.is_string()) return {.type = "text", .text = value.text(), .value = value};
  return {.type = value.text_at("type"), .text = value.text_at("text"), .value = value};
}

std::vector<Block> read_blocks(Value content) {
  std::vector<Block> blocks;
  if (content.is_string()) blocks.push_back(read_block(content));
  for (const Value element : content.elements()) blocks.push_back(read_block(element));
  return blocks;
}

class Row {
 public:
  explicit Row(Prompt& prompt) : prompt_(&prompt) {}

  void add(std::string_view place, const Block& block, std::size_t message) {
    std::string text(codec::as_view(digest_));
    text.append(place).push_back('\n');
    if (block.type == "text") {
      text.append("text\n").append(block.text);
    } else {
      append_canonical(text, block.value);
    }
    digest_ = codec::sha256(text);
    const std::int64_t tokens = count_block(block.value);
    prompt_->segments.push_back(
        {.prefix = digest_, .tokens = tokens, .cache_ttl_s = cache_ttl_s(block.value), .message = message});
    prompt_->tokens += tokens;
  }

 private:
  Prompt* prompt_;
  codec::Sha256 digest_{};
};

}  // namespace

codec::Sha256 Prompt::prefix_before(std::size_t message) const {
  codec::Sha256 digest{};
  for (const Segment& segment : segments) {
    if (segment.message != kNoMessage && segment.message >= message) break;
    digest = segment.prefix;
  }
  return digest;
}

Prompt read_prompt(Value body) {
  Prompt prompt;
  Row row(prompt);
  if (const auto tools = body.find("tools")) {
    for (const Value tool : tools->elements()) row.add("tool", {.type = "tool", .text = {}, .value = tool}, kNoMessage);
  }
  if (const auto system = body.find("system")) {
    for (const Block& block : read_blocks(*system)) row.add("system", block, kNoMessage);
  }
  const auto messages = body.find("messages");
  if (!messages) return prompt;
  for (const Value message : messages->elements()) {
    Turn turn{.role = message.text_at("role"), .blocks = {}};
    if (const auto content = message.find("content")) turn.blocks = read_blocks(*content);
    for (const Block& block : turn.blocks) row.add(turn.role, block, prompt.turns.size());
    prompt.turns.push_back(std::move(turn));
  }
  if (!prompt.segments.empty() && prompt.segments.back().cache_ttl_s == 0) {
    prompt.segments.back().cache_ttl_s = cache_ttl_s(body);  // automatic caching: a marker on the whole request
  }
  return prompt;
}

}  // namespace stargate::sim
