#include "llm/binding/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/binding/bedrock_invoke.h"
#include "tests/support/shipped_capabilities.h"

namespace stargate::llm::binding {
namespace {

TEST(CapabilityTable, LongestPrefixOfTheBareIdWins) {
  const auto& table = test::shipped_capabilities();
  EXPECT_EQ(table.find("anthropic.claude-opus-5-5").name, "anthropic.claude-opus-5-5");
  EXPECT_EQ(table.find("us.anthropic.claude-opus-5").name, "anthropic.claude-opus-5");
  EXPECT_EQ(table.find("global.anthropic.claude-sonnet-4-5-20250929-v1:0").name, "anthropic.claude-sonnet-4-5");
  EXPECT_EQ(table.find("anthropic.claude-3-5-haiku-20241022-v1:0").name, "anthropic.claude-3");
  EXPECT_EQ(table.find("arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-8").name,
            "anthropic.claude-opus-4-8");
  EXPECT_EQ(table.find("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123").name, "default");
  EXPECT_EQ(table.find("amazon.nova-lite-v1:0").name, "default");
}

TEST(CapabilityTable, ShippedFactsOfEachGeneration) {
  const auto& table = test::shipped_capabilities();
  const Capabilities& old = table.find("anthropic.claude-sonnet-4-5-20250929-v1:0");
  EXPECT_TRUE(old.thinking_enabled);
  EXPECT_FALSE(old.thinking_adaptive);
  EXPECT_FALSE(old.effort);
  EXPECT_TRUE(old.structured_output);
  EXPECT_EQ(old.system_role, SystemRole::kFold);
  const Capabilities& newest = table.find("anthropic.claude-opus-5-5");
  EXPECT_FALSE(newest.thinking_enabled);
  EXPECT_TRUE(newest.thinking_adaptive);
  EXPECT_TRUE(newest.effort);
  EXPECT_FALSE(newest.temperature);
  EXPECT_FALSE(newest.count_tokens);
  EXPECT_EQ(newest.system_role, SystemRole::kPass);
}

TEST(CapabilityTable, FlagRules) {
  const auto& newest = test::shipped_capabilities().find("anthropic.claude-opus-5-5");
  EXPECT_EQ(find_rule(newest.betas, "advanced-tool-use-2025-11-20")->renamed_to, "tool-search-tool-2025-10-19");
  EXPECT_EQ(find_rule(newest.betas, "structured-outputs-2025-12-15")->action, FlagAction::kDrop);
  EXPECT_EQ(find_rule(newest.betas, "never-heard-of-2030-01-01"), nullptr);
  std::map<std::string, FlagRule, std::less<>> rules;
  rules["a-*"] = {FlagAction::kPass, {}};
  rules["a-b-*"] = {FlagAction::kDrop, {}};
  rules["a-b-c"] = {FlagAction::kPass, {}};
  EXPECT_EQ(find_rule(rules, "a-x")->action, FlagAction::kPass);
  EXPECT_EQ(find_rule(rules, "a-b-x")->action, FlagAction::kDrop);
  EXPECT_EQ(find_rule(rules, "a-b-c")->action, FlagAction::kPass);
}

TEST(CapabilityTable, ErrorsNameEntryAndMember) {
  const auto message = [](std::string_view json) { return CapabilityTable::parse(json).error().message; };
  EXPECT_THAT(message(R"({"models":{"m":{"efort":true}}})"), testing::HasSubstr("m.efort"));
  EXPECT_THAT(message(R"({"models":{"m":{"effort":"yes"}}})"), testing::HasSubstr("m.effort"));
  EXPECT_THAT(message(R"({"models":{"m":{"extends":"x"}}})"), testing::HasSubstr("no set \"x\""));
  EXPECT_THAT(message(R"({"models":{"m":{"betas":{"b":"maybe"}}}})"), testing::HasSubstr("m.betas.b"));
  EXPECT_THAT(message(R"({"models":{"m":{"fields":{"f":{"refuse":""}}}}})"), testing::HasSubstr("m.fields.f"));
  EXPECT_THAT(message(R"({"models":{"m":{"paired":{"b":"f"}}}})"), testing::HasSubstr("m.paired.b"));
  EXPECT_THAT(message(R"({"models":{"m":{"system_role":"hoist"}}})"), testing::HasSubstr("pass or fold"));
  EXPECT_THAT(message(R"({"sets":{"a":{"extends":"b"},"b":{"extends":"a"}}})"), testing::HasSubstr("circle"));
  EXPECT_THAT(message(R"({"modles":{}})"), testing::HasSubstr("modles"));
  EXPECT_FALSE(CapabilityTable::parse("[").has_value());
}

TEST(BareModelId, GeographiesAndArns) {
  EXPECT_EQ(bare_model_id("us-gov.anthropic.claude-x"), "anthropic.claude-x");
  EXPECT_EQ(bare_model_id("anthropic.claude-x"), "anthropic.claude-x");
  EXPECT_EQ(bare_model_id("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x"), "anthropic.claude-x");
  EXPECT_EQ(bare_model_id("arn:aws:x"), "arn:aws:x");
  EXPECT_EQ(invoke_path("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.a.b-v1:0", "invoke"),
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.a.b-v1%3A0/invoke");
}

}  // namespace
}  // namespace stargate::llm::binding
