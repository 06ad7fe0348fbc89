#include "llm/grammar/anthropic_messages_facts.h"

#include <gtest/gtest.h>

namespace stargate::llm {
namespace {

Result<Facts> facts_of(const std::string& text) {
  return read_messages_facts(*codec::json::Document::parse_copy(text));
}

std::string error_of(const std::string& text) {
  const auto facts = facts_of(text);
  return facts ? "no error" : facts.error().message;
}

TEST(MessagesFacts, WhatTheCorridorNeeds) {
  const auto facts = facts_of(
      R"({"model":"claude-x","stream":true,"max_tokens":1e3,"metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"s-1\"}"},
          "messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a"}},
                                                {"type":"image","source":{"type":"url","url":"https://example.com/a"}}]}]})");
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  EXPECT_EQ(facts->model, "claude-x");
  EXPECT_TRUE(facts->stream);
  EXPECT_EQ(facts->max_tokens, 1000);
  EXPECT_EQ(facts->session_id, "s-1");
  EXPECT_EQ(facts->urls, std::vector<std::string>{"https://example.com/a"});
  EXPECT_GT(facts->input_tokens_estimate, 0);
}

TEST(MessagesFacts, UserIdIsReadLeniently) {
  const auto session = [](const std::string& user_id) {
    return facts_of(R"({"model":"m","messages":[{"role":"user","content":"a"}],"metadata":{"user_id":)" + user_id +
                    "}}")
        ->session_id;
  };
  EXPECT_EQ(session(R"("user_ab_account__session_1234")"), "1234");
  EXPECT_EQ(session(R"("{broken")"), "");
  EXPECT_EQ(session("5"), "");
}

TEST(MessagesFacts, ErrorsNameTheMember) {
  const std::string messages = R"("messages":[{"role":"user","content":"a"}])";
  EXPECT_EQ(error_of("[]"), "the request body is not a JSON object");
  EXPECT_EQ(error_of("{" + messages + "}"), "model: Field required");
  EXPECT_EQ(error_of(R"({"model":5,)" + messages + "}"), "model: Input should be a valid string");
  EXPECT_EQ(error_of(R"({"model":"",)" + messages + "}"), "model: String should have at least 1 character");
  EXPECT_EQ(error_of(R"({"model":"m"})"), "messages: Field required");
  EXPECT_EQ(error_of(R"({"model":"m","messages":{}})"), "messages: Input should be a valid list");
  EXPECT_EQ(error_of(R"({"model":"m","messages":["x"]})"), "messages.0: Input should be a valid dictionary");
  EXPECT_EQ(error_of(R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"tool","content":"a"}]})"),
            "messages.1.role: Input should be 'user' or 'assistant'");
  EXPECT_EQ(error_of(R"({"model":"m","stream":"yes",)" + messages + "}"), "stream: Input should be a valid boolean");
  EXPECT_EQ(error_of(R"({"model":"m","max_tokens":"5",)" + messages + "}"),
            "max_tokens: Input should be a valid integer");
  EXPECT_EQ(error_of(R"({"model":"m","max_tokens":-1,)" + messages + "}"),
            "max_tokens: must be greater than or equal to 0");
  EXPECT_EQ(error_of(R"({"model":"m","m\u0061x_tokens":1,"max_tokens":2,)" + messages + "}"),
            "max_tokens: stands twice in the body");
  EXPECT_EQ(facts_of("{}").error().param, "model");
  EXPECT_EQ(facts_of("{}").error().code, ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace stargate::llm
