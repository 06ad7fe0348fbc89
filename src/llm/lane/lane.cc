#include "llm/lane/lane.h"

#include "llm/grammar/anthropic_messages_aggregate.h"
#include "llm/grammar/anthropic_messages_facts.h"
#include "llm/grammar/anthropic_messages_stream.h"
#include "llm/lane/splice.h"
#include "llm/lane/translate.h"

namespace stargate::llm {

std::size_t Prepared::body_bytes() const {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

Result<Facts> read_facts(Dialect dialect, const codec::json::Document& body) {
  return dialect == Dialect::kAnthropicMessages ? read_messages_facts(body) : read_chat_facts(body);
}

Result<Prepared> prepare(Dialect dialect, const codec::json::Document& body, const Facts& facts,
                         const ClientHeaders& headers, const Target& target, const Files& files,
                         const Learned& learned) {
  if (dialect == Dialect::kAnthropicMessages) return splice_messages(body, headers, target, files, learned);
  return prepare_chat(body, facts, headers, target, files, learned);
}

std::unique_ptr<Reply> make_reply(ReplyOptions options) {
  if (options.dialect == Dialect::kOpenAiChat) return make_chat_reply(std::move(options));
  if (options.stream) return std::make_unique<MessagesStream>();
  return std::make_unique<MessagesAggregate>();
}

}  // namespace stargate::llm
