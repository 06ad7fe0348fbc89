#include "sim/claude.h"

#include <gtest/gtest.h>

#include "sim/converse.h"
#include "sim/events.h"
#include "sim/tokens.h"

namespace stargate::sim {
namespace {

using codec::json::Document;

constexpr std::string_view kTools =
    R"(,"tools":[{"name":"Write","input_schema":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}},)"
    R"({"name":"Read","input_schema":{"type":"object"}}])";

Reply reply_to(const std::string& messages, std::string_view more = "", int max_tokens = 1000,
               std::string_view model = "us.anthropic.claude-haiku-4-5-20251001-v1:0") {
  const auto document = Document::parse_copy("{\"max_tokens\":" + std::to_string(max_tokens) +
                                             ",\"messages\":" + messages + std::string(more) + "}");
  if (!document) return {};
  const Prompt prompt = read_prompt(document->root());
  return answer(*resolve(model)->model, prompt, document->root(), directives_of(prompt));
}

std::string user(std::string_view text) { return R"([{"role":"user","content":)" + codec::json::quoted(text) + "}]"; }

std::string text_of(const Reply& reply) {
  std::string text;
  for (const ReplyBlock& block : reply.blocks) {
    if (block.kind == ReplyKind::kText) text += block.text;
  }
  return text;
}

TEST(Claude, QuotesThePromptWhenNothingIsAsked) {
  EXPECT_EQ(text_of(reply_to(user("Tell me\nmore"))), "You said: Tell me more");
}

TEST(Claude, LengthIsExact) {
  const Reply reply = reply_to(user("[[sim text=200 tokens]]"));
  EXPECT_EQ(reply.usage.output_tokens, 200);
  EXPECT_EQ(count_text(text_of(reply)), 200);
}

TEST(Claude, MaxTokensCuts) {
  const Reply reply = reply_to(user("[[sim text=200 tokens]]"), "", 16);
  EXPECT_EQ(reply.usage.output_tokens, 16);
  EXPECT_EQ(reply.stop_reason, "max_tokens");
  // Cut where a character ends: é takes two bytes.
  const Reply accents = reply_to(user("[[sim say=\"xéééé\"]]"), "", 1);
  EXPECT_EQ(text_of(accents), "xé");
}

TEST(Claude, StopSequencesEndTheText) {
  const Reply reply = reply_to(user("[[sim say=\"one two three\"]]"), R"(,"stop_sequences":["three"," two"])");
  EXPECT_EQ(text_of(reply), "one");
  EXPECT_EQ(reply.stop_reason, "stop_sequence");
  EXPECT_EQ(reply.stop_sequence, " two");
}

TEST(Claude, CallsToolsThatAreThere) {
  const Reply reply =
      reply_to(user(R"([[sim tool=Write {"path":"/tmp/x"}]] [[sim tool=Read]] [[sim tool=Nope]])"), kTools);
  ASSERT_EQ(reply.blocks.size(), 2U);
  EXPECT_EQ(reply.blocks[0].input, R"({"path":"/tmp/x"})");
  EXPECT_EQ(reply.blocks[1].input, "{}");
  EXPECT_NE(reply.blocks[0].id, reply.blocks[1].id);
  EXPECT_EQ(reply.stop_reason, "tool_use");
  EXPECT_EQ(text_of(reply_to(user("[[sim tool=Write]] hello"))), "You said: [[sim tool=Write]] hello");
}

TEST(Claude, ForcedToolsAreCalled) {
  const Reply named = reply_to(user("go"), std::string(kTools) + R"(,"tool_choice":{"type":"tool","name":"Write"})");
  ASSERT_EQ(named.blocks.size(), 1U);
  EXPECT_EQ(named.blocks[0].input, R"({"path":"sim"})");
  EXPECT_EQ(reply_to(user("go"), std::string(kTools) + R"(,"tool_choice":{"type":"any"})").blocks[0].name, "Write");
  EXPECT_EQ(reply_to(user("go"), std::string(kTools) + R"(,"tool_choice":{"type":"none"})").blocks[0].name, "");
}

TEST(Claude, AToolResultIsQuotedAndItsDirectiveServedOnce) {
  const std::string history =
      R"([{"role":"user","content":[{"type":"text","text":"<system-reminder>be nice</system-reminder>"},)"
      R"({"type":"text","text":"do it [[sim tool=Write {\"path\":\"a\"}]]"}]},)"
      R"({"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Write","input":{"path":"a"}}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"written"}]},)"
      R"({"type":"text","text":"<system-reminder>still nice</system-reminder>"}]}])";
  const Reply reply = reply_to(history, kTools);
  EXPECT_EQ(text_of(reply), "The tool answered: written");
  EXPECT_EQ(reply.stop_reason, "end_turn");
}

TEST(Claude, ASystemMessageBehindThePromptHidesNothing) {
  const std::string messages =
      R"([{"role":"user","content":"[[sim say=\"hello\"]]"},{"role":"system","content":"rules"}])";
  EXPECT_EQ(text_of(reply_to(messages)), "hello");
}

TEST(Claude, ThinksWhenThinkingIsOn) {
  const Reply reply = reply_to(user("[[sim think=10]]"), R"(,"thinking":{"type":"enabled","budget_tokens":1024})");
  ASSERT_EQ(reply.blocks.size(), 2U);
  EXPECT_EQ(reply.blocks[0].kind, ReplyKind::kThinking);
  EXPECT_EQ(reply.usage.reasoning_tokens, 10);
  EXPECT_EQ(reply.blocks[0].text.size(), 40U);
  const Reply hidden = reply_to(user("x"), R"(,"thinking":{"type":"adaptive","display":"omitted"})");
  EXPECT_EQ(hidden.blocks[0].text, "");
  EXPECT_FALSE(hidden.blocks[0].signature.empty());
  EXPECT_GT(hidden.usage.reasoning_tokens, 0);
}

TEST(Claude, JsonWhereAFormatDemandsIt) {
  const std::string format =
      R"(,"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}})";
  EXPECT_EQ(text_of(reply_to(user("go"), format)), R"({"n":1})");
  EXPECT_EQ(text_of(reply_to(user(R"([[sim json={"n":5}]])"), format)), R"({"n":5})");
}

TEST(Claude, EventsCarryAllTokensAndAllBytes) {
  const Reply reply = reply_to(user(R"([[sim text=33 tokens think=7]] [[sim tool=Write {"path":"/tmp/x"}]])"),
                               std::string(kTools) + R"(,"thinking":{"type":"adaptive"})");
  for (const bool converse : {false, true}) {
    std::int64_t tokens = 0;
    const auto events = converse ? converse_events(reply, 3) : anthropic_events(reply, 3);
    for (const StreamEvent& event : events) {
      tokens += event.tokens;
      EXPECT_TRUE(Document::parse_copy(event.json)) << event.json;
    }
    EXPECT_EQ(tokens, reply.usage.output_tokens);
  }
  EXPECT_TRUE(Document::parse_copy(anthropic_message(reply)));
  EXPECT_TRUE(Document::parse_copy(converse_message(reply, {})));
}

TEST(Converse, BecomesAMessagesBody) {
  const auto request = Document::parse_copy(
      R"({"system":[{"text":"s"},{"cachePoint":{"type":"default","ttl":"1h"}}],)"
      R"("messages":[{"role":"user","content":[{"text":"hi"},{"image":{"format":"png","source":{"bytes":"AAAA"}}}]}],)"
      R"("inferenceConfig":{"maxTokens":9,"stopSequences":["x"]},)"
      R"("toolConfig":{"tools":[{"toolSpec":{"name":"t","description":"d","inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"any":{}}}})");
  const auto body = messages_from_converse(request->root());
  ASSERT_TRUE(body);
  EXPECT_EQ(
      *body,
      R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"stop_sequences":["x"],)"
      R"("system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],)"
      R"("messages":[{"role":"user","content":[{"type":"text","text":"hi"},)"
      R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}],)"
      R"("tools":[{"name":"t","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}})");
}

TEST(Tokens, ImagesByTheirSize) {
  EXPECT_EQ(
      count_image("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
      1);
  EXPECT_EQ(count_image(std::string(100'000, 'A')), 100);
  EXPECT_EQ(count_image(std::string(4'000'000, 'A')), kImageTokensMax);
}

}  // namespace
}  // namespace stargate::sim
