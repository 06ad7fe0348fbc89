#include "llm/grammar/anthropic_messages_stream.h"

#include <utility>

#include "codec/sse.h"
#include "llm/grammar/anthropic_event.h"
#include "llm/grammar/errors.h"

namespace stargate::llm {

namespace json = codec::json;

namespace {

constexpr std::string_view kDeltaStart = "event: content_block_delta\ndata: ";

// Event names of Anthropic are words; anything else must not reach an SSE line.
bool is_event_name(std::string_view type) {
  for (const char byte : type) {
    const bool word = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                      byte == '_' || byte == '-' || byte == '.';
    if (!word) return false;
  }
  return !type.empty() && type.size() <= 64;
}

// JSON may be spread over lines; an SSE data line may not.
bool has_line_break(std::string_view payload) {
  return payload.find('\n') != std::string_view::npos || payload.find('\r') != std::string_view::npos;
}

std::string on_one_line(std::string_view payload) {
  std::string line(payload);
  for (char& byte : line) {
    if (byte == '\n' || byte == '\r') byte = ' ';  // outside strings only: inside they are escaped
  }
  return line;
}

}  // namespace

void append_error_event(const Error& error, std::string_view request_id, std::string& out) {
  codec::sse::append_event(out, "error", anthropic_error_json(error, request_id));
}

void MessagesStream::ping(std::string& out) const { out += "event: ping\ndata: {\"type\": \"ping\"}\n\n"; }

void MessagesStream::fail(const Error& error, std::string_view request_id, std::string& out) const {
  append_error_event(error, request_id, out);
}

Result<void> MessagesStream::on_event(std::string_view payload, std::string& out) {
  // The path of nearly every event: known by its first bytes, out as it came.
  if (open_block_ != kNoBlock && leading_type(payload) == "content_block_delta" && payload.ends_with('}') &&
      !has_line_break(payload)) {
    out.reserve(out.size() + kDeltaStart.size() + payload.size() + 2);
    out += kDeltaStart;
    out += payload;
    out += "\n\n";
    return {};
  }
  if (has_line_break(payload)) {
    std::string line = on_one_line(payload);
    line.reserve(line.size() + base::kJsonPadding);
    return on_parsed(line, out);
  }
  return on_parsed(payload, out);
}

Result<void> MessagesStream::on_parsed(std::string_view payload, std::string& out) {
  auto document = json::Document::parse(payload);
  if (!document) return base::upstream_error(ErrorCode::kBadGateway, "the upstream sent an event that is not JSON");
  const json::Value root = document->root();
  const std::string type = root.text_at("type");
  if (!is_event_name(type) || complete_) return {};
  if (type == "error") return std::unexpected(error_of_event(root));
  if (type == "message_start") {
    on_start(*document, out);
    return {};
  }
  const bool of_message = type.starts_with("content_block_") || type == "message_delta" || type == "message_stop";
  if (of_message && !started_) {
    return base::upstream_error(ErrorCode::kBadGateway, "the upstream's answer does not begin with message_start");
  }
  if (type == "content_block_start") {
    on_block_start(root, payload, out);
  } else if (type == "content_block_stop") {
    if (open_block_ != kNoBlock) close_block(out);
  } else if (type == "content_block_delta") {
    if (open_block_ != kNoBlock) codec::sse::append_event(out, type, payload);
  } else if (type == "message_delta") {
    on_delta(*document, out);
  } else if (type == "message_stop") {
    on_stop(*document, out);
  } else {
    codec::sse::append_event(out, type, payload);
  }
  return {};
}

void MessagesStream::on_start(const json::Document& document, std::string& out) {
  if (started_) return;
  started_ = true;
  const auto message = document.root().find("message");
  const auto usage = message ? message->find("usage") : std::nullopt;
  if (usage && usage->is_object()) {
    merge_usage(*usage, usage_);
    codec::sse::append_event(out, "message_start", document.text());
    return;
  }
  json::Edits edits(document);
  static constexpr std::string_view kZeros = R"({"input_tokens":0,"output_tokens":0})";
  if (usage) {
    edits.replace(*usage, std::string(kZeros));
  } else if (message && message->is_object()) {
    edits.append_member(*message, "usage", kZeros);
  }
  codec::sse::append_event(out, "message_start", edits.joined());
}

void MessagesStream::on_block_start(json::Value root, std::string_view payload, std::string& out) {
  close_block(out);
  const auto index = root.find("index");
  open_block_ = index ? index->as_int().value_or(0) : 0;
  content_started_ = true;
  codec::sse::append_event(out, "content_block_start", payload);
}

void MessagesStream::close_block(std::string& out) {
  if (open_block_ == kNoBlock) return;
  codec::sse::append_event(out, "content_block_stop",
                           R"({"type":"content_block_stop","index":)" + std::to_string(open_block_) + "}");
  open_block_ = kNoBlock;
}

void MessagesStream::on_delta(const json::Document& document, std::string& out) {
  close_block(out);
  const json::Value root = document.root();
  if (const auto delta = root.find("delta")) {
    if (std::string reason = delta->text_at("stop_reason"); !reason.empty()) {
      finish_reason_ = std::move(reason);
      ended_ = true;
    }
  }
  const auto usage = root.find("usage");
  if (usage && usage->is_object()) {
    merge_usage(*usage, usage_);
    codec::sse::append_event(out, "message_delta", document.text());
    return;
  }
  json::Edits edits(document);
  const std::string figures = R"({"output_tokens":)" + std::to_string(usage_.output_tokens) + "}";
  if (usage) {
    edits.replace(*usage, figures);
  } else {
    edits.append_member(root, "usage", figures);
  }
  codec::sse::append_event(out, "message_delta", edits.joined());
}

void MessagesStream::on_stop(const json::Document& document, std::string& out) {
  close_block(out);
  complete_ = true;
  json::Edits edits(document);
  for (const json::Member member : document.root().members()) {
    if (!member.named(kInvocationMetrics)) continue;
    merge_invocation_metrics(member.value(), usage_);
    edits.erase_member(document.root(), member.key());
  }
  codec::sse::append_event(out, "message_stop", edits.joined());
}

Result<void> MessagesStream::finish(std::string& out) {
  if (complete_) return {};
  if (!ended_) {
    return base::upstream_error(ErrorCode::kBadGateway, "the upstream's answer ended before it was complete");
  }
  // The stop reason has come, only the last event is missing: the answer is whole.
  close_block(out);
  codec::sse::append_event(out, "message_stop", R"({"type":"message_stop"})");
  complete_ = true;
  return {};
}

}  // namespace stargate::llm
