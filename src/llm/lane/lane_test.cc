#include "llm/lane/lane.h"

#include <gtest/gtest.h>

#include "llm/lane/splice.h"
#include "tests/support/shipped_capabilities.h"

namespace stargate::llm {
namespace {

TEST(Lane, BodyBytesIsTheSumOfThePieces) {
  Prepared prepared;
  prepared.pieces = {"ab", "", "cde"};
  EXPECT_EQ(prepared.body_bytes(), 5U);
}

TEST(Lane, ReplyOfEachDialect) {
  ReplyOptions options;
  std::string out;
  make_reply(options)->ping(out);
  EXPECT_EQ(out, "event: ping\ndata: {\"type\": \"ping\"}\n\n");
  out.clear();
  options.dialect = Dialect::kOpenAiChat;
  make_reply(options)->ping(out);
  EXPECT_EQ(out.substr(0, 1), ":");
}

TEST(Lane, PreparedOutlivesWhatItWasMadeFrom) {
  std::string text;
  Prepared prepared;
  const auto body = *codec::json::Document::parse_copy(
      R"({"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]})");
  {
    const std::string model = "anthropic.claude-opus-5-5";
    Target target;
    target.upstream_model = model;
    target.capabilities = &test::shipped_capabilities().find(model);
    target.default_max_tokens = 77;
    auto made = splice_messages(body, {"effort-2025-11-24", "2023-06-01"}, target, {}, {});
    ASSERT_TRUE(made.has_value());
    prepared = std::move(*made);
  }
  for (const std::string_view piece : prepared.pieces) text += piece;
  EXPECT_EQ(text, R"({"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":[)"
                  R"({"type":"text","text":"<system-reminder>\na\n</system-reminder>"},{"type":"text","text":"b"}]}],)"
                  R"("max_tokens":77})");
}

TEST(Lane, CountTokens) {
  const auto body = *codec::json::Document::parse_copy(R"({"model":"m","messages":[{"role":"user","content":"b"}]})");
  Target target;
  target.upstream_model = "us.anthropic.claude-opus-5-5";
  target.capabilities = &test::shipped_capabilities().find(target.upstream_model);
  EXPECT_EQ(prepare_count_tokens(body, {}, target, {}, {}).error().code, ErrorCode::kNotImplemented);
  target.upstream_model = "us.anthropic.claude-sonnet-4-6";
  target.capabilities = &test::shipped_capabilities().find(target.upstream_model);
  EXPECT_EQ(prepare_count_tokens(body, {}, target, {}, {})->target, "/model/anthropic.claude-sonnet-4-6/count-tokens");
  EXPECT_EQ(*count_tokens_reply(R"({"inputTokens": 42})"), R"({"input_tokens":42})");
  for (const char* bad : {"", "{}", R"({"inputTokens":"x"})", R"({"inputTokens":-1})"}) {
    EXPECT_EQ(count_tokens_reply(bad).error().code, ErrorCode::kBadGateway) << bad;
  }
}

}  // namespace
}  // namespace stargate::llm
