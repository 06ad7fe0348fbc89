#include "llm/grammar/openai_chat_members.h"

#include <gtest/gtest.h>

#include <string>

namespace stargate::llm::grammar {
namespace {

TEST(Members, KnowsWhoseAMemberIs) {
  EXPECT_EQ(rule_of("temperature"), MemberRule::kRead);
  EXPECT_EQ(rule_of("logit_bias"), MemberRule::kUnsupported);
  EXPECT_EQ(rule_of("context_management"), MemberRule::kAnthropic);
  EXPECT_EQ(rule_of("litellm_session_id"), MemberRule::kConsumed);
  EXPECT_EQ(rule_of("frobnicate"), std::nullopt);
}

TEST(Members, SuggestsTheNearestName) {
  EXPECT_EQ(nearest_member("temprature"), "temperature");
  EXPECT_EQ(nearest_member("max_token"), "max_tokens");
  EXPECT_EQ(nearest_member("frobnicate"), "");
  EXPECT_EQ(nearest_member("m"), "");  // nothing is near a name this short
  EXPECT_EQ(nearest_member(std::string(10'000, 'x')), "");
}

std::string repeated(std::string_view text) {
  const auto document = codec::json::Document::parse_copy(text);
  return std::string(repeated_member(document->root()));
}

TEST(Members, FindsOneThatStandsTwiceEvenEscaped) {
  EXPECT_EQ(repeated(R"({"model":"a","stream":true,"mod\u0065l":"b"})"), "model");
  EXPECT_EQ(repeated(R"({"model":"a","stream":true})"), "");
  EXPECT_EQ(repeated(R"({"unknown":1,"unknown":2})"), "");
}

}  // namespace
}  // namespace stargate::llm::grammar
