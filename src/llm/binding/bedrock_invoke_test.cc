#include "llm/binding/bedrock_invoke.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "codec/hash.h"
#include "llm/binding/betas.h"
#include "llm/binding/field_rules.h"
#include "llm/binding/model_rules.h"
#include "llm/binding/sources.h"
#include "llm/binding/system_fold.h"
#include "tests/support/shipped_capabilities.h"

namespace stargate::llm::binding {
namespace {

namespace json = codec::json;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const Prepared& prepared) {
  std::string text;
  for (const std::string_view piece : prepared.pieces) text += piece;
  return text;
}

// The target views `model`, which must outlive it.
Target target_of(std::string_view model) {
  Target target;
  target.upstream_model = model;
  target.capabilities = &test::shipped_capabilities().find(model);
  return target;
}

Result<Prepared> splice(const json::Document& body, const std::string& model, std::vector<std::string> betas = {},
                        const Learned& learned = {}) {
  return splice_invoke(body, std::move(betas), target_of(model), {}, learned);
}

constexpr const char* kOld = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
constexpr const char* kNew = "us.anthropic.claude-opus-5-5";

TEST(SplitFlags, ListsOfOneOrSeveralHeaders) {
  EXPECT_EQ(split_flags(" a-1 ,b-2,, c-3,"), (std::vector<std::string>{"a-1", "b-2", "c-3"}));
  EXPECT_TRUE(split_flags("").empty());
  EXPECT_TRUE(split_flags(std::string(300, 'x')).empty());
}

TEST(SpliceInvoke, OriginalBytesAreViewedNotCopied) {
  const std::string pad(5000, 'a');
  auto body = *json::Document::parse_copy(R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":")" +
                                          pad + R"("}]})");
  const auto prepared = splice(body, kNew);
  ASSERT_TRUE(prepared.has_value());
  const char* begin = body.text().data();
  bool seen = false;
  for (const std::string_view piece : prepared->pieces) {
    seen |= piece.size() > 5000 && piece.data() >= begin && piece.data() < begin + body.text().size();
  }
  EXPECT_TRUE(seen);
  EXPECT_EQ(prepared->body_bytes(), text_of(*prepared).size());
}

// A flag and its fields stay or leave together: for any mix of flags, fields and learned refusals.
TEST(SpliceInvoke, PairRuleHolds) {
  std::mt19937 random(20261123);
  const std::vector<std::pair<std::string, std::string>> members = {
      {"context_management", R"({"edits":[]})"},
      {"safeguards", "[]"},
      {"thinking", R"({"type":"adaptive","block_binding":{"x":1},"display":"updates"})"},
      {"output_config", R"({"effort":"low"})"},
      {"tools", R"([{"name":"a","defer_loading":true},{"name":"b","input_examples":[]}])"}};
  const std::vector<std::string> flags = {"compact-2026-01-12",
                                          "context-management-2025-06-27",
                                          "dangerous-tool-use-2026-09-03",
                                          "effort-2025-11-24",
                                          "advanced-tool-use-2025-11-20",
                                          "thinking-binding-controls-2026-08-01",
                                          "thinking-display-updates-2026-08-18",
                                          "tool-search-tool-2025-10-19",
                                          "unknown-2030-01-01"};
  const std::vector<std::string> models = {kOld,
                                           kNew,
                                           "anthropic.claude-opus-4-5-20251101-v1:0",
                                           "anthropic.claude-opus-4-6-v1",
                                           "anthropic.claude-3-haiku",
                                           "unheard.of"};
  for (int round = 0; round < 2000; ++round) {
    std::string text = R"({"model":"m","max_tokens":9000,"messages":[{"role":"user","content":"a"}])";
    for (const auto& [name, value] : members) {
      if (random() % 2 == 0) text += ",\"" + name + "\":" + value;
    }
    const auto body = *json::Document::parse_copy(text + "}");
    std::vector<std::string> betas;
    Learned learned;
    for (const std::string& flag : flags) {
      if (random() % 2 == 0) betas.push_back(flag);
      if (random() % 8 == 0) learned.betas.insert(flag);
    }
    for (const char* field : {"safeguards", "context_management", "tools[].defer_loading"}) {
      if (random() % 8 == 0) learned.fields.insert(field);
    }
    const std::string& model = models[random() % models.size()];
    const auto prepared = splice(body, model, betas, learned);
    ASSERT_TRUE(prepared.has_value());
    const auto out = *json::Document::parse_copy(text_of(*prepared));
    const Capabilities& caps = test::shipped_capabilities().find(model);
    const FieldRules rules({}, caps.paired);
    for (const FieldRules::Rule& rule : rules.rules()) {
      bool there = false;
      find_field(out, rule.pattern, [&](const FieldHit&) { there = true; });
      bool sent = false;
      for (const std::string& beta : rule.betas) {
        for (const std::string& each : prepared->sent_betas) sent |= each == beta;
      }
      EXPECT_TRUE(sent || !there) << rule.pattern.text << " in " << text_of(*prepared);
      if (learned.fields.contains(rule.pattern.text)) {
        EXPECT_FALSE(there) << rule.pattern.text;
      }
    }
    for (const std::string& beta : prepared->sent_betas) EXPECT_FALSE(learned.betas.contains(beta)) << beta;
  }
}

// Thinking signatures are bound to the bytes before them: turn two must send turn one's prefix again.
TEST(SpliceInvoke, SecondTurnKeepsTheFirstTurnsPrefix) {
  const std::string head = R"({"model":"m","max_tokens":9000,"tools":[{"name":"A","input_schema":{},"strict":true}],)"
                           R"("system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"messages":[)";
  const std::string user = R"({"role":"user","content":"say hi"})";
  const std::string array = R"({"role":"system","content":[{"type":"text","text":"note \"x\""}]})";
  const std::string text = R"({"role":"system","content":"note \"x\""})";
  const std::string answer = R"({"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"Eq=="}]})";
  for (const char* model : {kOld, kNew, "anthropic.claude-opus-4-6-v1"}) {
    const bool folds = std::string_view(model) != kNew;
    // On a model that takes the role the client's own form is what counts.
    const auto first = *json::Document::parse_copy(head + user + "," + (folds ? array : text) + "]}");
    const auto second = *json::Document::parse_copy(head + user + "," + text + "," + answer + "," + user + "]}");
    const std::string one = text_of(*splice(first, model));
    const std::string two = text_of(*splice(second, model));
    const std::string prefix = one.substr(0, one.size() - 2);  // without the end of messages and of the body
    EXPECT_EQ(two.substr(0, prefix.size()), prefix) << model;
    EXPECT_THAT(two, HasSubstr(R"("signature":"Eq==")"));
  }
}

TEST(SpliceInvoke, CacheControlOfAFoldedMessageStays) {
  const auto body = *json::Document::parse_copy(
      R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},)"
      R"({"role":"system","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}]})");
  const auto prepared = splice(body, kOld);
  EXPECT_TRUE(prepared->folds_system_role);
  EXPECT_THAT(
      text_of(*prepared),
      HasSubstr(R"({"type":"text","text":"<system-reminder>\nb\n</system-reminder>","cache_control":{"type":)"));
}

TEST(SpliceInvoke, LearnedRoleFoldsWhereTheTableSaysPass) {
  const auto body = *json::Document::parse_copy(
      R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]})");
  Learned learned;
  EXPECT_THAT(text_of(*splice(body, kNew, {}, learned)), HasSubstr("\"system\""));
  learned.fold_system_role = true;
  EXPECT_THAT(text_of(*splice(body, kNew, {}, learned)), Not(HasSubstr("\"system\"")));
}

TEST(SpliceInvoke, AFlagStaysWhileOneOfItsFieldsDoes) {
  const auto body = *json::Document::parse_copy(
      R"({"model":"m","max_tokens":9,"tools":[{"name":"a","defer_loading":true,"input_examples":[]}],"messages":[]})");
  Learned learned;
  learned.fields.insert("tools[].input_examples");
  const auto prepared = splice(body, kNew, {"tool-search-tool-2025-10-19"}, learned);
  EXPECT_EQ(text_of(*prepared), R"({"anthropic_version":"bedrock-2023-05-31",)"
                                R"("anthropic_beta":["tool-search-tool-2025-10-19"],"max_tokens":9,)"
                                R"("tools":[{"name":"a","defer_loading":true}],"messages":[]})");
  learned.fields.insert("tools[].defer_loading");
  EXPECT_THAT(splice(body, kNew, {"tool-search-tool-2025-10-19"}, learned)->sent_betas, testing::IsEmpty());
}

TEST(SpliceInvoke, FlagsOfAnUnnamedRefusalAreLeftOut) {
  const auto body = *json::Document::parse_copy(R"({"model":"m","max_tokens":9,"messages":[]})");
  Learned learned;
  learned.betas_once.insert("tool-search-tool-2025-10-19");
  const auto prepared =
      splice(body, kNew, {"advanced-tool-use-2025-11-20", "interleaved-thinking-2025-05-14"}, learned);
  EXPECT_THAT(prepared->sent_betas, testing::ElementsAre("interleaved-thinking-2025-05-14"));
}

TEST(SpliceInvoke, NotesWhichMessagesGoOutWithTheSystemRole) {
  const auto body = *json::Document::parse_copy(
      R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]})");
  EXPECT_THAT(splice(body, kNew)->system_messages, testing::ElementsAre(1U));
  EXPECT_THAT(splice(body, kOld)->system_messages, testing::IsEmpty());
}

TEST(SpliceInvoke, LearnedOneOfTemperatureAndTopP) {
  Learned learned;
  learned.one_of_temperature_and_top_p = true;
  const char* kSonnet4 = "anthropic.claude-sonnet-4-20250514-v1:0";
  const auto both = *json::Document::parse_copy(R"({"max_tokens":9,"temperature":1,"top_p":1,"messages":[]})");
  EXPECT_THAT(text_of(*splice(both, kSonnet4)), HasSubstr("top_p"));
  EXPECT_THAT(text_of(*splice(both, kSonnet4, {}, learned)), Not(HasSubstr("top_p")));
  const auto one = *json::Document::parse_copy(R"({"max_tokens":9,"top_p":1,"messages":[]})");
  EXPECT_THAT(text_of(*splice(one, kSonnet4, {}, learned)), HasSubstr("top_p"));
}

TEST(SpliceInvoke, ToolReferencesNeedTheFlag) {
  const auto body = *json::Document::parse_copy(
      R"({"max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[)"
      R"({"tool_name":"Web\"x","type":"tool_reference","cache_control":{"type":"ephemeral","scope":"global"}},)"
      R"({"type":"text","text":"tool_reference"}]}]}]})");
  EXPECT_THAT(
      text_of(*splice(body, kNew)),
      HasSubstr(R"("content":[{"text":"Tool loaded: Web\"x","type":"text","cache_control":{"type":"ephemeral"}},)"
                R"({"type":"text","text":"tool_reference"}])"));
  EXPECT_THAT(text_of(*splice(body, kNew, {"advanced-tool-use-2025-11-20"})),
              HasSubstr(R"("tool_name":"Web\"x","type":"tool_reference")"));
}

TEST(SpliceInvoke, BudgetsBecomeEffort) {
  const auto made = [](const std::string& rest, const Learned& learned = {}) {
    const auto body = *json::Document::parse_copy(R"({"max_tokens":9000,)" + rest + R"(,"messages":[]})");
    return text_of(*splice(body, kNew, {}, learned));
  };
  EXPECT_THAT(made(R"("thinking":{"type":"enabled","budget_tokens":2048})"),
              HasSubstr(R"("thinking":{"type":"adaptive","display":"summarized"})"));
  for (const auto& [budget, effort] : {std::pair("2048", "low"), {"8192", "medium"}, {"8193", "high"}}) {
    EXPECT_THAT(made(R"("thinking":{"type":"enabled","budget_tokens":)" + std::string(budget) + "}"),
                HasSubstr(R"("output_config":{"effort":")" + std::string(effort) + R"("})"));
  }
  const std::string enabled = R"("thinking":{"budget_tokens":2048,"type":"enabled","display":"omitted"})";
  EXPECT_THAT(made(enabled), HasSubstr(R"("thinking":{"type":"adaptive","display":"omitted"})"));
  EXPECT_THAT(made(enabled + R"(,"output_config":{})"), HasSubstr(R"("output_config":{"effort":"low"})"));
  EXPECT_THAT(made(enabled + R"(,"output_config":{"format":{"type":"json_schema"}})"),
              HasSubstr(R"("output_config":{"effort":"low"})"));
  EXPECT_THAT(made(enabled + R"(,"output_config":{"effort":"max"})"), HasSubstr(R"("output_config":{"effort":"max"})"));
  Learned learned;
  learned.fields = {"output_config.effort", "thinking.display"};
  EXPECT_THAT(made(R"("thinking":{"type":"enabled","budget_tokens":2048})", learned),
              testing::AllOf(HasSubstr(R"("thinking":{"type":"adaptive"})"), Not(HasSubstr("effort"))));
}

// What Claude Code 2.1.330 puts into the header, and what of it Bedrock takes.
TEST(SpliceInvoke, FlagsOfClaudeCode) {
  const std::vector<std::string> header = {"claude-code-20250219",
                                           "interleaved-thinking-2025-05-14",
                                           "context-management-2025-06-27",
                                           "per-turn-control-2026-07-01",
                                           "mid-conversation-tool-changes-2026-07-01",
                                           "thinking-token-count-2026-05-13",
                                           "advanced-tool-use-2025-11-20",
                                           "effort-2025-11-24"};
  const auto body = *json::Document::parse_copy(R"({"model":"m","max_tokens":9,"messages":[]})");
  for (const char* model : {"opus-5", "opus-5-5", "sonnet-5", "sonnet-5-5", "haiku-5-5", "fable-5"}) {
    const auto prepared = splice(body, "us.anthropic.claude-" + std::string(model), header);
    EXPECT_THAT(prepared->sent_betas,
                testing::ElementsAre("interleaved-thinking-2025-05-14", "thinking-token-count-2026-05-13",
                                     "tool-search-tool-2025-10-19"))
        << model;
  }
}

TEST(SpliceInvoke, UserIdIsHashedOnlyWhereTheSurfaceRefusesIt) {
  const auto body = *json::Document::parse_copy(
      R"({"model":"m","max_tokens":9,"metadata":{"user_id":"{\"a\":1}"},"messages":[{"role":"user","content":"a"}]})");
  EXPECT_THAT(text_of(*splice(body, kNew)), HasSubstr(R"({\"a\":1})"));
  Capabilities strict = test::shipped_capabilities().find(kNew);
  strict.sanitize_user_id = true;
  Target target = target_of(kNew);
  target.capabilities = &strict;
  const std::string hashed = text_of(*splice_invoke(body, {}, target, {}, {}));
  EXPECT_THAT(hashed, testing::ContainsRegex("\"user_id\":\"user_[0-9a-f]{32}\""));
  EXPECT_EQ(hashed, text_of(*splice_invoke(body, {}, target, {}, {})));
}

TEST(SpliceInvoke, SetMadeByHandWorksWithoutPreparedRules) {
  Capabilities caps;
  caps.fields["x"] = {FieldAction::kStrip, {}};
  caps.fields["y"] = {FieldAction::kRefuse, "is not for here"};
  caps.tool_types["gone_*"] = {FieldAction::kStrip, {}};
  Target target = target_of(kNew);
  target.capabilities = &caps;
  const auto body =
      *json::Document::parse_copy(R"({"max_tokens":9,"x":1,"tools":[{"type":"gone_1"},{"name":"n"}],"messages":[]})");
  EXPECT_EQ(text_of(*splice_invoke(body, {}, target, {}, {})),
            R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"tools":[{"name":"n"}],"messages":[]})");
  const auto refused = *json::Document::parse_copy(R"({"max_tokens":9,"y":1,"messages":[]})");
  const auto error = splice_invoke(refused, {}, target, {}, {});
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error().message, "y: is not for here");
}

TEST(BindInvoke, TakesATranslatorsBody) {
  auto body = std::make_shared<std::string>(R"({"model":"x","max_tokens":9,"temperature":1,"messages":[]})");
  const auto prepared =
      bind_invoke(body, {"advanced-tool-use-2025-11-20"}, target_of(kNew), {}, {{"field:seed", "dropped"}});
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(text_of(*prepared), R"({"anthropic_version":"bedrock-2023-05-31",)"
                                R"("anthropic_beta":["tool-search-tool-2025-10-19"],"max_tokens":9,"messages":[]})");
  EXPECT_EQ(prepared->losses.front().what, "field:seed");
  EXPECT_EQ(prepared->losses.size(), 3U);
  EXPECT_EQ(prepared->target, "/model/us.anthropic.claude-opus-5-5/invoke-with-response-stream");
  EXPECT_EQ(prepared->headers.get("x-amzn-bedrock-accept"), "application/json");
}

TEST(CountInvoke, EnvelopeAroundTheNativeBody) {
  const auto body = *json::Document::parse_copy(
      R"({"model":"m","messages":[{"role":"user","content":"a"}],"tools":[],"thinking":{"type":"enabled","budget_tokens":2048}})");
  const auto prepared = count_invoke(body, {"token-counting-2024-11-01"}, target_of(kOld), {}, {});
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(prepared->target, "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens");
  const auto envelope = *json::Document::parse_copy(text_of(*prepared));
  const std::string native = *codec::base64_decode(envelope.root().find("input")->find("invokeModel")->text_at("body"));
  EXPECT_EQ(native, R"({"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"a"}],)"
                    R"("thinking":{"type":"enabled","budget_tokens":2048},"max_tokens":2049})");
}

TEST(FoldSystemMessages, NothingToFoldIsNothing) {
  std::vector<Loss> losses;
  for (const char* text : {R"({"messages":[{"role":"user","content":"a"}]})", R"({"messages":5})", R"({})"}) {
    EXPECT_FALSE(fold_system_messages(*json::Document::parse_copy(text), true, losses).has_value()) << text;
  }
  EXPECT_TRUE(losses.empty());
}

TEST(FoldSystemMessages, MembersOfTheUserMessageStay) {
  std::vector<Loss> losses;
  const auto body = *json::Document::parse_copy(
      R"({"messages":[{"output_config":{"x":1},"content":"a","role":"user"},{"role":"system","content":"b"}],"z":1})");
  EXPECT_EQ(*fold_system_messages(body, true, losses),
            R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":)"
            R"("<system-reminder>\nb\n</system-reminder>"}],"output_config":{"x":1}}],"z":1})");
}

}  // namespace
}  // namespace stargate::llm::binding
