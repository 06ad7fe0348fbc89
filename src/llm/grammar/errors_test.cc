#include "llm/grammar/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/lane/lane.h"

namespace stargate::llm {
namespace {

using testing::HasSubstr;
using testing::Not;

RenderedError messages(const Error& error) { return render_error(Dialect::kAnthropicMessages, error, "req_1"); }
RenderedError chat(const Error& error) { return render_error(Dialect::kOpenAiChat, error, "req_1"); }

TEST(RenderError, AnthropicForm) {
  const auto answer = messages(base::client_error(ErrorCode::kBadRequest, "a \"b\"\n", "x").error());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"type":"error","error":{"type":"invalid_request_error","message":"a \"b\"\n"},"request_id":"req_1"})");
  EXPECT_EQ(answer.headers.get("request-id"), "req_1");
  EXPECT_EQ(answer.headers.get("content-type"), "application/json");
}

TEST(RenderError, OpenAiForm) {
  auto answer = chat(base::client_error(ErrorCode::kBadRequest, "a", "messages.0").error());
  EXPECT_EQ(answer.body,
            R"({"error":{"message":"a","type":"invalid_request_error","param":"messages.0","code":"400"}})");
  answer = chat(base::client_error(ErrorCode::kUnauthorized, "a").error());
  EXPECT_EQ(answer.body, R"({"error":{"message":"a","type":"auth_error","param":null,"code":"401"}})");
  EXPECT_FALSE(answer.headers.has("request-id"));
}

TEST(RenderError, TypesOfEachDialect) {
  struct Row {
    ErrorCode code;
    int messages_status;
    const char* messages_type;
    int chat_status;
    const char* chat_type;
  };
  const Row rows[] = {
      {ErrorCode::kUnauthorized, 401, "authentication_error", 401, "auth_error"},
      {ErrorCode::kForbidden, 403, "permission_error", 403, "permission_denied_error"},
      {ErrorCode::kNotFound, 404, "not_found_error", 404, "not_found_error"},
      {ErrorCode::kTooLarge, 413, "request_too_large", 413, "invalid_request_error"},
      {ErrorCode::kRateLimited, 429, "rate_limit_error", 429, "throttling_error"},
      {ErrorCode::kBadGateway, 502, "api_error", 502, "internal_server_error"},
      {ErrorCode::kGatewayTimeout, 504, "timeout_error", 504, "timeout_error"},
      {ErrorCode::kOverloaded, 529, "overloaded_error", 503, "service_unavailable_error"},
      {ErrorCode::kNotImplemented, 501, "api_error", 501, "not_implemented_error"},
  };
  for (const Row& row : rows) {
    const Error error = base::upstream_error(row.code, "m").error();
    EXPECT_EQ(messages(error).status, row.messages_status);
    EXPECT_THAT(messages(error).body, HasSubstr(row.messages_type));
    EXPECT_EQ(chat(error).status, row.chat_status);
    EXPECT_THAT(chat(error).body, HasSubstr(row.chat_type));
  }
}

TEST(RenderError, ClientsAreToldWhetherToComeBack) {
  EXPECT_EQ(messages(base::client_error(ErrorCode::kUnauthorized, "m").error()).headers.get("x-should-retry"), "false");
  EXPECT_EQ(chat(base::client_error(ErrorCode::kForbidden, "m").error()).headers.get("x-should-retry"), "false");
  EXPECT_FALSE(messages(base::client_error(ErrorCode::kBadRequest, "m").error()).headers.has("x-should-retry"));
  Error limited = base::upstream_error(ErrorCode::kRateLimited, "m", base::Retry::kYes).error();
  EXPECT_EQ(messages(limited).headers.get("retry-after"), "5");
  EXPECT_FALSE(messages(limited).headers.has("x-should-retry"));
  limited.retry_after_s = 30;
  EXPECT_EQ(messages(limited).headers.get("retry-after"), "30");
  Error per_day = base::upstream_error(ErrorCode::kRateLimited, "Too many tokens per day", base::Retry::kNo).error();
  EXPECT_EQ(messages(per_day).headers.get("x-should-retry"), "false");
  EXPECT_FALSE(messages(per_day).headers.has("retry-after"));
}

TEST(RenderError, OwnTypesAreKept) {
  Error error = base::client_error(ErrorCode::kRateLimited, "Budget").error();
  error.type = "billing_error";
  EXPECT_THAT(messages(error).body, HasSubstr("billing_error"));
  EXPECT_EQ(messages(error).headers.get("x-should-retry"), "false");
  error.type = "key_model_access_denied";
  EXPECT_THAT(chat(error).body, HasSubstr("key_model_access_denied"));
  EXPECT_THAT(messages(error).body, HasSubstr("rate_limit_error"));
  Error upstream = base::upstream_error(ErrorCode::kRateLimited, "m").error();
  upstream.type = "ThrottlingException";
  EXPECT_THAT(chat(upstream).body, HasSubstr("throttling_error"));
}

TEST(RenderError, InternalDetailStaysInside) {
  const auto answer = messages(base::fail(ErrorCode::kInternal, "connect 10.0.0.7: refused").error());
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("10.0.0.7")));
  EXPECT_THAT(answer.body, HasSubstr("Request id: req_1"));
  EXPECT_THAT(chat(base::fail(ErrorCode::kBadGateway, "10.0.0.7").error()).body, Not(HasSubstr("10.0.0.7")));
  EXPECT_THAT(chat(base::fail(ErrorCode::kNotFound, "no such path").error()).body, HasSubstr("no such path"));
}

}  // namespace
}  // namespace stargate::llm
