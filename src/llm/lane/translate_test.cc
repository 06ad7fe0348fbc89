// What the translate lane promises over several turns; single requests are golden cases.
#include "llm/lane/translate.h"

#include <gtest/gtest.h>

#include <string>

namespace stargate::llm {
namespace {

std::string upstream_body(const std::string& text) {
  static const binding::Capabilities kCapabilities;
  const Target target{.upstream_model = "anthropic.claude-test-v1:0",
                      .capabilities = &kCapabilities,
                      .max_output_tokens = 8192,
                      .drop_params = false,
                      .drop_fields = {},
                      .default_max_tokens = {},
                      .default_members = "{}"};
  const auto body = codec::json::Document::parse_copy(text);
  const auto facts = read_chat_facts(*body);
  if (!facts) return facts.error().message;
  const auto prepared = prepare_chat(*body, *facts, {}, target, {}, {});
  if (!prepared) return prepared.error().message;
  std::string out;
  for (const std::string_view piece : prepared->pieces) out.append(piece);
  return out;
}

// Caches and thinking signatures hold only as long as the conversation's beginning is the same bytes on every turn.
TEST(Translate, ALaterTurnBeginsWithTheEarlierOne) {
  const std::string head =
      R"({"model":"m","tools":[{"type":"function","function":{"name":"a.b"}}],"messages":[)"
      R"({"role":"system","content":"be brief"},{"role":"user","content":"go"},{"role":"assistant","content":"",)"
      R"("tool_calls":[{"id":"call:1","type":"function","function":{"name":"a.b","arguments":"{\"x\": 1}"}}]},)"
      R"({"role":"tool","tool_call_id":"call:1","content":"done"})";
  const std::string first = upstream_body(head + "]}");
  const std::string second =
      upstream_body(head + R"(,{"role":"assistant","content":"fine"},{"role":"user","content":"more"}]})");
  const std::size_t end = first.rfind("]}");  // of the messages
  ASSERT_NE(end, std::string::npos) << first;
  EXPECT_EQ(second.substr(0, end), first.substr(0, end));
}

TEST(Translate, TheSameToolGetsTheSameNameEverywhere) {
  const std::string body = upstream_body(
      R"({"model":"m","tools":[{"type":"function","function":{"name":"a.b"}}],"messages":[{"role":"user","content":"x"},)"
      R"({"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"a.b","arguments":""}}]}],)"
      R"("tool_choice":{"type":"function","function":{"name":"a.b"}}})");
  std::size_t count = 0;
  for (std::size_t at = body.find("\"name\":\"a_b_"); at != std::string::npos;
       at = body.find("\"name\":\"a_b_", at + 1)) {
    ++count;
  }
  EXPECT_EQ(count, 3U) << body;
}

// Work and notes stay bounded for bodies that are odd on purpose; a quadratic reader would not come back from this.
TEST(Translate, ManyOddMembersAreCheap) {
  std::string body = R"({"model":"m","drop_params":true,"messages":[{"role":"user","content":"x"})";
  for (int i = 0; i < 20'000; ++i) {
    const std::string n = std::to_string(i);
    body += R"(,{"role":"assistant","tool_calls":[{"id":"i)" + n + R"(","function":{"name":"t.)" + n + R"("}}]})";
  }
  body += R"(],"additional_drop_params":["a")";
  for (int i = 0; i < 20'000; ++i) body += ",\"d" + std::to_string(i) + "\"";
  body += "]";
  for (int i = 0; i < 20'000; ++i) body += ",\"u" + std::to_string(i) + "\":1";
  EXPECT_TRUE(upstream_body(body + "}").starts_with(R"({"anthropic_version")"));
}

}  // namespace
}  // namespace stargate::llm
