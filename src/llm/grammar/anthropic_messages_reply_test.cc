// Both Messages replies; whole streams are golden cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/grammar/anthropic_event.h"
#include "llm/grammar/anthropic_messages_aggregate.h"
#include "llm/grammar/anthropic_messages_stream.h"

namespace stargate::llm {
namespace {

using testing::HasSubstr;

// Events are given with the padding that codec::json asks for.
Result<void> feed(Reply& reply, std::string event, std::string& out) {
  event.reserve(event.size() + base::kJsonPadding);
  return reply.on_event(event, out);
}

constexpr const char* kStart =
    R"({"type":"message_start","message":{"id":"m","content":[],"usage":{"input_tokens":3,"output_tokens":1}}})";
constexpr const char* kBlock = R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";

TEST(MessagesStream, BytesOfADeltaAreTheUpstreams) {
  MessagesStream reply;
  std::string out;
  ASSERT_TRUE(feed(reply, kStart, out).has_value());
  EXPECT_FALSE(reply.content_started());
  ASSERT_TRUE(feed(reply, kBlock, out).has_value());
  EXPECT_TRUE(reply.content_started());
  out.clear();
  const std::string delta =
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\u00e9 / \/ x"},"new":1.0})";
  ASSERT_TRUE(feed(reply, delta, out).has_value());
  EXPECT_EQ(out, "event: content_block_delta\ndata: " + delta + "\n\n");
}

TEST(MessagesStream, EventsNeverBreakTheFraming) {
  MessagesStream reply;
  std::string out;
  ASSERT_TRUE(feed(reply, kStart, out).has_value());
  ASSERT_TRUE(feed(reply, kBlock, out).has_value());
  out.clear();
  ASSERT_TRUE(feed(reply, "{\"type\":\"content_block_delta\",\n\"index\":0,\"delta\":{}}", out).has_value());
  EXPECT_EQ(out, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\", \"index\":0,\"delta\":{}}\n\n");
  out.clear();
  ASSERT_TRUE(feed(reply, R"({"type":"x\ndata: y"})", out).has_value());
  EXPECT_EQ(out, "");
}

TEST(MessagesStream, PingAndFail) {
  const MessagesStream reply;
  std::string out;
  reply.ping(out);
  EXPECT_EQ(out, "event: ping\ndata: {\"type\": \"ping\"}\n\n");
  out.clear();
  reply.fail(base::upstream_error(ErrorCode::kOverloaded, "busy").error(), "req_1", out);
  EXPECT_EQ(out,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"},"
            "\"request_id\":\"req_1\"}\n\n");
}

TEST(MessagesStream, NothingAfterTheEnd) {
  MessagesStream reply;
  std::string out;
  for (const char* event : {kStart, R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}})",
                            R"({"type":"message_stop"})"}) {
    ASSERT_TRUE(feed(reply, event, out).has_value());
  }
  EXPECT_TRUE(reply.complete());
  EXPECT_EQ(reply.finish_reason(), "end_turn");
  const std::string before = out;
  ASSERT_TRUE(feed(reply, R"({"type":"ping"})", out).has_value());
  ASSERT_TRUE(reply.finish(out).has_value());
  EXPECT_EQ(out, before);
}

TEST(MessagesAggregate, SizeIsBounded) {
  MessagesAggregate reply;
  std::string out;
  ASSERT_TRUE(feed(reply, kStart, out).has_value());
  ASSERT_TRUE(feed(reply, kBlock, out).has_value());
  const std::string delta = R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" +
                            std::string(8 * 1024 * 1024, 'a') + R"("}})";
  Result<void> done;
  for (int count = 0; count < 8 && done; ++count) done = feed(reply, delta, out);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::kBadGateway);
}

TEST(MessagesAggregate, FarIndexTakesNoMemory) {
  MessagesAggregate reply;
  std::string out;
  ASSERT_TRUE(feed(reply, kStart, out).has_value());
  ASSERT_TRUE(feed(reply, R"({"type":"content_block_start","index":900000000000,"content_block":{"type":"x"}})", out)
                  .has_value());
  ASSERT_TRUE(feed(reply, R"({"type":"message_stop"})", out).has_value());
  ASSERT_TRUE(reply.finish(out).has_value());
  EXPECT_THAT(out, HasSubstr(R"("content":[{"type":"x"}])"));
}

TEST(AnthropicEvent, UsageOnlyGrows) {
  Usage usage;
  const auto merge = [&usage](const char* text) {
    merge_usage(codec::json::Document::parse_copy(text)->root(), usage);
  };
  merge("null");
  EXPECT_FALSE(usage.seen);
  merge(R"({"input_tokens":5,"output_tokens":1,"cache_read_input_tokens":7})");
  merge(
      R"({"input_tokens":null,"output_tokens":9,"cache_read_input_tokens":0,"output_tokens_details":{"thinking_tokens":4}})");
  EXPECT_EQ(usage.input_tokens, 5);
  EXPECT_EQ(usage.output_tokens, 9);
  EXPECT_EQ(usage.cache_read_tokens, 7);
  EXPECT_EQ(usage.reasoning_tokens, 4);
  EXPECT_EQ(usage.prompt_tokens(), 12);
}

TEST(AnthropicEvent, PlainTextDelta) {
  const auto read = plain_text_delta(
      R"({"type":"content_block_delta","index":12,"delta":{"type":"text_delta","text":"a \"b\" \u00e9"}})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->index, 12);
  EXPECT_EQ(read->text, R"(a \"b\" \u00e9)");
  const auto refused = [](std::string_view index, std::string_view text) {
    std::string event = R"({"type":"content_block_delta","index":)";
    event.append(index).append(R"(,"delta":{"type":"text_delta","text":")").append(text).append("\"}}");
    return !plain_text_delta(event).has_value();
  };
  EXPECT_FALSE(refused("0", ""));
  for (const std::string_view index : {"", "-1", "01", "1.0", "1e2", "99999999999999999999", "null"}) {
    EXPECT_TRUE(refused(index, "x")) << index;
  }
  // What would end the string early, or is no JSON at all, takes the long way.
  for (const std::string_view text : {"\\", "\"", R"(","x":"y)", "\n", "\xff", R"(\q)"})
    EXPECT_TRUE(refused("0", text)) << text;
  EXPECT_FALSE(plain_text_delta(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"}})"));
  EXPECT_FALSE(plain_text_delta(R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta"}})"));
  EXPECT_FALSE(plain_text_delta(""));
}

TEST(MessagesAggregate, TextIsTheSameHoweverItsEventsAreWritten) {
  MessagesAggregate reply;
  std::string out;
  for (const char* event :
       {kStart, kBlock, R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"one "}})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"two "}})",
        R"({"type": "content_block_delta","index":0,"delta":{"type":"text_delta","text":"three "}})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\"four\""}})",
        R"({"type":"content_block_stop","index":0})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"late"}})",
        R"({"type":"message_stop"})"}) {
    ASSERT_TRUE(feed(reply, event, out).has_value());
  }
  ASSERT_TRUE(reply.finish(out).has_value());
  EXPECT_THAT(out, HasSubstr(R"({"type":"text","text":"one two three \"four\""})"));
}

TEST(AnthropicEvent, LeadingType) {
  EXPECT_EQ(leading_type(R"({"type":"ping"})"), "ping");
  EXPECT_EQ(leading_type(R"({ "type":"ping"})"), "");
  EXPECT_EQ(leading_type(R"({"type":"p\u0069ng"})"), "");
  EXPECT_EQ(leading_type(R"({"type":"ping)"), "");
}

}  // namespace
}  // namespace stargate::llm
