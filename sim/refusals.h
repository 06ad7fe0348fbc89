// What Bedrock refuses, in its own words. Strict on purpose: the simulator guards the gateway.
// Sources: AWS Bedrock user guide (Anthropic Messages parameters), published issue reports that quote the answers.
#pragma once

#include "base/error.h"
#include "codec/json.h"
#include "sim/models.h"
#include "sim/prompt.h"

namespace stargate::sim {

// A Messages body as InvokeModel takes it. Errors: ValidationException with the wording of AWS; the first fault counts.
Result<void> refuse(const Model& model, codec::json::Value body, const Prompt& prompt);

// Its parts, in the order in which they are looked at.
Result<void> refuse_fields(const Model& model, codec::json::Value body);
Result<void> refuse_betas(const Model& model, codec::json::Value body);
Result<void> refuse_sampling(const Model& model, codec::json::Value body);
Result<void> refuse_tools(const Model& model, codec::json::Value body);
Result<void> refuse_messages(const Model& model, codec::json::Value body, const Prompt& prompt);
Result<void> refuse_pairs(const Prompt& prompt, bool tools_given);
Result<void> refuse_length(const Model& model, codec::json::Value body, const Prompt& prompt);

// True when the body's anthropic_beta holds a flag that starts so.
bool has_beta(codec::json::Value body, std::string_view prefix);

}  // namespace stargate::sim
