#include "llm/grammar/openai_chat_stream.h"

#include <utility>

#include "codec/json.h"
#include "llm/grammar/errors.h"

namespace stargate::llm::grammar {

ChatStream::ChatStream(ReplyOptions reply_options) : ChatReply(std::move(reply_options)) {
  head_ = R"(data: {"id":)" + codec::json::quoted(options().id) + R"(,"object":"chat.completion.chunk","created":)" +
          std::to_string(options().created_s) + R"(,"model":)" + codec::json::quoted(options().model) +
          R"(,"choices":)";
  before_delta_ = head_ + R"([{"index":0,"delta":)";
  after_delta_ = R"(,"finish_reason":null}])";
  after_delta_.append(options().include_usage ? ",\"usage\":null}\n\n" : "}\n\n");
}

void ChatStream::start(std::string& out) {
  out.append(before_delta_).append(R"({"role":"assistant","content":""})");
  end_chunk(out);
}

void ChatStream::text(std::string_view piece, std::string& out) {
  out.append(before_delta_).append(R"({"content":")").append(piece).append("\"}");
  end_chunk(out);
}

void ChatStream::thinking(std::string_view piece, std::string& out) {
  out.append(before_delta_).append(R"({"reasoning_content":")").append(piece);
  out.append(R"(","thinking_blocks":[{"type":"thinking","thinking":")").append(piece).append("\"}]}");
  end_chunk(out);
}

void ChatStream::signature(std::string_view piece, std::string& out) {
  out.append(before_delta_);
  out.append(R"({"reasoning_content":"","thinking_blocks":[{"type":"thinking","thinking":"","signature":")");
  out.append(piece).append("\"}]}");
  end_chunk(out);
}

void ChatStream::redacted_thinking(std::string_view data, std::string& out) {
  out.append(before_delta_).append(R"({"thinking_blocks":[{"type":"redacted_thinking","data":")");
  out.append(data).append("\"}]}");
  end_chunk(out);
}

void ChatStream::tool_call(std::size_t index, std::string_view id, std::string_view name, std::string& out) {
  out.append(before_delta_).append(R"({"tool_calls":[{"index":)").append(std::to_string(index));
  out.append(R"(,"id":")").append(id).append(R"(","type":"function","function":{"name":")").append(name);
  out.append(R"(","arguments":""}}]})");
  end_chunk(out);
}

void ChatStream::tool_arguments(std::size_t index, std::string_view piece, std::string& out) {
  out.append(before_delta_).append(R"({"tool_calls":[{"index":)").append(std::to_string(index));
  out.append(R"(,"function":{"arguments":")").append(piece).append("\"}}]}");
  end_chunk(out);
}

void ChatStream::stop(std::string& out) {
  out.append(before_delta_).append(R"({},"finish_reason":")").append(finish_word()).append("\"}]");
  out.append(options().include_usage ? ",\"usage\":null}\n\n" : "}\n\n");
  if (options().include_usage) {
    out.append(head_).append(R"([],"usage":)");
    append_chat_usage(out, usage());
    out.append("}\n\n");
  }
  out.append("data: [DONE]\n\n");
}

Result<void> ChatStream::finish(std::string& out) { return settle_end(out); }

void ChatStream::fail(const Error& error, std::string_view request_id, std::string& out) const {
  out.append("data: ").append(openai_error_json(error, request_id)).append("\n\n");
}

}  // namespace stargate::llm::grammar
