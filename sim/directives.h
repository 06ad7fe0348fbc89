// What a prompt asks of the simulator, in double square brackets:
//   [[sim text=200 tokens]]              a reply of that length          [[sim say="Hello"]]   this reply
//   [[sim tool=NAME {"a":1}]]            a call of that tool (several: parallel calls)
//   [[sim think=50]]                     so many tokens of thinking, when thinking is on
//   [[sim json={"a":1}]]                 this JSON, where JSON is asked for
//   [[sim stop=refusal]]                 this stop_reason
//   [[sim ttft_ms=500 tps=20]]           this speed
//   [[sim fault=throttle times=1]]       a fault (see faults.h; after=, delay=, status=, type=, message=)
// Words that are not understood are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/faults.h"

namespace stargate::sim {

struct ToolDirective {
  std::string name;
  std::string input;  // JSON; empty: made from the tool's schema
};

struct FaultDirective {
  std::string text;  // of the whole directive: what `times` is counted by
  Fault fault;
};

struct Directives {
  std::optional<std::int64_t> text_tokens;
  std::optional<std::string> say;
  std::optional<std::int64_t> think_tokens;
  std::vector<ToolDirective> tools;
  std::optional<std::string> json;
  std::string stop_reason;
  std::optional<std::int64_t> ttft_ms;
  std::optional<std::int64_t> tokens_per_second;
  std::vector<FaultDirective> faults;
};

// Adds the directives of one text.
void read_directives(std::string_view text, Directives& directives);

}  // namespace stargate::sim
