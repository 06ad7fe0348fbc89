// JSON schemas of answers, made ready for models that take them natively.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

// `schema` as Anthropic's structured outputs take it: every object closed ("additionalProperties": false) and without
// the numeric, length and count limits that they refuse, each noted in `losses`. nullopt when the schema says something
// that cannot be said there (an open object, oneOf, not, a root that is no object ...).
// Source: Anthropic, "Structured outputs", JSON schema limitations.
std::optional<std::string> native_output_schema(codec::json::Value schema, const codec::json::Document& document,
                                                std::vector<Loss>& losses);

// True when the schema describes an object at its root, as a tool's input must be.
bool describes_object(codec::json::Value schema);

}  // namespace stargate::llm
