// How a Chat reply behaves besides what the golden streams show.
#include "llm/grammar/openai_chat_reply.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace stargate::llm::grammar {
namespace {

ReplyOptions options(bool stream) {
  return {.dialect = Dialect::kOpenAiChat,
          .stream = stream,
          .model = "claude",
          .id = "chatcmpl-1",
          .created_s = 1,
          .tool_names = {},
          .json_tool = {}};
}

Result<void> feed(Reply& reply, std::string event, std::string& out) {
  event.reserve(event.size() + base::kJsonPadding);
  return reply.on_event(event, out);
}

constexpr const char* kStart = R"({"type":"message_start","message":{}})";
constexpr const char* kText = R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}})";
constexpr const char* kStop = R"({"type":"message_stop"})";

TEST(ChatReply, SaysWhenContentHasBegun) {
  const auto reply = make_chat_reply(options(true));
  std::string out;
  ASSERT_TRUE(feed(*reply, kStart, out));
  EXPECT_FALSE(reply->content_started());
  ASSERT_TRUE(feed(*reply, kText, out));
  EXPECT_TRUE(reply->content_started());
  EXPECT_FALSE(reply->complete());
  ASSERT_TRUE(feed(*reply, kStop, out));
  EXPECT_TRUE(reply->complete());
  EXPECT_TRUE(reply->finish(out));
}

TEST(ChatReply, SendsEachPieceAtItsEvent) {
  const auto reply = make_chat_reply(options(true));
  std::string out;
  ASSERT_TRUE(feed(*reply, kStart, out));
  EXPECT_NE(out.find(R"("role":"assistant")"), std::string::npos);
  out.clear();
  ASSERT_TRUE(feed(*reply, kText, out));
  EXPECT_NE(out.find(R"("content":"hi")"), std::string::npos);
}

TEST(ChatReply, PingIsAComment) {
  const auto reply = make_chat_reply(options(true));
  std::string out;
  reply->ping(out);
  EXPECT_EQ(out, ": ping\n\n");
}

TEST(ChatReply, AWholeAnswerComesOnlyAtTheEnd) {
  const auto reply = make_chat_reply(options(false));
  std::string out;
  for (const char* event : {kStart, kText, kStop}) ASSERT_TRUE(feed(*reply, event, out));
  EXPECT_EQ(out, "");
  ASSERT_TRUE(reply->finish(out));
  EXPECT_TRUE(out.starts_with(R"({"id":"chatcmpl-1","object":"chat.completion")")) << out;
}

TEST(ChatReply, AnAnswerThatWasCutIsNoAnswer) {
  for (const bool stream : {true, false}) {
    const auto reply = make_chat_reply(options(stream));
    std::string out;
    ASSERT_TRUE(feed(*reply, kStart, out));
    ASSERT_TRUE(feed(*reply, kText, out));
    out.clear();
    const auto done = reply->finish(out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kBadGateway);
    EXPECT_EQ(out, "");
  }
}

TEST(ChatReply, AnAnswerThatOnlyLacksItsLastEventIsWhole) {
  for (const bool stream : {true, false}) {
    const auto reply = make_chat_reply(options(stream));
    std::string out;
    for (const char* event : {kStart, kText, R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"}})"}) {
      ASSERT_TRUE(feed(*reply, event, out));
    }
    ASSERT_TRUE(reply->finish(out));
    EXPECT_TRUE(reply->complete());
    EXPECT_NE(out.find(R"("finish_reason":"length")"), std::string::npos) << out;
    if (stream) {
      EXPECT_TRUE(out.ends_with("data: [DONE]\n\n"));
    }
  }
}

TEST(ChatReply, AFailedStreamEndsWithoutDone) {
  const auto reply = make_chat_reply(options(true));
  std::string out;
  reply->fail(base::upstream_error(ErrorCode::kRateLimited, "slow down").error(), "req_1", out);
  EXPECT_TRUE(out.starts_with(R"(data: {"error":{"message":"slow down")")) << out;
  EXPECT_TRUE(out.ends_with("}\n\n"));
}

}  // namespace
}  // namespace stargate::llm::grammar
