#include "llm/grammar/openai_chat_tools.h"

#include <string>

#include "llm/grammar/openai_chat_messages.h"
#include "llm/grammar/openai_chat_parts.h"
#include "llm/grammar/openai_chat_place.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Value;

constexpr ir::Json kOpenSchema = R"({"type":"object","properties":{}})";

bool given(const std::optional<Value>& value) { return value && !value->is_null(); }

// Upstream wants "type":"object" at the root of a schema; OpenAI takes schemas without.
Result<ir::Json> input_schema(Value function, const std::string& where, ir::Request& request) {
  const auto schema = function.find("parameters");
  if (!given(schema)) return kOpenSchema;
  if (!schema->is_object()) return bad_member(where + ".parameters", "must be a JSON schema object");
  if (schema->size() == 0) return kOpenSchema;
  if (schema->find("type")) return schema->raw();
  return request.keep(R"({"type":"object",)" + std::string(schema->raw().substr(1)));
}

Result<ir::Tool> read_function(Value holder, Value function, const std::string& where, ir::Request& request) {
  if (!function.is_object()) return bad_member(where, "must be an object");
  const auto name = function.find("name");
  if (!name || !name->is_string() || name->escaped().empty()) {
    return bad_member(where + ".name", "must be a non-empty string");
  }
  const auto schema = input_schema(function, where, request);
  if (!schema) return Failure(schema.error());
  const auto description = function.find("description");
  const auto strict = function.find("strict");
  ir::Json control = cache_control_of(holder);
  if (control.empty()) control = cache_control_of(function);
  return ir::Tool{.name = upstream_tool_name(*name, request),
                  .description = description ? description->escaped() : ir::Escaped(),
                  .input_schema = *schema,
                  .cache_control = control,
                  .strict = strict && strict->as_bool().value_or(false),
                  .verbatim = {}};
}

Result<ir::Tool> read_tool(Value tool, std::size_t index, ir::Request& request) {
  const std::string where = "tools." + std::to_string(index);
  if (!tool.is_object()) return bad_member(where, "must be an object");
  if (const auto function = tool.find("function"); given(function)) {
    return read_function(tool, *function, where + ".function", request);
  }
  const auto type = tool.find("type");
  const bool function_type = type && type->equals("function");
  // Anthropic's own form: {name, input_schema} or a typed tool such as {"type":"bash_20250124","name":"bash"}.
  const bool typed = type && type->is_string() && !function_type && !type->equals("custom");
  if (tool.find("name") && (tool.find("input_schema") || typed)) {
    return ir::Tool{.name = {},
                    .description = {},
                    .input_schema = {},
                    .cache_control = {},
                    .strict = false,
                    .verbatim = tool.raw()};
  }
  // The Responses API's flat form: {"type":"function","name":...,"parameters":...}.
  if (function_type && tool.find("name")) return read_function(tool, tool, where, request);
  if (function_type) return bad_member(where + ".function", "is required");
  return bad_member(where + ".type", "only function tools are supported by this model");
}

void choose(ir::Request& request, ir::Choice choice, ir::Escaped name = {}) {
  request.tool_choice.choice = choice;
  request.tool_choice.name = name;
}

Result<void> choose_word(Value word, ir::Request& request) {
  if (word.equals("auto")) {
    choose(request, ir::Choice::kAuto);
  } else if (word.equals("required") || word.equals("any")) {
    choose(request, ir::Choice::kAny);
  } else if (word.equals("none")) {
    choose(request, ir::Choice::kNone);
  } else {
    return bad_member("tool_choice", "\"" + word.text() + "\" is not known; use auto, required, none or a function");
  }
  return {};
}

Result<void> read_tool_choice(Value choice, ir::Request& request) {
  if (choice.is_string()) return choose_word(choice, request);
  if (!choice.is_object()) return bad_member("tool_choice", "must be a string or an object");
  const auto function = choice.find("function");
  const auto holder = function && function->is_object() ? *function : choice;
  if (const auto name = holder.find("name"); name && name->is_string() && !name->escaped().empty()) {
    choose(request, ir::Choice::kTool, upstream_tool_name(*name, request));
    return {};
  }
  if (const auto allowed = choice.find("allowed_tools"); allowed && allowed->is_object()) {
    const auto mode = allowed->find("mode");
    choose(request, mode && mode->equals("required") ? ir::Choice::kAny : ir::Choice::kAuto);
    request.lose("tool_choice.allowed_tools", "dropped: every tool may be called");
    return {};
  }
  if (const auto type = choice.find("type"); type && type->is_string()) {
    if (!type->equals("function") && !type->equals("tool")) return choose_word(*type, request);
  }
  return bad_member("tool_choice.function.name", "must be a non-empty string");
}

void tools_from_history(ir::Request& request) {
  std::vector<ir::Escaped> names;
  std::set<ir::Escaped> seen;
  bool results = false;
  for (const ir::Turn& turn : request.turns) {
    for (const ir::Block& block : turn.blocks) {
      results = results || std::holds_alternative<ir::ToolResult>(block.content);
      const auto* use = std::get_if<ir::ToolUse>(&block.content);
      if (use != nullptr && seen.insert(use->name).second) names.push_back(use->name);
    }
  }
  if (names.empty() && results) names.emplace_back("unknown_tool");
  if (names.empty()) return;
  for (const ir::Escaped name : names) {
    request.tools.push_back({.name = name,
                             .description = "Was available earlier in this conversation.",
                             .input_schema = kOpenSchema,
                             .cache_control = {},
                             .verbatim = {}});
  }
  choose(request, ir::Choice::kNone);
  request.lose("tools", "made up from the calls in the history");
}

// The body's members as far as they count.
struct Body {
  Value root;
  const NameSet& drop_fields;

  // nullopt for null, too.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const {
    if (drop_fields.contains(key)) return std::nullopt;
    const auto value = root.find(key);
    return given(value) ? value : std::nullopt;
  }
  [[nodiscard]] Result<std::optional<Value>> list(std::string_view key) const {
    const auto value = find(key);
    if (value && !value->is_array()) return bad_member(std::string(key), "must be a list");
    return value;
  }
};

Result<void> read_lists(const Body& body, ir::Request& request) {
  const auto tools = body.list("tools");
  if (!tools) return Failure(tools.error());
  const auto functions = body.list("functions");
  if (!functions) return Failure(functions.error());
  std::size_t index = 0;
  if (*tools) {
    for (const Value item : (*tools)->elements()) {
      auto tool = read_tool(item, index++, request);
      if (!tool) return Failure(tool.error());
      request.tools.push_back(*tool);
    }
  }
  if (*functions && request.tools.empty()) {
    for (const Value item : (*functions)->elements()) {
      auto tool = read_function(item, item, "functions." + std::to_string(index++), request);
      if (!tool) return Failure(tool.error());
      request.tools.push_back(*tool);
    }
  }
  return {};
}

}  // namespace

Result<void> read_tools(Value root, const NameSet& drop_fields, ir::Request& request) {
  const Body body{.root = root, .drop_fields = drop_fields};
  if (const auto done = read_lists(body, request); !done) return done;
  if (request.tools.empty()) {
    tools_from_history(request);
    return {};
  }
  auto choice = body.find("tool_choice");
  if (!choice) choice = body.find("function_call");
  if (choice) {
    if (const auto done = read_tool_choice(*choice, request); !done) return done;
  }
  const auto parallel = body.find("parallel_tool_calls");
  request.tool_choice.one_at_a_time = parallel && parallel->as_bool() == std::optional(false);
  return {};
}

}  // namespace stargate::llm::grammar
