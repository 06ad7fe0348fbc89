#include "llm/grammar/anthropic_read.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace stargate::llm::grammar {
namespace {

// Views in the event hold as long as the reader's text.
struct Read {
  explicit Read(std::string text) : payload(std::move(text)) {
    payload.reserve(payload.size() + base::kJsonPadding);
    event = read_anthropic_event(payload, usage);
  }
  std::string payload;
  Usage usage;
  Result<ir::Event> event;
};

TEST(AnthropicRead, KeepsTextEscaped) {
  const Read read(R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"a\"\u00e9"}})");
  ASSERT_TRUE(read.event);
  const auto* delta = std::get_if<ir::TextDelta>(&*read.event);
  ASSERT_NE(delta, nullptr);
  EXPECT_EQ(delta->index, 2);
  EXPECT_EQ(delta->text, R"(a\"\u00e9)");
}

TEST(AnthropicRead, TakesMembersInAnyOrder) {
  const Read read(R"({"delta":{"thinking":"t","type":"thinking_delta"},"p":"pad","type":"content_block_delta"})");
  ASSERT_TRUE(read.event);
  EXPECT_TRUE(std::holds_alternative<ir::ThinkingDelta>(*read.event));
}

TEST(AnthropicRead, SkipsWhatItDoesNotKnow) {
  for (const char* text : {R"({"type":"ping"})", R"({"type":"tomorrow"})", "{}", R"({"type":5})",
                           R"({"type":"content_block_delta","delta":{"type":"citations_delta"}})"}) {
    const Read read(text);
    ASSERT_TRUE(read.event) << text;
    EXPECT_TRUE(std::holds_alternative<ir::Nothing>(*read.event)) << text;
  }
}

TEST(AnthropicRead, RefusesWhatIsNoObject) {
  for (const char* text : {"", "[]", "{", "null", "\xff"}) {
    const Read read(text);
    ASSERT_FALSE(read.event) << text;
    EXPECT_EQ(read.event.error().code, ErrorCode::kBadGateway);
  }
}

TEST(AnthropicRead, MergesUsageFromEverySource) {
  Usage usage;
  for (
      std::string text :
      {R"({"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":100,"output_tokens":1}}})",
       R"({"type":"message_delta","delta":{},"usage":{"output_tokens":9,"cache_read_input_tokens":null}})",
       R"({"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":9,)"
       R"("cacheWriteInputTokenCount":7}})"}) {
    text.reserve(text.size() + base::kJsonPadding);
    ASSERT_TRUE(read_anthropic_event(text, usage));
  }
  EXPECT_EQ(usage.input_tokens, 5);
  EXPECT_EQ(usage.output_tokens, 9);
  EXPECT_EQ(usage.cache_read_tokens, 100);
  EXPECT_EQ(usage.cache_write_tokens, 7);
  EXPECT_EQ(usage.prompt_tokens(), 112);
}

TEST(AnthropicRead, AnErrorEventIsAnError) {
  const Read read(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
  ASSERT_FALSE(read.event);
  EXPECT_EQ(read.event.error().code, ErrorCode::kOverloaded);
  EXPECT_EQ(read.event.error().message, "Overloaded");
}

}  // namespace
}  // namespace stargate::llm::grammar
