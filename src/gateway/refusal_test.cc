// What the server refuses by itself, worded by the corridor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/gateway.h"
#include "tests/support/gateway/fakes.h"

namespace stargate::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

class Refusal : public testing::Test {
 protected:
  Refusal()
      : upstream_(env_),
        fetcher_(env_),
        log_(2, base::LogForm::kHuman, base::LogLevel::kError),
        gateway_(Services{&upstream_, &fetcher_, &env_, &sink_, &log_}, std::make_shared<Snapshot>()) {}

  test::ManualEnv env_;
  test::ScriptedUpstream upstream_;
  test::ScriptedFetcher fetcher_;
  test::RecordingSink sink_;
  base::Log log_;
  Gateway gateway_;
};

TEST_F(Refusal, IsToldInTheAskersFormWithAnIdAndALogLine) {
  const Error error = base::client_error(ErrorCode::kHeadersTooLarge, "the request's head is \"too\" large").error();
  codec::http1::RequestHead head;
  head.method = "POST";
  head.target = "/anthropic/v1/messages?beta=true";
  head.headers.add("origin", "https://app.example");
  head.headers.add("x-litellm-call-id", "call-7");
  ports::Refusal refusal = gateway_.refusal(head, "127.0.0.1:9", std::chrono::milliseconds(3), error);
  EXPECT_EQ(refusal.head.status, 431);
  const std::string id(refusal.head.headers.get("request-id"));
  EXPECT_EQ(refusal.head.headers.get("x-request-id"), id);
  EXPECT_EQ(refusal.head.headers.get("x-litellm-call-id"), "call-7");
  EXPECT_EQ(refusal.head.headers.get("access-control-allow-origin"), "*");
  EXPECT_EQ(
      refusal.body,
      R"({"type":"error","error":{"type":"invalid_request_error","message":"the request's head is \"too\" large"},)"
      R"("request_id":")" +
          id + R"("})");
  EXPECT_EQ(sink_.records.back().request_id, id);
  EXPECT_EQ(sink_.records.back().status, 431);
  EXPECT_EQ(sink_.records.back().error, "headers_too_large");
  EXPECT_EQ(sink_.records.back().route, "/v1/messages");
  EXPECT_EQ(sink_.records.back().peer, "127.0.0.1:9");
  EXPECT_EQ(sink_.records.back().took, std::chrono::milliseconds(3));

  refusal = gateway_.refusal({}, "127.0.0.1:9", std::chrono::milliseconds(3), error);
  EXPECT_THAT(refusal.body, HasSubstr(R"({"error":{"message")"));
  EXPECT_FALSE(refusal.head.headers.get("x-request-id").empty());
  head = {};
  head.method = "GET";
  head.target = "/v1/models";
  head.headers.add("anthropic-version", "2023-06-01");
  refusal = gateway_.refusal(head, "127.0.0.1:9", std::chrono::milliseconds(3),
                             base::fail(ErrorCode::kInternal, "a secret detail").error());
  EXPECT_EQ(refusal.head.status, 500);
  EXPECT_THAT(refusal.body, HasSubstr(R"({"type":"error")"));
  EXPECT_THAT(refusal.body, Not(HasSubstr("a secret detail")));
}

}  // namespace
}  // namespace stargate::gateway
