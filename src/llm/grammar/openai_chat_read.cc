#include "llm/grammar/openai_chat_read.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/grammar/openai_chat_members.h"
#include "llm/grammar/openai_chat_messages.h"
#include "llm/grammar/openai_chat_parts.h"
#include "llm/grammar/openai_chat_place.h"
#include "llm/grammar/openai_chat_tools.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Document;
using codec::json::Member;
using codec::json::Value;

constexpr double kOpenAiTemperatureMax = 2.0;
constexpr double kAnthropicTemperatureMax = 1.0;

Failure wrong_type(std::string_view member, std::string_view want) {
  return bad_member(std::string(member), "must be " + std::string(want));
}

Result<void> read_temperature(Value value, ir::Request& request) {
  const auto number = value.as_double();
  if (!number || *number < 0 || *number > kOpenAiTemperatureMax) {
    return wrong_type("temperature", "a number from 0 to 2");
  }
  request.sampling.temperature = value.raw();
  if (*number > kAnthropicTemperatureMax) {
    request.sampling.temperature = "1";
    request.lose("field:temperature", "clamped to 1");
  }
  return {};
}

Result<void> read_top_p(Value value, ir::Request& request) {
  const auto number = value.as_double();
  if (!number || *number < 0 || *number > 1) return wrong_type("top_p", "a number from 0 to 1");
  request.sampling.top_p = value.raw();
  return {};
}

Result<void> read_top_k(Value value, ir::Request& request) {
  const auto number = value.as_int();
  if (!number || *number < 0) return wrong_type("top_k", "a whole number");
  request.sampling.top_k = value.raw();
  return {};
}

void add_stop(Value text, ir::Request& request) {
  if (text.escaped().empty()) return;
  if (blank(text.escaped())) {  // upstream refuses stop sequences of white space
    request.lose("field:stop", "dropped a blank sequence");
    return;
  }
  request.stop.push_back(text.escaped());
}

Result<void> read_stop(Value value, ir::Request& request) {
  if (value.is_string()) {
    add_stop(value, request);
    return {};
  }
  if (!value.is_array()) return wrong_type("stop", "a string or a list of strings");
  for (const Value item : value.elements()) {
    if (!item.is_string()) return wrong_type("stop", "a string or a list of strings");
    add_stop(item, request);
  }
  return {};
}

Result<void> read_thinking_member(Value value, ir::Request& request) {
  const auto type = value.find("type");
  if (!type || !type->is_string()) return wrong_type("thinking", "an object with a type");
  request.thinking = value.raw();
  return {};
}

Result<void> read_reasoning_effort(Value value, ir::Request& request) {
  using enum ir::Effort;
  static constexpr auto kWords = std::to_array<std::pair<std::string_view, ir::Effort>>({
      {"none", kNone},
      {"disable", kNone},
      {"minimal", kMinimal},
      {"low", kLow},
      {"medium", kMedium},
      {"high", kHigh},
      {"xhigh", kXHigh},
      {"max", kMax},
  });
  Value word = value;
  if (const auto inner = value.find("effort")) word = *inner;  // LiteLLM takes {"effort":...,"summary":...} too
  for (const auto& [name, effort] : kWords) {
    if (!word.equals(name)) continue;
    request.effort = effort;
    return {};
  }
  return wrong_type("reasoning_effort", "one of none, minimal, low, medium, high, xhigh");
}

Result<void> read_response_format(Value value, ir::Request& request) {
  const auto type = value.find("type");
  if (!type || !type->is_string()) return wrong_type("response_format", "an object with a type");
  if (type->equals("text")) return {};
  auto schema = value.find("response_schema");  // LiteLLM's older form of a schema
  if (type->equals("json_schema")) {
    const auto holder = value.find("json_schema");
    if (!holder || !holder->is_object()) return bad_member("response_format.json_schema", "is required");
    schema = holder->find("schema");
    if (!schema || !schema->is_object()) return bad_member("response_format.json_schema.schema", "must be an object");
    if (const auto text = holder->find("description")) request.response_format.description = text->escaped();
  } else if (!type->equals("json_object")) {
    return bad_member("response_format.type", "must be text, json_object or json_schema");
  }
  request.response_format.format = ir::Format::kObject;
  if (schema && schema->is_object()) {
    request.response_format.format = ir::Format::kSchema;
    request.response_format.schema = schema->raw();
  }
  return {};
}

Result<void> read_output_config(Value value, ir::Request& request) {
  if (!value.is_object()) return wrong_type("output_config", "an object");
  request.output_config = value.raw();
  return {};
}

Result<void> read_betas(Value value, ir::Request& request) {
  if (!value.is_array()) return wrong_type("anthropic_beta", "a list of strings");
  for (const Value item : value.elements()) {
    if (!item.is_string()) return wrong_type("anthropic_beta", "a list of strings");
    request.betas.push_back(item.text());
  }
  return {};
}

struct Reader {
  std::string_view member;
  Result<void> (*read)(Value, ir::Request&);
};

constexpr auto kReaders = std::to_array<Reader>({
    {"anthropic_beta", read_betas},
    {"output_config", read_output_config},
    {"reasoning_effort", read_reasoning_effort},
    {"response_format", read_response_format},
    {"stop", read_stop},
    {"stop_sequences", read_stop},
    {"temperature", read_temperature},
    {"thinking", read_thinking_member},
    {"top_k", read_top_k},
    {"top_p", read_top_p},
});

// True when an unsupported member asks for what happens anyway: "n": 1, "logprobs": false, a penalty of 0.
bool asks_for_nothing(std::string_view member, Value value) {
  if (value.is_null() || value.as_bool() == std::optional(false)) return true;
  if (member == "n" || member == "repetition_penalty") return value.as_double() == std::optional(1.0);
  if (member == "verbosity") return value.equals("medium");
  if (member == "logit_bias") return value.is_object() && value.size() == 0;
  if (member == "modalities") {
    if (!value.is_array()) return false;
    const auto text = [](Value item) { return item.equals("text"); };
    for (const Value item : value.elements()) {
      if (!text(item)) return false;
    }
    return true;
  }
  return member != "seed" && value.as_double() == std::optional(0.0);
}

class MemberReader {
 public:
  MemberReader(ir::Request& request, const NameSet& drop_fields, bool drop)
      : request_(request), drop_fields_(drop_fields), drop_(drop) {}

  Result<void> read(Value key, Value value) {
    const std::string member = key.text();
    if (drop_fields_.contains(member)) return dropped(member);
    const auto rule = rule_of(member);
    if (!rule) return unknown(member);
    switch (*rule) {
      case MemberRule::kRead: return value.is_null() ? Result<void>() : read_known(member, value);
      case MemberRule::kUnsupported: return asks_for_nothing(member, value) ? Result<void>() : unsupported(member);
      case MemberRule::kAnthropic:
        if (!value.is_null()) request_.ext.emplace_back(key.escaped(), value.raw());
        return {};
      case MemberRule::kElsewhere:
      case MemberRule::kConsumed: return {};
    }
    return {};
  }

 private:
  Result<void> read_known(std::string_view member, Value value) {
    const auto reader = std::ranges::find(kReaders, member, &Reader::member);
    return reader == kReaders.end() ? Result<void>() : reader->read(value, request_);
  }
  Result<void> dropped(const std::string& member) {
    request_.lose("field:" + member, "dropped");
    return {};
  }
  Result<void> unsupported(const std::string& member) {
    if (drop_) return dropped(member);
    return bad_member(member, "is not supported by this model; set drop_params to leave it out");
  }
  Result<void> unknown(const std::string& member) {
    if (drop_) return dropped(member);
    const std::string_view near = nearest_member(member);
    std::string text = "is not a known parameter";
    if (!near.empty()) text.append("; did you mean \"").append(near).append("\"?");
    text.append(" (set drop_params to leave it out)");
    return bad_member(member, text);
  }

  ir::Request& request_;
  const NameSet& drop_fields_;
  bool drop_;
};

// The deployment's own members, for what the body does not name. The configuration's reader has checked them.
// What no model takes is dropped: that is no fault of the client's.
Result<void> read_defaults(std::string_view json, Value root, const NameSet& drop_fields, ir::Request& request) {
  if (json.empty() || json == "{}") return {};
  MemberReader reader(request, drop_fields, true);
  std::string padded(json);
  padded.reserve(padded.size() + base::kJsonPadding);
  const auto document = Document::parse(request.keep(std::move(padded)));
  if (!document) return base::fail(ErrorCode::kInternal, "default members of a deployment are not JSON");
  for (const Member member : document->root().members()) {
    if (root.find(member.key().text())) continue;
    if (const auto done = reader.read(member.key(), member.value()); !done) return done;
  }
  return {};
}

}  // namespace

Result<ir::Request> read_chat(const Document& body, const ChatReadOptions& options, const Files& files) {
  const Value root = body.root();
  const auto messages = root.find("messages");
  if (!messages || !messages->is_array()) return bad_member("messages", "must be a list");
  ir::Request request;
  const auto asked = root.find("drop_params");
  const bool drop = options.drop_params || (asked && asked->as_bool().value_or(false));
  NameSet drop_fields(options.drop_fields.begin(), options.drop_fields.end());
  if (const auto more = root.find("additional_drop_params"); more && more->is_array()) {
    for (const Value item : more->elements()) drop_fields.insert(item.text());
  }
  if (const auto done = read_messages(*messages, files, request); !done) return Failure(done.error());
  MemberReader reader(request, drop_fields, drop);
  for (const Member member : root.members()) {
    if (const auto done = reader.read(member.key(), member.value()); !done) return Failure(done.error());
  }
  if (const auto done = read_defaults(options.default_members, root, drop_fields, request); !done) {
    return Failure(done.error());
  }
  if (const auto done = read_tools(root, drop_fields, request); !done) return Failure(done.error());
  return request;
}

}  // namespace stargate::llm::grammar
