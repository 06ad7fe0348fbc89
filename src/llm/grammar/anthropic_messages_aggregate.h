// The whole answer to a Messages client that did not ask for a stream, put together from the upstream's stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

// A JSON object under construction: members in order of first arrival, values as raw JSON. One buffer holds all texts;
// that of a replaced value stays behind in it.
class RawObject {
 public:
  void set(std::string_view key, std::string_view raw);
  [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;  // until the next change
  void assign_members(codec::json::Value object);                                  // every member of `object`
  void assign_known(codec::json::Value object);  // the same, but null does not replace a value
  void append_json(std::string& out) const;
  [[nodiscard]] std::size_t size_bytes() const { return text_.size(); }

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  struct Member {
    Range key;
    Range raw;
  };
  [[nodiscard]] std::string_view at(Range range) const { return {text_.data() + range.begin, range.size}; }
  [[nodiscard]] Member* member(std::string_view key);
  Range keep(std::string_view text);
  std::string text_;
  std::vector<Member> members_;
};

// Invariant: what finish() writes is the message that Anthropic's API would have answered without streaming: members
// of message_start, content blocks by index with their deltas joined, members of message_delta over both. Members that
// are not known here are kept byte for byte. Bounded by kAnswerBytesMax.
class MessagesAggregate final : public Reply {
 public:
  static constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;
  Result<void> on_event(std::string_view payload, std::string& out) override;
  Result<void> finish(std::string& out) override;
  void ping(std::string& out) const override;
  void fail(const Error& error, std::string_view request_id, std::string& out) const override;

 private:
  struct Block {
    RawObject members;
    std::map<std::string, std::string, std::less<>> texts;  // member -> joined text, escaped as in the stream
    std::string input;                                      // partial_json pieces, escaped as in the stream
    std::vector<std::string> citations;
    bool closed = false;
  };
  bool take_plain_text(std::string_view payload);
  Result<void> on_block_start(codec::json::Value root);
  Result<void> on_block_delta(codec::json::Value root);
  void close_block(codec::json::Value root);
  void on_message_delta(codec::json::Value root);
  [[nodiscard]] bool was_cut() const;
  Result<void> append_block(Block& block, std::string& out) const;

  RawObject message_;
  RawObject usage_members_;
  std::map<std::int64_t, Block> blocks_;
  std::size_t held_bytes_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace stargate::llm
