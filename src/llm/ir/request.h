// A request in the common tongue: what every chat grammar can say, block by block.
//
// Text stays as JSON: grammars are JSON on both sides, so a string travels from body to body in its escaped form and
// is never unescaped on the way. `Escaped` is the inside of a JSON string token, `Json` one whole JSON value. Both are
// views: into the client's body, into the configuration, or into Request::owned, all of which outlive the request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "llm/lane/lane.h"

namespace stargate::llm::ir {

using Escaped = std::string_view;
using Json = std::string_view;

struct Text {
  Escaped text;
};
struct Image {
  Escaped media_type;
  Escaped base64;
};
struct File {
  bool plain_text = false;  // data is text itself, else base64
  Escaped media_type;
  Escaped data;
  Escaped title;  // may be empty
};
struct ToolUse {
  Escaped id;
  Escaped name;
  Json input;  // an object
};
struct Block;
struct ToolResult {
  Escaped tool_use_id;
  std::vector<Block> content;
  bool is_error = false;
};
struct Thinking {
  Escaped text;
  Escaped signature;
};
struct RedactedThinking {
  Escaped data;
};
// A block that the reader knows to be of the other side's grammar already: goes out byte for byte.
struct Verbatim {
  Json json;
  bool tool_result = false;
};

struct Block {
  std::variant<Text, Image, File, ToolUse, ToolResult, Thinking, RedactedThinking, Verbatim> content;
  Json cache_control;  // empty: none
};

// kSystem: an instruction in the middle of the conversation; those in front of it are Request::system.
enum class Role : std::uint8_t { kUser, kAssistant, kSystem };

struct Turn {
  Role role = Role::kUser;
  std::vector<Block> blocks;
};

struct Tool {
  Escaped name;
  Escaped description;  // may be empty
  Json input_schema;
  Json cache_control;  // empty: none
  bool strict = false;
  Json verbatim;  // set: a tool of the upstream's own grammar, the other members do not count
};

enum class Choice : std::uint8_t { kUnset, kAuto, kAny, kNone, kTool };

struct ToolChoice {
  Choice choice = Choice::kUnset;
  Escaped name;  // for kTool
  bool one_at_a_time = false;
};

enum class Format : std::uint8_t { kText, kObject, kSchema };

struct ResponseFormat {
  Format format = Format::kText;
  Json schema;          // for kSchema
  Escaped description;  // may be empty
};

enum class Effort : std::uint8_t { kUnset, kNone, kMinimal, kLow, kMedium, kHigh, kXHigh, kMax };

struct Sampling {
  Json temperature;  // numbers as written; empty: not asked
  Json top_p;
  Json top_k;
};

inline constexpr std::size_t kLossesMax = 64;

struct Request {
  std::vector<Block> system;
  std::vector<Turn> turns;
  std::vector<Tool> tools;
  ToolChoice tool_choice;
  std::optional<std::int64_t> max_tokens;
  std::vector<Escaped> stop;
  Sampling sampling;
  Json thinking;  // an object in Anthropic's form; empty: not asked
  Effort effort = Effort::kUnset;
  ResponseFormat response_format;
  Json output_config;  // an object in Anthropic's form; empty: not given
  std::vector<std::string> betas;
  std::vector<std::pair<Escaped, Json>> ext;  // further top-level members for the upstream, in order

  // What the reading lost or changed, and names that had to be rewritten (upstream's name -> client's).
  // Losses are noted once each and no more than kLossesMax: a body of a million odd members is not a million notes.
  std::vector<Loss> losses;
  std::map<std::string, std::string> tool_names;
  void lose(std::string what, std::string action);

  std::deque<std::string> owned;  // deque: views into the texts stay valid
  std::string_view keep(std::string text) { return owned.emplace_back(std::move(text)); }
};

}  // namespace stargate::llm::ir
