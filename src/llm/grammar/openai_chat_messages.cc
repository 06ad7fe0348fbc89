#include "llm/grammar/openai_chat_messages.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "llm/grammar/openai_chat_parts.h"
#include "llm/grammar/openai_chat_place.h"
#include "llm/grammar/tool_names.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Document;
using codec::json::Value;

constexpr ir::Escaped kFiller = ".";

bool given(const std::optional<Value>& value) { return value && !value->is_null(); }

bool is_blank_text(const ir::Block& block) {
  const auto* text = std::get_if<ir::Text>(&block.content);
  return text != nullptr && blank(text->text);
}

bool is_thinking(const ir::Block& block) {
  return std::holds_alternative<ir::Thinking>(block.content) ||
         std::holds_alternative<ir::RedactedThinking>(block.content);
}

bool is_tool_result(const ir::Block& block) {
  const auto* verbatim = std::get_if<ir::Verbatim>(&block.content);
  return std::holds_alternative<ir::ToolResult>(block.content) || (verbatim != nullptr && verbatim->tool_result);
}

// Upstream wants the answers to its calls before anything else.
void tool_results_first(std::vector<ir::Block>& blocks) {
  if (std::ranges::is_partitioned(blocks, is_tool_result)) return;
  std::vector<ir::Block> ordered;
  ordered.reserve(blocks.size());
  for (const bool results : {true, false}) {
    for (ir::Block& block : blocks) {
      if (is_tool_result(block) == results) ordered.push_back(std::move(block));
    }
  }
  blocks = std::move(ordered);
}

class MessageReader {
 public:
  MessageReader(const Files& files, ir::Request& request) : files_(files), request_(request) {}

  Result<void> read(Value message);
  void finish();

 private:
  Result<void> read_system(Value message);
  Result<void> read_user(Value message);
  Result<void> read_assistant(Value message);
  Result<void> read_tool(Value message);
  Result<void> read_function(Value message);
  Result<void> read_tool_calls(Value message, std::vector<ir::Block>& blocks);
  Result<void> read_tool_call(Value call, std::vector<ir::Block>& blocks);
  Result<void> read_function_call(Value message, std::vector<ir::Block>& blocks);
  Result<ir::Json> read_arguments(std::optional<Value> arguments, const std::string& where);
  void read_reasoning(Value message, std::vector<ir::Block>& blocks);
  Result<void> read_tool_result(Value message, ir::Escaped id);
  void append(ir::Role role, std::vector<ir::Block> blocks);
  void mark_cache(Value message, std::vector<ir::Block>& blocks) const;
  void drop_repeated_ids(ir::Turn& turn);
  ir::Escaped tool_id(Value id);

  const Files& files_;
  ir::Request& request_;
  Place place_;  // of the message being read
  std::size_t count_ = 0;
  ir::Escaped function_call_id_;  // of the last deprecated function_call
};

Result<void> MessageReader::read(Value message) {
  place_ = Place{.message = count_++};
  Place whole = place_;
  whole.member = {};
  if (!message.is_object()) return bad_member(whole.text(), "must be an object");
  const auto role = message.find("role");
  whole.member = "role";
  if (!role || !role->is_string()) return bad_member(whole.text(), "must be a string");
  if (given(message.find("name"))) request_.lose("field:messages[].name", "dropped");
  if (role->equals("user")) return read_user(message);
  if (role->equals("assistant")) return read_assistant(message);
  if (role->equals("system") || role->equals("developer")) return read_system(message);
  if (role->equals("tool")) return read_tool(message);
  if (role->equals("function")) return read_function(message);
  return bad_member(whole.text(),
                    "\"" + role->text() + "\" is not a role; use system, developer, user, assistant or tool");
}

// A message's own cache_control goes to the last of its blocks that can bear one.
void MessageReader::mark_cache(Value message, std::vector<ir::Block>& blocks) const {
  const ir::Json control = cache_control_of(message);
  if (control.empty()) return;
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    if (is_thinking(*block) || std::holds_alternative<ir::Verbatim>(block->content)) continue;
    if (block->cache_control.empty()) block->cache_control = control;
    return;
  }
}

void MessageReader::append(ir::Role role, std::vector<ir::Block> blocks) {
  if (role == ir::Role::kAssistant && blocks.empty()) return;
  if (request_.turns.empty() || request_.turns.back().role != role) {
    request_.turns.push_back({.role = role, .blocks = std::move(blocks)});
    return;
  }
  auto& into = request_.turns.back().blocks;
  into.insert(into.end(), std::make_move_iterator(blocks.begin()), std::make_move_iterator(blocks.end()));
}

// Instructions in front are the system prompt. Later ones stay where they stand: lifted, they would change what every
// later turn begins with. A model that does not take the role gets them as text of the user turn (binding).
Result<void> MessageReader::read_system(Value message) {
  std::vector<ir::Block> blocks;
  if (const auto content = message.find("content")) {
    const auto done = read_content(*content, place_, files_, request_, blocks);
    if (!done) return done;
  }
  std::erase_if(blocks, is_blank_text);
  mark_cache(message, blocks);
  for (ir::Block& block : blocks) {
    if (!std::holds_alternative<ir::Text>(block.content)) {
      return bad_member(place_.text(), "a system message may hold only text");
    }
  }
  if (blocks.empty()) return {};
  if (!request_.turns.empty()) {
    append(ir::Role::kSystem, std::move(blocks));
    return {};
  }
  request_.system.insert(request_.system.end(), std::make_move_iterator(blocks.begin()),
                         std::make_move_iterator(blocks.end()));
  return {};
}

Result<void> MessageReader::read_user(Value message) {
  std::vector<ir::Block> blocks;
  if (const auto content = message.find("content")) {
    const auto done = read_content(*content, place_, files_, request_, blocks);
    if (!done) return done;
  }
  mark_cache(message, blocks);
  append(ir::Role::kUser, std::move(blocks));
  return {};
}

// Reasoning goes back only as signed blocks: upstream refuses thinking that it did not sign.
void MessageReader::read_reasoning(Value message, std::vector<ir::Block>& blocks) {
  if (const auto thinking = message.find("thinking_blocks"); thinking && thinking->is_array()) {
    std::string unsigned_text;  // pieces of a stream that a client kept one by one: the signature comes last
    for (const Value item : thinking->elements()) {
      auto block = read_thinking(item);
      if (!block) {
        const auto text = item.find("thinking");
        if (text && text->is_string()) unsigned_text += text->escaped();
        if (text && text->is_string() && !text->escaped().empty()) continue;
        request_.lose("field:messages[].thinking_blocks", "dropped a block without signature");
        continue;
      }
      auto* const signed_block = std::get_if<ir::Thinking>(&block->content);
      if (!unsigned_text.empty() && signed_block != nullptr && signed_block->text.empty()) {
        signed_block->text = request_.keep(std::exchange(unsigned_text, {}));
      }
      if (!std::exchange(unsigned_text, {}).empty()) {
        request_.lose("field:messages[].thinking_blocks", "dropped a block without signature");
      }
      blocks.push_back(std::move(*block));
    }
    if (!unsigned_text.empty()) {
      request_.lose("field:messages[].thinking_blocks", "dropped a block without signature");
    }
    return;
  }
  const auto text = message.find("reasoning_content");
  if (text && !text->escaped().empty()) request_.lose("field:messages[].reasoning_content", "dropped: not signed");
}

Result<void> MessageReader::read_assistant(Value message) {
  std::vector<ir::Block> blocks;
  read_reasoning(message, blocks);
  const auto content = message.find("content");
  if (given(content)) {
    const auto done = read_content(*content, place_, files_, request_, blocks);
    if (!done) return done;
  } else if (const auto refusal = message.find("refusal"); refusal && refusal->is_string()) {
    blocks.push_back({.content = ir::Text{refusal->escaped()}, .cache_control = {}});
  }
  std::erase_if(blocks, is_blank_text);
  if (const auto done = read_tool_calls(message, blocks); !done) return done;
  if (const auto done = read_function_call(message, blocks); !done) return done;
  if (std::ranges::all_of(blocks, is_thinking)) blocks.clear();  // upstream refuses a turn of thinking alone
  mark_cache(message, blocks);
  append(ir::Role::kAssistant, std::move(blocks));
  return {};
}

Result<void> MessageReader::read_tool_calls(Value message, std::vector<ir::Block>& blocks) {
  const auto calls = message.find("tool_calls");
  if (!given(calls)) return {};
  place_.member = "tool_calls";
  if (!calls->is_array()) return bad_member(place_.text(), "must be a list");
  std::size_t call_index = 0;
  for (const Value call : calls->elements()) {
    place_.part = call_index;
    if (const auto done = read_tool_call(call, blocks); !done) return done;
    ++call_index;
  }
  return {};
}

Result<void> MessageReader::read_tool_call(Value call, std::vector<ir::Block>& blocks) {
  const auto id = call.find("id");
  if (!id || !id->is_string() || id->escaped().empty()) {
    return bad_member(place_.text() + ".id", "must be a non-empty string");
  }
  const auto function = call.find("function");
  if (!function || !function->is_object()) {
    return bad_member(place_.text() + ".function", "is required; only function tools are supported");
  }
  const auto name = function->find("name");
  if (!name || !name->is_string() || name->escaped().empty()) {
    return bad_member(place_.text() + ".function.name", "must be a non-empty string");
  }
  const auto input = read_arguments(function->find("arguments"), ".function.arguments");
  if (!input) return Failure(input.error());
  ir::Json control = cache_control_of(call);
  if (control.empty()) control = cache_control_of(*function);
  blocks.push_back(
      {.content = ir::ToolUse{.id = tool_id(*id), .name = upstream_tool_name(*name, request_), .input = *input},
       .cache_control = control});
  return {};
}

// The deprecated form has no ids: each call gets one from its place, and the next function message answers it.
Result<void> MessageReader::read_function_call(Value message, std::vector<ir::Block>& blocks) {
  const auto call = message.find("function_call");
  if (!given(call)) return {};
  place_.member = "function_call";
  place_.part.reset();
  const auto name = call->find("name");
  if (!name || !name->is_string() || name->escaped().empty()) {
    return bad_member(place_.text() + ".name", "must be a non-empty string");
  }
  const auto input = read_arguments(call->find("arguments"), ".arguments");
  if (!input) return Failure(input.error());
  function_call_id_ = request_.keep("call_" + std::to_string(place_.message));
  blocks.push_back(
      {.content = ir::ToolUse{.id = function_call_id_, .name = upstream_tool_name(*name, request_), .input = *input},
       .cache_control = {}});
  return {};
}

// Arguments are a string that holds JSON; upstream wants the object itself. Some clients send the object.
Result<ir::Json> MessageReader::read_arguments(std::optional<Value> arguments, const std::string& where) {
  if (!given(arguments)) return ir::Json("{}");
  if (arguments->is_object()) return arguments->raw();
  if (!arguments->is_string()) return bad_member(place_.text() + where, "must be a string that holds a JSON object");
  if (blank(arguments->escaped())) return ir::Json("{}");
  std::string text = arguments->text();
  text.reserve(text.size() + base::kJsonPadding);
  const std::string_view kept = request_.keep(std::move(text));
  const auto document = Document::parse(kept);
  if (!document) return bad_member(place_.text() + where, "is not valid JSON: " + document.error().message);
  if (document->root().is_null()) return ir::Json("{}");
  if (!document->root().is_object()) return bad_member(place_.text() + where, "must hold a JSON object");
  return document->root().raw();
}

Result<void> MessageReader::read_tool_result(Value message, ir::Escaped id) {
  ir::ToolResult result{.tool_use_id = id, .content = {}};
  if (const auto content = message.find("content")) {
    const auto done = read_content(*content, place_, files_, request_, result.content);
    if (!done) return done;
  }
  std::erase_if(result.content, is_blank_text);
  const ir::Json control = cache_control_of(message);
  std::vector<ir::Block> blocks;
  blocks.push_back({.content = std::move(result), .cache_control = control});
  // Answers stand right behind the calls and in one turn: an instruction that the client put between waits.
  auto& turns = request_.turns;
  if (turns.size() > 1 && turns.back().role == ir::Role::kSystem) {
    ir::Turn instruction = std::move(turns.back());
    turns.pop_back();
    append(ir::Role::kUser, std::move(blocks));
    turns.push_back(std::move(instruction));
    return {};
  }
  append(ir::Role::kUser, std::move(blocks));
  return {};
}

Result<void> MessageReader::read_tool(Value message) {
  const auto id = message.find("tool_call_id");
  if (!id || !id->is_string() || id->escaped().empty()) {
    place_.member = "tool_call_id";
    return bad_member(place_.text(), "must be a non-empty string");
  }
  return read_tool_result(message, tool_id(*id));
}

Result<void> MessageReader::read_function(Value message) {
  if (function_call_id_.empty()) {
    place_.member = "role";
    return bad_member(place_.text(), "a function message must follow an assistant message with a function_call");
  }
  return read_tool_result(message, function_call_id_);
}

ir::Escaped MessageReader::tool_id(Value id) {
  if (valid_tool_id(id.escaped())) return id.escaped();
  return request_.keep(rewritten_tool_id(id.text()));
}

void MessageReader::drop_repeated_ids(ir::Turn& turn) {
  std::set<std::string_view> calls;
  std::set<std::string_view> results;
  const auto repeated = [&](const ir::Block& block) {
    if (const auto* use = std::get_if<ir::ToolUse>(&block.content)) return !calls.insert(use->id).second;
    if (const auto* result = std::get_if<ir::ToolResult>(&block.content)) {
      return !results.insert(result->tool_use_id).second;
    }
    return false;
  };
  if (std::erase_if(turn.blocks, repeated) > 0) request_.lose("messages[] tool ids", "dropped a repeated one");
}

void MessageReader::finish() {
  for (ir::Turn& turn : request_.turns) {
    drop_repeated_ids(turn);
    if (turn.role != ir::Role::kUser) continue;
    std::erase_if(turn.blocks, is_blank_text);
    if (turn.blocks.empty()) {
      turn.blocks.push_back({.content = ir::Text{kFiller}, .cache_control = {}});
      request_.lose("messages[] blank user text", "replaced by \".\"");
    }
    tool_results_first(turn.blocks);
  }
  if (request_.turns.empty() || request_.turns.front().role != ir::Role::kUser) {
    ir::Turn first{.role = ir::Role::kUser, .blocks = {}};
    first.blocks.push_back({.content = ir::Text{kFiller}, .cache_control = {}});
    request_.turns.insert(request_.turns.begin(), std::move(first));
    request_.lose("messages", "began without the user: put a user turn \".\" first");
  }
}

}  // namespace

ir::Escaped upstream_tool_name(Value name, ir::Request& request) {
  if (valid_tool_name(name.escaped())) return name.escaped();
  std::string plain = name.text();
  std::string rewritten = rewritten_tool_name(plain);
  if (request.tool_names.try_emplace(rewritten, std::move(plain)).second) request.lose("tools[].name", "rewritten");
  return request.keep(std::move(rewritten));
}

Result<void> read_messages(Value messages, const Files& files, ir::Request& request) {
  MessageReader reader(files, request);
  for (const Value message : messages.elements()) {
    if (const auto done = reader.read(message); !done) return done;
  }
  reader.finish();
  return {};
}

}  // namespace stargate::llm::grammar
