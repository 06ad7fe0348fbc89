#include "sim/refusals.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/thinking.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kHaiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
constexpr std::string_view kSonnet = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
constexpr std::string_view kOpus41 = "us.anthropic.claude-opus-4-1-20250805-v1:0";
constexpr std::string_view kOpus46 = "us.anthropic.claude-opus-4-6-v1";
constexpr std::string_view kOpus48 = "us.anthropic.claude-opus-4-8";
constexpr std::string_view kOpus55 = "us.anthropic.claude-opus-5-5";

// The refusal of a body; "" when it is taken.
std::string refusal(std::string_view model_id, const std::string& body) {
  const auto document = codec::json::Document::parse_copy(body);
  if (!document) return "not JSON: " + document.error().message;
  const auto model = resolve(model_id);
  if (!model) return model.error().message;
  const auto fine = refuse(*model->model, document->root(), read_prompt(document->root()));
  if (fine) return "";
  EXPECT_EQ(fine.error().type, "ValidationException");
  EXPECT_EQ(fine.error().upstream_status, 400);
  return fine.error().message;
}

// A good body with further members, its messages replaceable.
std::string body(const std::string& more = "", const std::string& messages = R"([{"role":"user","content":"hi"}])") {
  return R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":)" + messages + more + "}";
}

struct Case {
  std::string_view model;
  std::string body;
  std::string refusal;
};

void check(const std::vector<Case>& cases) {
  for (const Case& wanted : cases) EXPECT_EQ(refusal(wanted.model, wanted.body), wanted.refusal) << wanted.body;
}

TEST(Refusals, AGoodBodyIsTaken) {
  for (const Model& model : models()) {
    const std::string profile = std::string(profile_prefixes(model).front()) + "." + std::string(model.id);
    EXPECT_EQ(refusal(profile, body()), "") << profile;
  }
}

TEST(Refusals, TopLevelMembers) {
  check({
      {kHaiku, body(R"(,"model":"x")"), "model: Extra inputs are not permitted"},
      {kHaiku, body(R"(,"stream":true)"), "stream: Extra inputs are not permitted"},
      {kHaiku, body(R"(,"service_tier":"auto")"), "service_tier: Extra inputs are not permitted"},
      {kHaiku, body(R"(,"context_management":{"edits":[]})"), "context_management: Extra inputs are not permitted"},
      {kHaiku, body(R"(,"context_management":{"edits":[]},"anthropic_beta":["context-management-2025-06-27"])"), ""},
      {kOpus55, body(R"(,"safeguards":[])"), "safeguards: Extra inputs are not permitted"},
      {kOpus55, body(R"(,"safeguards":[],"anthropic_beta":["dangerous-tool-use-2026-09-03"])"), ""},
      {kHaiku, R"({"max_tokens":1,"messages":[{"role":"user","content":"hi"}]})", "anthropic_version: Field required"},
      {kHaiku, R"({"anthropic_version":"2023-06-01","max_tokens":1,"messages":[{"role":"user","content":"hi"}]})",
       "anthropic_version: Input should be 'bedrock-2023-05-31'"},
      {kHaiku, R"({"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"hi"}]})",
       "max_tokens: Field required"},
      {kHaiku, R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":9})", "messages: Field required"},
      {kHaiku, body(R"(,"output_config":{"effort":"low"})"), "output_config.effort: Extra inputs are not permitted"},
      {kOpus46, body(R"(,"output_config":{"effort":"low"})"), ""},
      {kOpus55, body(R"(,"output_config":{"format":{"type":"json_schema","schema":{}}})"),
       "output_config.format: Extra inputs are not permitted"},
  });
}

TEST(Refusals, BetaFlags) {
  check({
      {kHaiku, body(R"(,"anthropic_beta":["claude-code-20250219"])"), "invalid beta flag"},
      {kHaiku, body(R"(,"anthropic_beta":["thinking-token-count-2026-05-13"])"), "invalid beta flag"},
      {kOpus55, body(R"(,"anthropic_beta":["thinking-token-count-2026-05-13"])"), ""},
      {kHaiku, body(R"(,"anthropic_beta":["interleaved-thinking-2025-05-14"])"), ""},
      {kHaiku, body(R"(,"anthropic_beta":"x")"), "anthropic_beta: Input should be a valid list"},
  });
}

TEST(Refusals, LengthAndSampling) {
  const std::string long_text = R"([{"role":"user","content":")" + std::string(800'000, 'x') + R"("}])";
  check({
      {kHaiku,
       R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":999999,"messages":[{"role":"user","content":"hi"}]})",
       "max_tokens: 999999 > 64000, which is the maximum allowed number of output tokens for "
       "claude-haiku-4-5-20251001-v1:0"},
      {kHaiku, body("", R"([{"role":"user","content":")" + std::string(800'004, 'x') + R"("}])"),
       "prompt is too long: 200001 tokens > 200000 maximum"},
      {kHaiku, body("", long_text),
       "input length and `max_tokens` exceed context limit: 200000 + 100 > 200000, decrease input length or "
       "`max_tokens` and try again"},
      {kOpus46, body("", long_text), ""},
      {kSonnet, body(R"(,"anthropic_beta":["context-1m-2025-08-07"])", long_text), ""},
      {kHaiku, body(R"(,"temperature":1.5)"), "temperature: range: 0..1"},
      {kHaiku, body(R"(,"temperature":0.5,"top_p":0.5)"),
       "`temperature` and `top_p` cannot both be specified for this model. Please use only one."},
      {kOpus55, body(R"(,"temperature":1)"), "`temperature` is deprecated for this model."},
  });
}

TEST(Refusals, Thinking) {
  const std::string enabled = R"("thinking":{"type":"enabled","budget_tokens":1024})";
  check({
      {kHaiku, body(R"(,"thinking":{"type":"adaptive"})"), "adaptive thinking is not supported on this model"},
      {kOpus55, body("," + enabled),
       "thinking.type: `enabled` is not supported on this model. Use `thinking.type: adaptive` and "
       "`output_config.effort` instead."},
      {kHaiku, body("," + enabled),
       "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation."},
      {kHaiku, body(R"(,"thinking":{"type":"enabled","budget_tokens":10})"),
       "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"},
      {kOpus55, body(R"(,"thinking":{"type":"adaptive","display":"omitted"})"), ""},
      {kHaiku, body(R"(,"thinking":{"type":"disabled"})"), ""},
  });
}

TEST(Refusals, Tools) {
  const auto tool = [](const std::string& more) {
    return body(R"(,"tools":[{"name":"t","input_schema":{"type":"object"})" + more + "}]");
  };
  const std::string search = R"(,"anthropic_beta":["tool-search-tool-2025-10-19"])";
  check({
      {kSonnet, tool(R"(,"defer_loading":true)"), "tools.0.custom.defer_loading: Extra inputs are not permitted"},
      {kSonnet, body(search + R"(,"tools":[{"name":"t","input_schema":{"type":"object"},"defer_loading":true}])"), ""},
      {kOpus41, body(search + R"(,"tools":[{"name":"t","input_schema":{"type":"object"},"defer_loading":true}])"),
       "invalid beta flag"},
      {kSonnet, tool(R"(,"input_examples":[])"), "tools.0.custom.input_examples: Extra inputs are not permitted"},
      {kSonnet, tool(R"(,"eager_input_streaming":true)"),
       "tools.0.custom.eager_input_streaming: Extra inputs are not permitted"},
      {kOpus55, tool(R"(,"strict":true)"), "tools.0.custom.strict: Extra inputs are not permitted"},
      {kHaiku, tool(R"(,"strict":true)"), ""},
      {kHaiku, tool(R"(,"cache_control":{"type":"ephemeral","scope":"global"})"),
       "tools.0.custom.cache_control.ephemeral.scope: Extra inputs are not permitted"},
      {kOpus41, tool(R"(,"cache_control":{"type":"ephemeral","ttl":"1h"})"),
       "tools.0.custom.cache_control.ephemeral.ttl: Extra inputs are not permitted"},
      {kHaiku, body(R"(,"tools":[{"name":"a b","input_schema":{"type":"object"}}])"),
       "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"},
      {kHaiku, body(R"(,"tool_choice":{"type":"auto"})"), "tool_choice: may only be specified while providing tools"},
  });
}

TEST(Refusals, RolesAndContent) {
  const std::string system = R"([{"role":"user","content":"a"},{"role":"system","content":"b"}])";
  check({
      {kHaiku, body("", "[]"), "messages: at least one message is required"},
      {kHaiku, body("", R"([{"role":"assistant","content":"a"}])"),
       "messages: first message must use the \"user\" role"},
      {kHaiku, body("", R"([{"role":"user","content":"a"},{"role":"user","content":"b"}])"), ""},
      {kHaiku, body("", system), "messages.1.role: Input should be 'user' or 'assistant'"},
      {kOpus46, body("", system), "messages.1.role: Input should be 'user' or 'assistant'"},
      {kOpus48, body("", system), ""},
      {kOpus48, body("", R"([{"role":"system","content":"b"}])"), "messages.0: Unexpected role \"system\""},
      {kHaiku, body("", R"([{"role":"user","content":[{"type":"text","text":""}]}])"),
       "messages: text content blocks must be non-empty"},
      {kHaiku, body("", R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])"), ""},
      {kOpus46, body("", R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])"),
       "This model does not support assistant message prefill. The conversation must end with a user message."},
      {kHaiku, body("", R"([{"role":"user","content":"a","name":"x"}])"),
       "messages.0.name: Extra inputs are not permitted"},
      {kOpus55, body("", R"([{"role":"user","content":"a","output_config":{"effort":"low"}}])"),
       "messages.0.output_config: Extra inputs are not permitted"},
      {kHaiku, body("", R"([{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x"}}]}])"),
       "messages.0.content.0.image.source: Input tag 'url' found using 'type' does not match any of the expected tags: "
       "'base64'"},
      {kHaiku,
       body(
           "",
           R"([{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%"}}]}])"),
       "messages.0.content.0.image.source.base64.data: Invalid base64 data"},
  });
}

TEST(Refusals, ToolCallsAndTheirResults) {
  const std::string tools = R"(,"tools":[{"name":"t","input_schema":{"type":"object"}}])";
  const std::string call =
      R"([{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"t","input":{}}]})";
  const std::string result =
      R"(,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"ok"}]}])";
  const std::string stray = R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"c9","content":"ok"}]}])";
  check({
      {kHaiku, body(tools, call + result), ""},
      {kHaiku, body("", call + result), "Requests which include `tool_use` or `tool_result` blocks must define tools"},
      {kHaiku, body(tools, call + R"(,{"role":"user","content":"b"}])"),
       "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: c1. Each `tool_use` "
       "block "
       "must have a corresponding `tool_result` block in the next message."},
      {kHaiku, body(tools, stray),
       "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: c9. Each `tool_result` block "
       "must "
       "have a corresponding `tool_use` block in the previous message."},
  });
}

TEST(Refusals, CacheBreakpoints) {
  std::string blocks;
  for (int i = 0; i < 5; ++i) {
    if (i > 0) blocks += ",";
    blocks += R"({"type":"text","text":"a","cache_control":{"type":"ephemeral"}})";
  }
  check({{kHaiku, body(R"(,"system":[)" + blocks + "]"),
          "A maximum of 4 blocks with cache_control may be provided. Found 5."}});
  const auto order =
      refusal(kHaiku, body(R"(,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},)"
                           R"({"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}])"));
  EXPECT_TRUE(order.starts_with("cache_control: a ttl='1h' cache_control block must not come after")) << order;
}

TEST(Thinking, BoundToTextAndPrefix) {
  const Model& bound = *resolve(kOpus55)->model;
  const Model& free = *resolve(kHaiku)->model;
  const auto question = codec::json::Document::parse_copy(R"({"messages":[{"role":"user","content":"q"}]})");
  const std::string signature = sign_thinking(bound, "hm", read_prompt(question->root()).digest());
  const auto replay = [&](const Model& model, const std::string& prompt, const std::string& thought) {
    const auto document = codec::json::Document::parse_copy(
        R"({"messages":[{"role":"user","content":[{"type":"text","text":")" + prompt +
        R"(","cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":")" +
        thought + R"(","signature":")" + signature + R"("}]},{"role":"user","content":"more"}]})");
    const auto fine = verify_thinking(model, read_prompt(document->root()), false);
    return fine ? std::string() : fine.error().message;
  };
  EXPECT_EQ(replay(bound, "q", "hm"), "");
  EXPECT_EQ(replay(bound, "q", "hmm"), "messages.1.content.0: Invalid `signature` in `thinking` block");
  EXPECT_EQ(replay(free, "other", "hm"), "");
  EXPECT_TRUE(replay(bound, "other", "hm")
                  .starts_with("messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a "
                               "different conversation"));
}

}  // namespace
}  // namespace stargate::sim
