// The lane for clients that already speak the upstream's grammar: Messages in, Claude behind Bedrock. The body's bytes
// stay as they are but for the edits that the binding makes.
#pragma once

#include "base/error.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

Result<Prepared> splice_messages(const codec::json::Document& body, const ClientHeaders& headers, const Target& target,
                                 const Files& files, const Learned& learned);

}  // namespace stargate::llm
