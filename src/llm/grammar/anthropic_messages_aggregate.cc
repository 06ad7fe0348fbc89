#include "llm/grammar/anthropic_messages_aggregate.h"

#include "llm/grammar/anthropic_event.h"
#include "llm/grammar/anthropic_messages_stream.h"

namespace stargate::llm {

namespace json = codec::json;

namespace {

Failure garbage(std::string_view what) {
  return base::upstream_error(ErrorCode::kBadGateway, "the upstream sent " + std::string(what));
}

}  // namespace

RawObject::Range RawObject::keep(std::string_view text) {
  const Range range{text_.size(), text.size()};
  text_.append(text);
  return range;
}

RawObject::Member* RawObject::member(std::string_view key) {
  for (Member& member : members_) {
    if (at(member.key) == key) return &member;
  }
  return nullptr;
}

void RawObject::set(std::string_view key, std::string_view raw) {
  if (Member* old = member(key)) {
    old->raw = keep(raw);
    return;
  }
  const Range name = keep(key);
  members_.push_back({name, keep(raw)});
}

std::optional<std::string_view> RawObject::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (at(member.key) == key) return at(member.raw);
  }
  return std::nullopt;
}

void RawObject::assign_members(json::Value object) {
  text_.reserve(text_.size() + object.raw().size());
  members_.reserve(members_.size() + object.size());
  for (const json::Member member : object.members()) set(member.key().escaped(), member.value().raw());
}

void RawObject::assign_known(json::Value object) {
  for (const json::Member member : object.members()) {
    const std::string_view key = member.key().escaped();
    if (!member.value().is_null() || !find(key)) set(key, member.value().raw());
  }
}

void RawObject::append_json(std::string& out) const {
  json::Writer writer(out);
  writer.begin_object();
  for (const Member& member : members_) {
    writer.key_escaped(at(member.key));
    writer.raw(at(member.raw));
  }
  writer.end_object();
}

void MessagesAggregate::ping(std::string& /*out*/) const {}

// A whole answer that has begun cannot turn into an error; the corridor renders one before the first byte.
void MessagesAggregate::fail(const Error& error, std::string_view request_id, std::string& out) const {
  append_error_event(error, request_id, out);
}

Result<void> MessagesAggregate::on_event(std::string_view payload, std::string& /*out*/) {
  held_bytes_ += payload.size();
  if (held_bytes_ > kAnswerBytesMax) return garbage("an answer that is too large");
  if (take_plain_text(payload)) return {};
  auto document = json::Document::parse(payload);
  if (!document) return garbage("an event that is not JSON");
  const json::Value root = document->root();
  const std::string_view leading = leading_type(payload);
  const std::string found = leading.empty() ? root.text_at("type") : std::string();
  const std::string_view type = leading.empty() ? std::string_view(found) : leading;
  if (type.empty() || type == "ping" || complete_) return {};
  if (type == "error") return std::unexpected(error_of_event(root));
  if (type == "message_start") {
    const auto message = root.find("message");
    if (!message || !message->is_object()) return garbage("a message_start without message");
    if (started_) return {};
    started_ = true;
    message_.assign_members(*message);
    if (const auto usage = message->find("usage"); usage && usage->is_object()) {
      merge_usage(*usage, usage_);
      usage_members_.assign_members(*usage);
    }
    return {};
  }
  if (!started_) return garbage("an answer that does not begin with message_start");
  if (type == "content_block_start") return on_block_start(root);
  if (type == "content_block_delta") return on_block_delta(root);
  if (type == "content_block_stop") close_block(root);
  if (type == "message_delta") on_message_delta(root);
  if (type == "message_stop") {
    if (const auto metrics = root.find(kInvocationMetrics)) merge_invocation_metrics(*metrics, usage_);
    ended_ = true;
  }
  return {};
}

// What nearly every event is. False: the event is to be read in full.
bool MessagesAggregate::take_plain_text(std::string_view payload) {
  if (!started_ || complete_) return false;
  const auto delta = plain_text_delta(payload);
  const auto found = delta ? blocks_.find(delta->index) : blocks_.end();
  if (found == blocks_.end() || found->second.closed) return false;
  const auto text = found->second.texts.find("text");
  if (text == found->second.texts.end()) return false;
  text->second += delta->text;
  return true;
}

Result<void> MessagesAggregate::on_block_start(json::Value root) {
  const auto index = root.find("index");
  const auto number = index ? index->as_int() : std::nullopt;
  const auto block = root.find("content_block");
  if (!number || !block || !block->is_object()) return garbage("a content_block_start without block");
  content_started_ = true;
  blocks_[*number].members.assign_members(*block);
  return {};
}

void MessagesAggregate::close_block(json::Value root) {
  const auto index = root.find("index");
  const auto found = blocks_.find(index ? index->as_int().value_or(-1) : -1);
  if (found != blocks_.end()) found->second.closed = true;
}

Result<void> MessagesAggregate::on_block_delta(json::Value root) {
  const auto index = root.find("index");
  const auto number = index ? index->as_int() : std::nullopt;
  const auto delta = root.find("delta");
  if (!number || !delta || !delta->is_object()) return garbage("a content_block_delta without delta");
  const auto found = blocks_.find(*number);
  if (found == blocks_.end()) return garbage("a content_block_delta for a block that has not begun");
  Block& block = found->second;
  if (block.closed) return {};
  const std::string type = delta->text_at("type");
  for (const json::Member member : delta->members()) {
    const json::Value value = member.value();
    if (member.named("type")) continue;
    if (type == "input_json_delta" && member.named("partial_json")) {
      block.input += value.escaped();
    } else if (type == "citations_delta" && member.named("citation")) {
      block.citations.emplace_back(value.raw());
    } else if (value.is_string()) {  // text, thinking, signature, compaction's content
      block.texts[std::string(member.key().escaped())] += value.escaped();
    } else if (!value.is_null()) {
      block.members.set(member.key().escaped(), value.raw());
    }
  }
  return {};
}

void MessagesAggregate::on_message_delta(json::Value root) {
  for (const json::Member member : root.members()) {
    if (member.named("type")) continue;
    if (member.named("delta")) {
      message_.assign_known(member.value());
      if (std::string reason = member.value().text_at("stop_reason"); !reason.empty()) {
        finish_reason_ = std::move(reason);
        ended_ = true;
      }
    } else if (member.named("usage")) {
      merge_usage(member.value(), usage_);
      usage_members_.assign_known(member.value());
    } else {
      message_.set(member.key().escaped(), member.value().raw());
    }
  }
}

bool MessagesAggregate::was_cut() const {
  return finish_reason_ == "max_tokens" || finish_reason_ == "model_context_window_exceeded" ||
         finish_reason_ == "refusal";
}

Result<void> MessagesAggregate::append_block(Block& block, std::string& out) const {
  for (const auto& [name, text] : block.texts) {
    const std::string_view old = block.members.find(name).value_or("");
    const bool had_text = old.size() >= 2 && old.front() == '"';
    std::string whole = "\"";
    whole.reserve(text.size() + old.size() + 2);
    whole.append(had_text ? old.substr(1, old.size() - 2) : std::string_view()).append(text).append("\"");
    block.members.set(name, whole);
  }
  if (!block.citations.empty()) {
    std::string list = "[";
    for (const std::string& citation : block.citations) list += (list.size() > 1 ? "," : "") + citation;
    block.members.set("citations", list + "]");
  }
  if (!block.input.empty()) {
    const std::string input = json::unescape(block.input);
    if (json::Document::parse_copy(input)) {
      block.members.set("input", input);
    } else if (was_cut()) {  // a call that max_tokens cut off: the client sees the stop reason and must not run it
      block.members.set("input", "{}");
    } else {
      return garbage("a tool call whose input is not JSON");
    }
  }
  block.members.append_json(out);
  return {};
}

Result<void> MessagesAggregate::finish(std::string& out) {
  if (complete_) return {};
  if (!started_ || !ended_) {
    return base::upstream_error(ErrorCode::kBadGateway, "the upstream's answer ended before it was complete");
  }
  std::string content = "[";
  content.reserve(held_bytes_);
  for (auto& [index, block] : blocks_) {
    if (content.size() > 1) content += ',';
    auto appended = append_block(block, content);
    if (!appended) return appended;
  }
  message_.set("content", content += ']');
  if (!usage_members_.find("input_tokens")) usage_members_.set("input_tokens", "0");
  if (!usage_members_.find("output_tokens")) usage_members_.set("output_tokens", "0");
  std::string usage;
  usage_members_.append_json(usage);
  message_.set("usage", usage);
  out.reserve(out.size() + message_.size_bytes());
  message_.append_json(out);
  complete_ = true;
  return {};
}

}  // namespace stargate::llm
