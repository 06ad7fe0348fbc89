// Signatures of thinking blocks. A signature holds digests of the block's text and of what stood before it; models that
// bind (Model::binds_thinking) refuse a block that comes back behind another prefix.
// Source: Anthropic "Extended thinking", preserved thinking blocks.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/hash.h"
#include "sim/models.h"
#include "sim/prompt.h"

namespace stargate::sim {

// Base64; the same for the same text, model and prefix.
std::string sign_thinking(const Model& model, std::string_view text, const codec::Sha256& prefix);

// Checks every thinking block of the history. Errors: ValidationException in Anthropic's wording, with the block's
// path. `allow_other_prefix`: a block behind another prefix is passed over (the request asked to drop such blocks).
Result<void> verify_thinking(const Model& model, const Prompt& prompt, bool allow_other_prefix);

}  // namespace stargate::sim
