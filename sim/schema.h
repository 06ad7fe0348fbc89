// A smallest value for a JSON schema: what the simulated model answers when it must give JSON and nobody said which.
#pragma once

#include <string>

#include "codec/json.h"

namespace stargate::sim {

// Type-correct JSON with the required members only; const, default and the first of an enum win. Local references
// ("#/$defs/x") are followed up to a fixed depth; what cannot be understood becomes {} or null.
std::string value_for_schema(codec::json::Value schema);

}  // namespace stargate::sim
