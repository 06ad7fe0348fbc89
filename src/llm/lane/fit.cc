#include "llm/lane/fit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "llm/lane/fit_thinking.h"
#include "llm/lane/output_schema.h"

namespace stargate::llm {
namespace {

using codec::json::Document;

constexpr std::int64_t kMaxTokensFallback = 4096;
constexpr double kTopPMinWithThinking = 0.95;  // Anthropic, "Extended thinking": top_p may be 0.95 to 1
constexpr ir::Json kOpenSchema = R"({"type":"object","properties":{},"additionalProperties":true})";
constexpr ir::Escaped kJsonToolText =
    "Give the answer by calling this tool once. Its arguments are the whole answer: fill them with the answer itself, "
    "do not write any text beside the call.";
constexpr std::string_view kObjectInstruction =
    "Answer with one JSON object and nothing else: no text before or after it, no code fence.";
constexpr std::string_view kSchemaInstruction =
    "Answer with one JSON value that is valid against the JSON schema below, and nothing else: no text before or after "
    "it, no code fence.\n";

class Fit {
 public:
  Fit(ir::Request& request, const Target& target, const Learned& learned)
      : request_(request), caps_(*target.capabilities), target_(target), learned_(learned) {}

  Result<std::string> run() {
    fit_max_tokens();
    const bool thinking = fit_thinking(request_, caps_, target_.max_output_tokens, asked_);
    fit_strict_tools();
    fit_response_format(thinking);
    fit_sampling(thinking);
    fit_tool_choice(thinking);
    if (const auto done = check_prefill(); !done) return Failure(done.error());
    return std::move(json_tool_);
  }

 private:
  void fit_max_tokens();
  void fit_strict_tools();
  void fit_sampling(bool thinking);
  void fit_tool_choice(bool thinking);
  void fit_response_format(bool thinking);
  bool use_native_format(const Document& schema);
  void use_json_tool(ir::Json schema);
  void instruct(std::string_view text, ir::Json schema);
  void drop_number(ir::Json& number, std::string what, std::string action);
  [[nodiscard]] Result<void> check_prefill();
  void lose(std::string what, std::string action) { request_.lose(std::move(what), std::move(action)); }

  ir::Request& request_;
  const binding::Capabilities& caps_;
  const Target& target_;
  const Learned& learned_;
  bool asked_ = false;  // the client named max_tokens
  std::string json_tool_;
};

void Fit::fit_max_tokens() {
  asked_ = request_.max_tokens.has_value();
  const std::int64_t model_max = target_.max_output_tokens;
  const std::int64_t fallback = model_max > 0 ? model_max : kMaxTokensFallback;
  request_.max_tokens = request_.max_tokens.value_or(target_.default_max_tokens.value_or(fallback));
  if (model_max > 0 && *request_.max_tokens > model_max) {
    request_.max_tokens = model_max;
    if (asked_) lose("field:max_tokens", "clamped to " + std::to_string(model_max));
  }
}

void Fit::drop_number(ir::Json& number, std::string what, std::string action) {
  if (number.empty()) return;
  number = {};
  lose(std::move(what), std::move(action));
}

double number_of(ir::Json json) {
  const auto document = Document::parse_copy(json);
  return document ? document->root().as_double().value_or(0) : 0;
}

void Fit::fit_sampling(bool thinking) {
  ir::Sampling& sampling = request_.sampling;
  if (!caps_.temperature) {
    drop_number(sampling.temperature, "field:temperature", "dropped: not taken by this model");
    drop_number(sampling.top_p, "field:top_p", "dropped: not taken by this model");
    drop_number(sampling.top_k, "field:top_k", "dropped: not taken by this model");
    return;
  }
  if (thinking) {
    if (!sampling.temperature.empty() && number_of(sampling.temperature) == 1.0) sampling.temperature = {};
    drop_number(sampling.temperature, "field:temperature", "dropped: thinking is on");
    drop_number(sampling.top_k, "field:top_k", "dropped: thinking is on");
    if (!sampling.top_p.empty() && number_of(sampling.top_p) < kTopPMinWithThinking) {
      drop_number(sampling.top_p, "field:top_p", "dropped: thinking is on");
    }
  }
  const bool both = caps_.temperature_and_top_p && !learned_.one_of_temperature_and_top_p;
  if (!both && !sampling.temperature.empty()) {
    drop_number(sampling.top_p, "field:top_p", "dropped: this model takes temperature or top_p");
  }
}

void Fit::fit_tool_choice(bool thinking) {
  ir::ToolChoice& choice = request_.tool_choice;
  if (!thinking || (choice.choice != ir::Choice::kAny && choice.choice != ir::Choice::kTool)) return;
  choice.choice = ir::Choice::kAuto;
  lose("field:tool_choice", "changed to auto: thinking is on");
}

// A strict tool's schema must keep to what structured outputs can say; one that does not is sent as an ordinary tool.
void Fit::fit_strict_tools() {
  if (!caps_.structured_output) return;  // the binding knows where `strict` is not taken at all
  for (ir::Tool& tool : request_.tools) {
    if (!tool.strict) continue;
    const auto schema = Document::parse_copy(tool.input_schema);
    std::vector<Loss> limits;
    const auto native = schema ? native_output_schema(schema->root(), *schema, limits) : std::nullopt;
    if (native && *native == tool.input_schema) continue;
    tool.strict = false;
    lose("tools[].strict", "dropped from " + codec::json::unescape(tool.name) + ": its schema is not strict");
  }
}

bool Fit::use_native_format(const Document& schema) {
  if (!caps_.structured_output || learned_.fields.contains("output_config.format") ||
      learned_.fields.contains("output_config")) {
    return false;
  }
  auto native = native_output_schema(schema.root(), schema, request_.losses);
  if (!native) return false;
  add_output_config(request_, "format", R"({"type":"json_schema","schema":)" + *native + "}");
  return true;
}

// Beside the client's own tools the model must be free to call one of those first: any instead of this one.
void Fit::use_json_tool(ir::Json schema) {
  const bool alone = request_.tools.empty() || request_.tool_choice.choice == ir::Choice::kNone;
  const ir::Escaped own = request_.response_format.description;
  request_.tools.push_back({.name = kJsonTool,
                            .description = own.empty() ? kJsonToolText : own,
                            .input_schema = schema,
                            .cache_control = {},
                            .verbatim = {}});
  if (alone) {
    request_.tool_choice = {.choice = ir::Choice::kTool, .name = kJsonTool, .one_at_a_time = false};
  } else if (request_.tool_choice.choice != ir::Choice::kTool) {
    request_.tool_choice.choice = ir::Choice::kAny;
  }
  json_tool_ = kJsonTool;
}

void Fit::instruct(std::string_view text, ir::Json schema) {
  std::string inside;
  codec::json::append_escaped(inside, text);
  codec::json::append_escaped(inside, schema);
  request_.system.push_back({.content = ir::Text{request_.keep(std::move(inside))}, .cache_control = {}});
  lose("field:response_format", "became an instruction in the system prompt");
}

void Fit::fit_response_format(bool thinking) {
  const ir::ResponseFormat& wanted = request_.response_format;
  if (wanted.format == ir::Format::kText) return;
  if (wanted.format == ir::Format::kObject) {
    if (thinking) return instruct(kObjectInstruction, {});
    return use_json_tool(kOpenSchema);
  }
  const auto schema = Document::parse_copy(wanted.schema);
  if (!schema) return instruct(kObjectInstruction, {});
  if (use_native_format(*schema)) return;
  if (thinking || !describes_object(schema->root())) return instruct(kSchemaInstruction, wanted.schema);
  use_json_tool(wanted.schema);
}

// A trailing assistant turn asks the model to go on from there. Where it is taken, it may not end with white space.
Result<void> Fit::check_prefill() {
  if (request_.turns.empty() || request_.turns.back().role != ir::Role::kAssistant) return {};
  if (!caps_.prefill) {
    return base::client_error(ErrorCode::kBadRequest,
                              "messages: the last message is from the assistant, and this model does not continue an "
                              "assistant message; end with a user message",
                              "messages");
  }
  auto* text = std::get_if<ir::Text>(&request_.turns.back().blocks.back().content);
  if (text == nullptr) return {};
  const auto ends_with_escape = [&] {
    return text->text.ends_with("\\n") || text->text.ends_with("\\t") || text->text.ends_with("\\r");
  };
  for (;;) {
    if (text->text.ends_with(' ')) {
      text->text.remove_suffix(1);
    } else if (ends_with_escape() && !text->text.substr(0, text->text.size() - 2).ends_with('\\')) {
      text->text.remove_suffix(2);
    } else {
      return {};
    }
  }
}

}  // namespace

Result<std::string> fit(ir::Request& request, const Target& target, const Learned& learned) {
  return Fit(request, target, learned).run();
}

}  // namespace stargate::llm
