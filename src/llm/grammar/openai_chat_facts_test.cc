#include "llm/grammar/openai_chat_facts.h"

#include <gtest/gtest.h>

#include <string>

namespace stargate::llm::grammar {
namespace {

Result<Facts> facts_of(const std::string& text) {
  const auto document = codec::json::Document::parse_copy(text);
  return read_chat_facts(*document);
}

std::string image(const std::string& url) { return R"({"type":"image_url","image_url":{"url":")" + url + R"("}})"; }

std::string with_parts(const std::string& parts) {
  return R"({"model":"m","messages":[{"role":"user","content":[)" + parts + "]}]}";
}

TEST(ChatFacts, ReadsWhatPlanningNeeds) {
  const auto facts = facts_of(
      R"({"model":"cl\u0061ude","stream":true,"stream_options":{"include_usage":true},"max_tokens":10,)"
      R"("max_completion_tokens":20,"user":"u","litellm_session_id":"s","messages":[{"role":"user","content":"hi"}]})");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->model, "claude");
  EXPECT_TRUE(facts->stream);
  EXPECT_TRUE(facts->include_usage);
  EXPECT_EQ(facts->max_tokens, 20);
  EXPECT_EQ(facts->end_user, "u");
  EXPECT_EQ(facts->session_id, "s");
  EXPECT_GT(facts->input_tokens_estimate, 0);
}

TEST(ChatFacts, NullsCountAsAbsent) {
  const auto facts = facts_of(
      R"({"model":"m","stream":null,"stream_options":null,"max_tokens":null,"user":null,"messages":[{"role":"user"}]})");
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->stream);
  EXPECT_FALSE(facts->max_tokens);
}

TEST(ChatFacts, NamesEachFileOnce) {
  const std::string url = image("https://example.com/a.png");
  const auto facts = facts_of(with_parts(url + "," + url + "," + image("data:image/png;base64,AAAA")));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->urls, std::vector<std::string>{"https://example.com/a.png"});
}

TEST(ChatFacts, ReadsAnEscapedUrl) {
  const auto facts = facts_of(with_parts(image(R"(https:\/\/example.com\/a.png)")));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->urls, std::vector<std::string>{"https://example.com/a.png"});
}

TEST(ChatFacts, BoundsTheNumberOfFiles) {
  std::string parts = image("https://example.com/first");
  for (std::size_t i = 0; i < kUrlsMax; ++i) parts += "," + image("https://example.com/" + std::to_string(i));
  const auto facts = facts_of(with_parts(parts));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kBadRequest);
}

TEST(ChatFacts, RefusesPlainHttp) {
  const auto facts = facts_of(with_parts(image("http://169.254.169.254/latest")));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().param, "messages.0.content.0");
}

TEST(ChatFacts, RefusesWrongTypes) {
  for (const std::string member : {R"("stream":"yes")", R"("stream_options":1)", R"("max_tokens":"ten")",
                                   R"("max_tokens":1.5)", R"("stream_options":{"include_usage":1})"}) {
    const auto facts = facts_of(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + member + "}");
    ASSERT_FALSE(facts) << member;
    EXPECT_EQ(facts.error().source, ErrorSource::kClient);
  }
}

}  // namespace
}  // namespace stargate::llm::grammar
