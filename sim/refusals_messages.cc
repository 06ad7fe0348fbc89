// What Bedrock refuses in tools, system and messages (sim/refusals.h).
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "codec/hash.h"
#include "sim/refusals.h"

namespace stargate::sim {
namespace {

using codec::json::Value;

constexpr std::size_t kToolNameBytesMax = 128;
constexpr std::size_t kCachePointsMax = 4;

base::Failure extra(std::string_view field) {
  return validation(std::string(field) + ": Extra inputs are not permitted");
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kToolNameBytesMax &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

Result<void> refuse_cache_control(const Model& model, Value holder, const std::string& path) {
  const auto control = holder.find("cache_control");
  if (!control || control->is_null()) return {};
  const std::string place = path + ".cache_control.ephemeral";
  if (control->text_at("type") != "ephemeral") {
    return validation(path + ".cache_control: Input tag '" + control->text_at("type") +
                      "' found using 'type' does not match any of the expected tags: 'ephemeral'");
  }
  for (const auto member : control->members()) {
    if (member.named("type")) continue;
    const std::string name = member.key().text();
    if (name != "ttl" || !model.cache_ttl) return extra(place + "." + name);
    if (!member.value().equals("5m") && !member.value().equals("1h")) {
      return validation(place + ".ttl: Input should be '5m' or '1h'");
    }
  }
  return {};
}

bool tool_member_allowed(const Model& model, Value body, std::string_view name) {
  constexpr std::array<std::string_view, 5> kAlways = {"name", "description", "input_schema", "type", "cache_control"};
  if (std::ranges::find(kAlways, name) != kAlways.end()) return true;
  if (name == "strict") return model.structured;
  if (name == "defer_loading" || name == "input_examples") {
    return model.tool_search && has_beta(body, "tool-search-tool-");
  }
  if (name == "eager_input_streaming") return has_beta(body, "fine-grained-tool-streaming-");
  return false;
}

Result<void> refuse_tool(const Model& model, Value body, Value tool, std::size_t index) {
  const std::string path = "tools." + std::to_string(index);
  const std::string type = tool.find("type") ? tool.text_at("type") : "custom";
  constexpr std::array<std::string_view, 5> kServed = {"bash_", "text_editor_", "computer_", "memory_",
                                                       "tool_search_tool_"};
  const bool served = std::ranges::any_of(kServed, [&](std::string_view prefix) { return type.starts_with(prefix); });
  if (served) return {};
  if (type != "custom") {
    return validation(path + ": Input tag '" + type +
                      "' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom', "
                      "'text_editor_20250124', 'text_editor_20250429', 'text_editor_20250728'");
  }
  for (const auto member : tool.members()) {
    const std::string name = member.key().text();
    if (!tool_member_allowed(model, body, name)) return extra(path + ".custom." + name);
  }
  if (!good_name(tool.text_at("name"))) {
    return validation(path + ".custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
  }
  const auto schema = tool.find("input_schema");
  if (!schema) return validation(path + ".custom.input_schema: Field required");
  if (schema->text_at("type") != "object") return validation(path + ".custom.input_schema.type: Field required");
  return refuse_cache_control(model, tool, path + ".custom");
}

Result<void> refuse_source(Value block, const std::string& path) {
  const auto source = block.find("source");
  if (!source) return validation(path + ".source: Field required");
  const std::string type = source->text_at("type");
  if (type == "text" || type == "content") return {};
  if (type != "base64") {
    return validation(path + ".source: Input tag '" + type +
                      "' found using 'type' does not match any of the expected tags: 'base64'");
  }
  const std::string media_type = source->text_at("media_type");
  constexpr std::array<std::string_view, 4> kImages = {"image/jpeg", "image/png", "image/gif", "image/webp"};
  if (block.text_at("type") == "image" && std::ranges::find(kImages, media_type) == kImages.end()) {
    return validation(
        path + ".source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'");
  }
  if (block.text_at("type") == "document" && media_type != "application/pdf") {
    return validation(path + ".source.base64.media_type: Input should be 'application/pdf'");
  }
  const auto bytes = codec::base64_decode(source->text_at("data"));
  if (!bytes || bytes->empty()) return validation(path + ".source.base64.data: Invalid base64 data");
  return {};
}

bool block_type_allowed(Value body, std::string_view type) {
  constexpr std::array<std::string_view, 8> kAlways = {"text",        "image",    "document",          "tool_use",
                                                       "tool_result", "thinking", "redacted_thinking", "search_result"};
  if (std::ranges::find(kAlways, type) != kAlways.end()) return true;
  struct WithBeta {
    std::string_view type;
    std::string_view beta;
  };
  constexpr std::array kWithBeta = {
      WithBeta{"tool_addition", "mid-conversation-tool-changes-"},
      WithBeta{"tool_removal", "mid-conversation-tool-changes-"}, WithBeta{"compaction", "compact-"},
      WithBeta{"server_tool_use", "tool-search-tool-"}, WithBeta{"tool_search_tool_result", "tool-search-tool-"}};
  return std::ranges::any_of(kWithBeta,
                             [&](const WithBeta& known) { return known.type == type && has_beta(body, known.beta); });
}

Result<void> refuse_block(const Model& model, Value body, const Block& block, std::string_view role,
                          const std::string& path) {
  if (!block_type_allowed(body, block.type)) {
    return validation(path + ": Input tag '" + block.type +
                      "' found using 'type' does not match any of the expected tags: 'document', 'image', "
                      "'redacted_thinking', 'search_result', 'text', 'thinking', 'tool_result', 'tool_use'");
  }
  if (block.type == "text" && block.text.empty()) return validation("messages: text content blocks must be non-empty");
  if (block.type == "text" && block.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return validation("messages: text content blocks must contain non-whitespace text");
  }
  const bool given = block.type == "tool_use" || block.type == "thinking" || block.type == "redacted_thinking";
  if (given && role != "assistant")
    return validation(path + ": `" + block.type + "` blocks are not allowed in `" + std::string(role) + "` messages");
  if (block.type == "tool_result" && role != "user") {
    return validation(path + ": `tool_result` blocks can only be in `user` messages");
  }
  if (block.type == "image" || block.type == "document") return refuse_source(block.value, path + "." + block.type);
  if (block.type == "tool_use") {
    const auto input = block.value.find("input");
    if (!input || !input->is_object()) return validation(path + ".tool_use.input: Input should be a valid dictionary");
    if (!good_name(block.value.text_at("name"))) {
      return validation(path + ".tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
    }
  }
  const auto content = block.value.is_object() ? block.value.find("content") : std::nullopt;
  if (block.type == "tool_result" && content && content->is_array()) {
    for (const Value element : content->elements()) {
      if (element.text_at("type") == "tool_reference" && !has_beta(body, "tool-search-tool-")) {
        return validation(path +
                          ".tool_result.content.0: Input tag 'tool_reference' found using 'type' does not match "
                          "any of the expected tags: 'document', 'image', 'search_result', 'text'");
      }
    }
  }
  return refuse_cache_control(model, block.value, path + "." + block.type);
}

Result<void> refuse_roles(const Model& model, const Prompt& prompt) {
  if (prompt.turns.empty()) return validation("messages: at least one message is required");
  for (std::size_t i = 0; i < prompt.turns.size(); ++i) {
    const std::string& role = prompt.turns[i].role;
    if (role == "user" || role == "assistant") continue;
    if (role == "system" && model.system_role && i > 0) continue;
    if (role == "system" && model.system_role) return validation("messages.0: Unexpected role \"system\"");
    return validation("messages." + std::to_string(i) + ".role: Input should be 'user' or 'assistant'");
  }
  if (prompt.turns.front().role != "user") {
    return validation("messages: first message must use the \"user\" role");
  }
  if (prompt.turns.back().role == "assistant" && !model.prefill) {
    return validation(
        "This model does not support assistant message prefill. The conversation must end with a user "
        "message.");
  }
  const Turn& last = prompt.turns.back();
  if (last.role == "assistant" && !last.blocks.empty() && last.blocks.back().text.ends_with(' ')) {
    return validation("messages: final assistant content cannot end with trailing whitespace");
  }
  return {};
}

// Fields of a message itself.
Result<void> refuse_message_fields(Value body, Value messages) {
  std::size_t index = 0;
  for (const Value message : messages.elements()) {
    for (const auto member : message.members()) {
      if (member.named("role") || member.named("content")) continue;
      if (member.named("output_config") && has_beta(body, "mid-conversation-output-config-")) continue;
      return extra("messages." + std::to_string(index) + "." + member.key().text());
    }
    const auto content = message.find("content");
    if (!content) return validation("messages." + std::to_string(index) + ".content: Field required");
    ++index;
  }
  return {};
}

Result<void> refuse_system(const Model& model, Value body) {
  const auto system = body.find("system");
  if (!system || system->is_string()) return {};
  if (!system->is_array()) return validation("system: Input should be a valid list");
  std::size_t index = 0;
  for (const Value block : system->elements()) {
    const std::string path = "system." + std::to_string(index++);
    if (block.text_at("type") != "text") return validation(path + ".type: Input should be 'text'");
    if (block.text_at("text").empty()) return validation("system: text content blocks must be non-empty");
    if (auto fine = refuse_cache_control(model, block, path); !fine) return fine;
  }
  return {};
}

// At most four breakpoints, and a longer time to live never behind a shorter one.
Result<void> refuse_cache_points(const Prompt& prompt) {
  std::size_t points = 0;
  int ttl_s = kCacheTtlLong_s;
  for (const Segment& segment : prompt.segments) {
    if (segment.cache_ttl_s == 0) continue;
    ++points;
    if (segment.cache_ttl_s > ttl_s) {
      return validation(
          "cache_control: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control "
          "block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.");
    }
    ttl_s = segment.cache_ttl_s;
  }
  if (points > kCachePointsMax) {
    return validation("A maximum of 4 blocks with cache_control may be provided. Found " + std::to_string(points) +
                      ".");
  }
  return {};
}

}  // namespace

Result<void> refuse_tools(const Model& model, Value body) {
  const auto tools = body.find("tools");
  const auto choice = body.find("tool_choice");
  if (!tools || tools->is_null()) {
    if (choice) return validation("tool_choice: may only be specified while providing tools");
    return {};
  }
  if (!tools->is_array()) return validation("tools: Input should be a valid list");
  std::size_t index = 0;
  std::set<std::string> names;
  for (const Value tool : tools->elements()) {
    if (auto fine = refuse_tool(model, body, tool, index++); !fine) return fine;
    if (!names.insert(tool.text_at("name")).second) return validation("tools: Tool names must be unique.");
  }
  if (choice && choice->text_at("type") == "tool" && !names.contains(choice->text_at("name"))) {
    return validation("Tool '" + choice->text_at("name") + "' not found in provided tools");
  }
  return {};
}

Result<void> refuse_pairs(const Prompt& prompt, bool tools_given) {
  std::set<std::string> open;  // calls of the message before that wait for their results
  for (std::size_t i = 0; i < prompt.turns.size(); ++i) {
    const Turn& turn = prompt.turns[i];
    if (turn.role == "system") continue;
    const std::string path = "messages." + std::to_string(i);
    std::set<std::string> calls;
    std::size_t index = 0;
    for (const Block& block : turn.blocks) {
      const std::string place = path + ".content." + std::to_string(index++);
      if (block.type == "tool_use") calls.insert(block.value.text_at("id"));
      if (block.type != "tool_result") continue;
      const std::string id = block.value.text_at("tool_use_id");
      if (open.erase(id) == 0) {
        return validation(place + ": unexpected `tool_use_id` found in `tool_result` blocks: " + id +
                          ". Each `tool_result` block must have a corresponding `tool_use` block in the previous "
                          "message.");
      }
    }
    if (!open.empty() && turn.role == "assistant") {  // several user messages in a row are one turn
      return validation(path +
                        ": `tool_use` ids were found without `tool_result` blocks immediately after: " + *open.begin() +
                        ". Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
    }
    if (!calls.empty() && !tools_given) {
      return validation("Requests which include `tool_use` or `tool_result` blocks must define tools");
    }
    open.merge(calls);
  }
  if (!open.empty()) {
    return validation("messages." + std::to_string(prompt.turns.size() - 1) +
                      ": `tool_use` ids were found without `tool_result` blocks immediately after: " + *open.begin() +
                      ". Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
  }
  return {};
}

Result<void> refuse_messages(const Model& model, Value body, const Prompt& prompt) {
  if (auto fine = refuse_system(model, body); !fine) return fine;
  const auto messages = body.find("messages");
  if (!messages) return validation("messages: Field required");
  if (!messages->is_array()) return validation("messages: Input should be a valid list");
  if (auto fine = refuse_message_fields(body, *messages); !fine) return fine;
  if (auto fine = refuse_roles(model, prompt); !fine) return fine;
  for (std::size_t i = 0; i < prompt.turns.size(); ++i) {
    const Turn& turn = prompt.turns[i];
    if (turn.blocks.empty() && !(turn.role == "assistant" && i + 1 == prompt.turns.size())) {
      return validation("messages." + std::to_string(i) +
                        ": all messages must have non-empty content except for the "
                        "optional final assistant message");
    }
    for (std::size_t b = 0; b < turn.blocks.size(); ++b) {
      const std::string path = "messages." + std::to_string(i) + ".content." + std::to_string(b);
      if (auto fine = refuse_block(model, body, turn.blocks[b], turn.role, path); !fine) return fine;
    }
  }
  const auto tools = body.find("tools");
  if (auto fine = refuse_pairs(prompt, tools && tools->size() > 0); !fine) return fine;
  return refuse_cache_points(prompt);
}

}  // namespace stargate::sim
