// Bedrock's InvokeModelWithResponseStream as a binding: where model, stream flag, version and beta flags sit, and what
// the model behind it takes. Source: AWS "InvokeModelWithResponseStream" and "Anthropic Claude Messages API" in the
// Bedrock user guide; botocore's bedrock-runtime model.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm::binding {

// A Messages body that a translator wrote (members `model` and `stream` are dropped when present) becomes the upstream
// request: capability rules, beta flags and `anthropic_version` as for a spliced one. `betas` are the flags wanted, in
// order; `losses` are carried into Prepared::losses in front of what is lost here. `body` ends up in Prepared::storage;
// it may be reallocated once for padding, so views into it do not survive the call.
// Errors (source client): kBadRequest as prepare().
Result<Prepared> bind_invoke(std::shared_ptr<std::string> body, std::vector<std::string> betas, const Target& target,
                             const Learned& learned, std::vector<Loss> losses);

// The same over a client's own Messages body, whose bytes are kept: Prepared::pieces view `body`'s text.
Result<Prepared> splice_invoke(const codec::json::Document& body, std::vector<std::string> betas, const Target& target,
                               const Files& files, const Learned& learned);

// CountTokens: the native body as base64 inside the operation's own JSON. `max_tokens` is added when missing: the
// native body is validated like one to be invoked. Source: AWS "CountTokens".
Result<Prepared> count_invoke(const codec::json::Document& body, std::vector<std::string> betas, const Target& target,
                              const Files& files, const Learned& learned);

// "/model/<id>/<operation>": the id is one path segment, everything outside A-Za-z0-9-._~ is percent-encoded.
std::string invoke_path(std::string_view upstream_model, std::string_view operation);

// The foundation model's id: "us.anthropic.claude-x", "arn:aws:bedrock:...:inference-profile/us.anthropic.claude-x"
// -> "anthropic.claude-x". An id that names no model (application profile ARN) is given back as it is.
std::string_view bare_model_id(std::string_view upstream_model);

}  // namespace stargate::llm::binding
