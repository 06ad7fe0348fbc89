#include "sim/prompt_cache.h"

#include <gtest/gtest.h>

#include <chrono>

namespace stargate::sim {
namespace {

using std::chrono::minutes;

class PromptCacheTest : public ::testing::Test {
 protected:
  llm::Usage charge(const std::string& body,
                    std::string_view model_id = "us.anthropic.claude-sonnet-4-5-20250929-v1:0") {
    const auto document = codec::json::Document::parse_copy(body);
    if (!document) return {};
    return cache_.charge(*resolve(model_id)->model, read_prompt(document->root()), now_);
  }

  // 2,000 tokens of system, a breakpoint, and a short message.
  static std::string body(const std::string& control, const std::string& message = "hi there") {
    return R"({"system":[{"type":"text","text":")" + std::string(8000, 's') + "\"" + control +
           R"(}],"messages":[{"role":"user","content":")" + message + "\"}]}";
  }

  PromptCache cache_;
  MonoTime now_{std::chrono::hours(1)};
};

constexpr const char* kShort = R"(,"cache_control":{"type":"ephemeral"})";
constexpr const char* kLong = R"(,"cache_control":{"type":"ephemeral","ttl":"1h"})";

TEST_F(PromptCacheTest, WritesThenReads) {
  const auto first = charge(body(kShort));
  EXPECT_EQ(first.cache_write_5m_tokens, 2000);
  EXPECT_EQ(first.cache_read_tokens, 0);
  EXPECT_EQ(first.input_tokens, 2);
  const auto second = charge(body(kShort, "another question"));
  EXPECT_EQ(second.cache_read_tokens, 2000);
  EXPECT_EQ(second.cache_write_tokens, 0);
  EXPECT_EQ(second.input_tokens, 4);
}

TEST_F(PromptCacheTest, FiguresAddUpToThePrompt) {
  const auto usage = charge(body(kLong));
  EXPECT_EQ(usage.prompt_tokens(), 2002);
  EXPECT_EQ(usage.cache_write_1h_tokens, usage.cache_write_tokens);
}

TEST_F(PromptCacheTest, ExpiresAndIsRenewedByAHit) {
  charge(body(kShort));
  now_ += minutes(4);
  EXPECT_EQ(charge(body(kShort)).cache_read_tokens, 2000);
  now_ += minutes(4);
  EXPECT_EQ(charge(body(kShort)).cache_read_tokens, 2000);
  now_ += minutes(6);
  EXPECT_EQ(charge(body(kShort)).cache_read_tokens, 0);
}

TEST_F(PromptCacheTest, AnHourLasts) {
  charge(body(kLong));
  now_ += minutes(50);
  EXPECT_EQ(charge(body(kLong)).cache_read_tokens, 2000);
}

TEST_F(PromptCacheTest, ShortPrefixesAndOtherModelsMiss) {
  charge(body(kShort));
  EXPECT_EQ(charge(body(kShort), "us.anthropic.claude-haiku-4-5-20251001-v1:0").cache_write_tokens, 0);  // needs 4096
  EXPECT_EQ(charge(body(kShort), "us.anthropic.claude-opus-4-1-20250805-v1:0").cache_read_tokens, 0);
}

TEST_F(PromptCacheTest, WithoutABreakpointNothingIsRead) {
  charge(body(kShort));
  EXPECT_EQ(charge(body("")).cache_read_tokens, 0);
}

TEST_F(PromptCacheTest, AConversationGrowsItsPrefix) {
  const std::string system = R"({"system":")" + std::string(8000, 's') + R"(","messages":[)";
  const std::string marked =
      R"({"role":"user","content":[{"type":"text","text":"first","cache_control":{"type":"ephemeral"}}]})";
  const std::string plain = R"({"role":"user","content":"first"})";
  const auto first = charge(system + marked + "]}");
  const auto second =
      charge(system + plain + R"(,{"role":"assistant","content":"yes"},)" +
             R"({"role":"user","content":[{"type":"text","text":"more","cache_control":{"type":"ephemeral"}}]}]})");
  EXPECT_EQ(second.cache_read_tokens, first.cache_write_tokens);
  EXPECT_EQ(second.cache_write_tokens, 2);  // "yes" and "more"
  EXPECT_EQ(second.input_tokens, 0);
}

}  // namespace
}  // namespace stargate::sim
