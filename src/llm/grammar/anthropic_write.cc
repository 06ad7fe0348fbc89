#include "llm/grammar/anthropic_write.h"

#include "codec/json.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Writer;

void write_member(Writer& w, std::string_view key, ir::Escaped inside) {
  w.key(key);
  w.escaped(inside);
}

void write_source(Writer& w, std::string_view type, ir::Escaped media_type, ir::Escaped data) {
  w.key("source");
  w.begin_object();
  w.member("type", type);
  write_member(w, "media_type", media_type);
  write_member(w, "data", data);
  w.end_object();
}

void write_block(Writer& w, const ir::Block& block);

void write_blocks(Writer& w, const std::vector<ir::Block>& blocks) {
  w.begin_array();
  for (const ir::Block& block : blocks) write_block(w, block);
  w.end_array();
}

// The members of a block besides cache_control, one overload per kind.
struct Members {
  Writer& w;
  void operator()(const ir::Text& text) const {
    w.member("type", "text");
    write_member(w, "text", text.text);
  }
  void operator()(const ir::Image& image) const {
    w.member("type", "image");
    write_source(w, "base64", image.media_type, image.base64);
  }
  void operator()(const ir::File& file) const {
    w.member("type", "document");
    write_source(w, file.plain_text ? "text" : "base64", file.media_type, file.data);
    if (!file.title.empty()) write_member(w, "title", file.title);
  }
  void operator()(const ir::ToolUse& use) const {
    w.member("type", "tool_use");
    write_member(w, "id", use.id);
    write_member(w, "name", use.name);
    w.member_raw("input", use.input);
  }
  void operator()(const ir::ToolResult& result) const {
    w.member("type", "tool_result");
    write_member(w, "tool_use_id", result.tool_use_id);
    if (!result.content.empty()) {
      w.key("content");
      write_blocks(w, result.content);
    }
    if (result.is_error) w.member("is_error", true);
  }
  void operator()(const ir::Thinking& thinking) const {
    w.member("type", "thinking");
    write_member(w, "thinking", thinking.text);
    write_member(w, "signature", thinking.signature);
  }
  void operator()(const ir::RedactedThinking& thinking) const {
    w.member("type", "redacted_thinking");
    write_member(w, "data", thinking.data);
  }
  void operator()(const ir::Verbatim&) const {}
};

void write_block(Writer& w, const ir::Block& block) {
  if (const auto* verbatim = std::get_if<ir::Verbatim>(&block.content)) {
    w.raw(verbatim->json);
    return;
  }
  w.begin_object();
  std::visit(Members{w}, block.content);
  if (!block.cache_control.empty()) w.member_raw("cache_control", block.cache_control);
  w.end_object();
}

void write_tool(Writer& w, const ir::Tool& tool) {
  if (!tool.verbatim.empty()) {
    w.raw(tool.verbatim);
    return;
  }
  w.begin_object();
  write_member(w, "name", tool.name);
  if (!tool.description.empty()) write_member(w, "description", tool.description);
  w.member_raw("input_schema", tool.input_schema);
  if (tool.strict) w.member("strict", true);
  if (!tool.cache_control.empty()) w.member_raw("cache_control", tool.cache_control);
  w.end_object();
}

void write_tool_choice(Writer& w, const ir::ToolChoice& choice) {
  if (choice.choice == ir::Choice::kUnset && !choice.one_at_a_time) return;
  w.key("tool_choice");
  w.begin_object();
  switch (choice.choice) {
    case ir::Choice::kUnset:
    case ir::Choice::kAuto: w.member("type", "auto"); break;
    case ir::Choice::kAny: w.member("type", "any"); break;
    case ir::Choice::kNone: w.member("type", "none"); break;
    case ir::Choice::kTool:
      w.member("type", "tool");
      write_member(w, "name", choice.name);
      break;
  }
  // "none" takes no such member.
  if (choice.one_at_a_time && choice.choice != ir::Choice::kNone) w.member("disable_parallel_tool_use", true);
  w.end_object();
}

std::string_view role_word(ir::Role role) {
  switch (role) {
    case ir::Role::kUser: return "user";
    case ir::Role::kAssistant: return "assistant";
    case ir::Role::kSystem: return "system";
  }
  return "user";
}

void write_turns(Writer& w, const std::vector<ir::Turn>& turns) {
  w.key("messages");
  w.begin_array();
  for (const ir::Turn& turn : turns) {
    w.begin_object();
    w.member("role", role_word(turn.role));
    w.key("content");
    write_blocks(w, turn.blocks);
    w.end_object();
  }
  w.end_array();
}

void write_settings(Writer& w, const ir::Request& request) {
  if (!request.stop.empty()) {
    w.key("stop_sequences");
    w.begin_array();
    for (const ir::Escaped stop : request.stop) w.escaped(stop);
    w.end_array();
  }
  if (!request.sampling.temperature.empty()) w.member_raw("temperature", request.sampling.temperature);
  if (!request.sampling.top_p.empty()) w.member_raw("top_p", request.sampling.top_p);
  if (!request.sampling.top_k.empty()) w.member_raw("top_k", request.sampling.top_k);
  if (!request.thinking.empty()) w.member_raw("thinking", request.thinking);
  if (!request.output_config.empty()) w.member_raw("output_config", request.output_config);
  for (const auto& [key, json] : request.ext) {
    w.key_escaped(key);
    w.raw(json);
  }
}

}  // namespace

void write_anthropic(const ir::Request& request, std::string& out) {
  Writer w(out);
  w.begin_object();
  if (request.max_tokens) w.member("max_tokens", *request.max_tokens);
  if (!request.system.empty()) {
    w.key("system");
    write_blocks(w, request.system);
  }
  if (!request.tools.empty()) {
    w.key("tools");
    w.begin_array();
    for (const ir::Tool& tool : request.tools) write_tool(w, tool);
    w.end_array();
    write_tool_choice(w, request.tool_choice);
  }
  write_turns(w, request.turns);
  write_settings(w, request);
  w.end_object();
}

}  // namespace stargate::llm::grammar
