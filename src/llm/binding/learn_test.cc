// learn() (learn.cc).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/lane/lane.h"

namespace stargate::llm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Learned learned_from(std::string_view message, std::vector<std::string> sent = {"a-2025-01-01", "b-2025-01-01"}) {
  Prepared prepared;
  prepared.sent_betas = std::move(sent);
  prepared.system_messages = {1, 12};
  Learned learned;
  const bool something = learn(message, prepared, learned);
  EXPECT_EQ(something, !learned.empty());
  EXPECT_FALSE(learn(message, prepared, learned)) << "nothing new the second time";
  return learned;
}

TEST(Learn, UnnamedFlagIsTheOnlyOneThatWasSent) {
  const Learned learned = learned_from("invalid beta flag", {"a-2025-01-01"});
  EXPECT_THAT(learned.betas, ElementsAre("a-2025-01-01"));
  EXPECT_THAT(learned.betas_once, IsEmpty());
  EXPECT_TRUE(learned_from("invalid beta flag", {}).empty());
}

TEST(Learn, UnnamedFlagOfSeveralLeavesAllOutOnce) {
  const Learned learned = learned_from("invalid beta flag");
  EXPECT_THAT(learned.betas, IsEmpty());
  EXPECT_THAT(learned.betas_once, ElementsAre("a-2025-01-01", "b-2025-01-01"));
  Learned kept;
  EXPECT_FALSE(kept.keep(learned)) << "nothing of it lasts";
  EXPECT_TRUE(kept.empty());
}

TEST(Learn, AFlagIsNotNamedByALongerOne) {
  EXPECT_THAT(learned_from("Unexpected value(s) `search-2025-01-01` for the `anthropic-beta` header",
                           {"search-2025-01-01", "2025-01-01", "search-2025", "rch-2025-01-01"})
                  .betas,
              ElementsAre("search-2025-01-01"));
}

TEST(Learn, WhatIsKeptIsBoundedAndSaysWhenItGrew) {
  Learned kept;
  for (int index = 0; index < 200; ++index) {
    Learned proven;
    proven.fields.insert("f" + std::to_string(index));
    proven.betas.insert("b" + std::to_string(index));
    EXPECT_TRUE(kept.keep(proven));
    EXPECT_FALSE(kept.keep(proven));
  }
  EXPECT_LE(kept.fields.size(), 64U);
  EXPECT_LE(kept.betas.size(), 64U);
  Learned facts;
  facts.fold_system_role = true;
  facts.one_of_temperature_and_top_p = true;
  EXPECT_TRUE(kept.keep(facts));
  EXPECT_FALSE(kept.keep(facts));
  EXPECT_TRUE(kept.fold_system_role && kept.one_of_temperature_and_top_p);
}

TEST(Learn, NamedFlagDropsThatOne) {
  EXPECT_THAT(learned_from("Unexpected value(s) `b-2025-01-01` for the `anthropic-beta` header. Please consult our "
                           "documentation")
                  .betas,
              ElementsAre("b-2025-01-01"));
}

TEST(Learn, ExtraInputs) {
  const auto fields = [](std::string_view path) {
    return learned_from("The model returned the following errors: " + std::string(path) +
                        ": Extra inputs are not permitted")
        .fields;
  };
  EXPECT_THAT(fields("context_management"), ElementsAre("context_management"));
  EXPECT_THAT(fields("output_config.effort"), ElementsAre("output_config.effort"));
  EXPECT_THAT(fields("tools.0.custom.defer_loading"), ElementsAre("tools[].defer_loading"));
  EXPECT_THAT(fields("tools.12.strict"), ElementsAre("tools[].strict"));
  EXPECT_THAT(fields("thinking.adaptive.display"), ElementsAre("thinking.display"));
  EXPECT_THAT(fields("messages.3.content.0.tool_result.cache_control.ephemeral.ttl"),
              ElementsAre("**.cache_control.ttl"));
  EXPECT_THAT(fields("system.1.cache_control.ephemeral.scope"), ElementsAre("**.cache_control.scope"));
  EXPECT_THAT(fields("messages.1.content.0.tool_use.caller"), ElementsAre("messages[].content[].caller"));
  EXPECT_THAT(fields("messages.1.output_config"), ElementsAre("messages[].output_config"));
}

TEST(Learn, SeveralAtOnce) {
  EXPECT_THAT(learned_from("safeguards: Extra inputs are not permitted\ncontext_management: Extra inputs are not "
                           "permitted")
                  .fields,
              ElementsAre("context_management", "safeguards"));
}

TEST(Learn, RoleAndSampling) {
  EXPECT_TRUE(learned_from("messages.1.role: Input should be 'user' or 'assistant'").fold_system_role);
  EXPECT_TRUE(
      learned_from("Unexpected role \"system\". The Messages API accepts a top-level `system`").fold_system_role);
  EXPECT_THAT(learned_from("`temperature` is deprecated for this model.").fields,
              ElementsAre("temperature", "top_k", "top_p"));
  const Learned either = learned_from("`temperature` and `top_p` cannot both be specified for this model.");
  EXPECT_TRUE(either.one_of_temperature_and_top_p);
  EXPECT_THAT(either.fields, IsEmpty());
}

TEST(Learn, RolesOnlyFromMessagesThatWentOutWithTheRole) {
  EXPECT_TRUE(learned_from("messages.2.role: Input should be 'user' or 'assistant'").empty());
  Learned learned;
  EXPECT_FALSE(learn("messages.1.role: Input should be 'user' or 'assistant'", Prepared{}, learned));
  EXPECT_FALSE(learn("Unexpected role \"system\"", Prepared{}, learned));
}

TEST(Learn, TopLevelCacheControl) {
  EXPECT_THAT(learned_from("cache_control: Extra inputs are not permitted").fields, ElementsAre("cache_control"));
}

TEST(Learn, AMembersNameThatReadsLikeAComplaintTeachesNothing) {
  for (const char* member :
       {"thinking: Extra inputs are not permitted", "x thinking", "a, thinking", "x (thinking",
        "The model returned the following errors: thinking: Extra inputs are not permitted", "errors: thinking"}) {
    for (const char* before : {"", "The model returned the following errors: "}) {
      const std::string message = std::string(before) + member + ": Extra inputs are not permitted";
      EXPECT_TRUE(learned_from(message).empty()) << message;
    }
  }
}

TEST(Learn, NothingFromComplaintsAboutTheRequestItself) {
  for (const char* message :
       {"prompt is too long: 210000 tokens > 200000 maximum", "messages: at least one message is required",
        "messages.0.content.0.text: Extra inputs are not permitted",
        "tools.0.custom.input_schema: Extra inputs are not permitted",
        "tools.0.custom.input_schema.x.y: Extra inputs are not permitted", "model: Extra inputs are not permitted",
        "messages.2.content.0.thinking.cache_control: Extra inputs are not permitted",
        "max_tokens: Extra inputs are not permitted", ": Extra inputs are not permitted",
        "the weird path a..b: Extra inputs are not permitted", "Invalid `signature` in `thinking` block",
        "adaptive thinking is not supported on this model", "The provided model identifier is invalid.", ""}) {
    EXPECT_TRUE(learned_from(message).empty()) << message;
  }
}

TEST(Learn, OneClientsOddRequestDoesNotHarmTheOthers) {
  for (const char* path : {"tools.0.bash_20250124.strict", "tools.0.custom.description", "thinking.disabled.display",
                           "messages.0.content.0.text.title", "tools.0.custom.input_schema.title"}) {
    EXPECT_TRUE(learned_from(std::string(path) + ": Extra inputs are not permitted").empty()) << path;
  }
}

TEST(Learn, WhatIsRememberedIsBounded) {
  Prepared sent;
  Learned learned;
  for (int index = 0; index < 500; ++index) {
    learn("f" + std::to_string(index) + ": Extra inputs are not permitted", sent, learned);
  }
  EXPECT_LE(learned.fields.size(), 64U);
  EXPECT_TRUE(learn("safeguards: Extra inputs are not permitted", sent, learned)) << "still able to learn";
}

}  // namespace
}  // namespace stargate::llm
