// The top-level members of a Chat Completions body and what becomes of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"

namespace stargate::llm::grammar {

enum class MemberRule : std::uint8_t {
  kRead,         // has its own reader
  kElsewhere,    // read with the messages, the tools or the facts
  kConsumed,     // for gateways and dashboards; means nothing to a model
  kUnsupported,  // refused, or dropped with drop_params, unless its value asks for nothing
  kAnthropic,    // Anthropic's own: goes upstream as it is
};

// nullopt: nobody's member.
std::optional<MemberRule> rule_of(std::string_view member);

// The known member that `member` may be a misspelling of; empty when none is near.
std::string_view nearest_member(std::string_view member);

// The name of a known member that stands twice in `root` (keys compare unescaped); empty when none does. Libraries
// disagree which of two counts, so such a body is refused. One pass, linear.
std::string_view repeated_member(codec::json::Value root);

}  // namespace stargate::llm::grammar
