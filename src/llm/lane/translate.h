// The translate lane: Chat Completions clients in front of Claude on Bedrock.
#pragma once

#include <memory>

#include "base/error.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

// These three are what llm::read_facts, llm::prepare and llm::make_reply do for Dialect::kOpenAiChat; see lane.h.
Result<Facts> read_chat_facts(const codec::json::Document& body);
Result<Prepared> prepare_chat(const codec::json::Document& body, const Facts& facts, const ClientHeaders& headers,
                              const Target& target, const Files& files, const Learned& learned);
std::unique_ptr<Reply> make_chat_reply(ReplyOptions options);

}  // namespace stargate::llm
