// read_upstream_error and upstream_exception (bedrock_errors.cc).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/lane/lane.h"

namespace stargate::llm {
namespace {

Error read(int status, std::string_view type, std::string_view body) {
  codec::http1::ResponseHead head;
  head.status = status;
  if (!type.empty()) head.headers.add("x-amzn-ErrorType", std::string(type));
  return read_upstream_error(head, body);
}

TEST(UpstreamError, BedrocksTable) {
  struct Row {
    int status;
    const char* type;
    ErrorCode code;
    Retry retry;
  };
  const Row rows[] = {
      {403, "AccessDeniedException", ErrorCode::kForbidden, Retry::kNo},
      {400, "ValidationException", ErrorCode::kBadRequest, Retry::kNo},
      {404, "ResourceNotFoundException", ErrorCode::kNotFound, Retry::kNo},
      {429, "ThrottlingException", ErrorCode::kRateLimited, Retry::kYes},
      {429, "ModelNotReadyException", ErrorCode::kOverloaded, Retry::kYes},
      {408, "ModelTimeoutException", ErrorCode::kGatewayTimeout, Retry::kNo},
      {424, "ModelErrorException", ErrorCode::kBadGateway, Retry::kYes},
      {424, "ModelStreamErrorException", ErrorCode::kBadGateway, Retry::kYes},
      {400, "ServiceQuotaExceededException", ErrorCode::kRateLimited, Retry::kNo},
      {400, "ConflictException", ErrorCode::kConflict, Retry::kNo},
      {500, "InternalServerException", ErrorCode::kBadGateway, Retry::kYes},
      {503, "ServiceUnavailableException", ErrorCode::kOverloaded, Retry::kYes},
      {418, "", ErrorCode::kBadGateway, Retry::kNo},
      {503, "", ErrorCode::kOverloaded, Retry::kYes},
      {413, "", ErrorCode::kTooLarge, Retry::kNo},
  };
  for (const Row& row : rows) {
    const Error error = read(row.status, row.type, R"({"message":"words"})");
    EXPECT_EQ(error.code, row.code) << row.status << row.type;
    EXPECT_EQ(error.retry, row.retry) << row.status << row.type;
    EXPECT_EQ(error.message, "words");
    EXPECT_EQ(error.upstream_status, row.status);
    EXPECT_EQ(error.source, base::ErrorSource::kUpstream);
  }
}

TEST(UpstreamError, TypeStandsInHeaderOrBody) {
  EXPECT_EQ(read(429, "ThrottlingException:http://internal.amazon.com/coral/", "{}").type, "ThrottlingException");
  EXPECT_EQ(read(429, "", R"({"code":"ThrottlingException","message":"m"})").type, "ThrottlingException");
  EXPECT_EQ(read(400, "", R"({"__type":"com.amazon#ValidationException:x","Message":"m"})").type,
            "ValidationException");
  EXPECT_EQ(read(400, "", R"({"__type":"a b\n","Message":"m"})").type, "");
}

TEST(UpstreamError, RecoveryWordingIsKept) {
  for (const char* words :
       {"prompt is too long: 210000 tokens > 200000 maximum", "Input is too long for requested model.",
        "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000",
        "The model returned the following errors: context_management: Extra inputs are not permitted"}) {
    const Error error = read(400, "ValidationException", "{\"message\":" + codec::json::quoted(words) + "}");
    EXPECT_EQ(error.message, words);
    EXPECT_EQ(error.code, ErrorCode::kBadRequest);
  }
}

TEST(UpstreamError, AccountsAndArnsAreMasked) {
  const Error error = read(
      403, "AccessDeniedException",
      R"({"message":"User: arn:aws:iam::123456789012:user/x is not authorized on account 123456789012, not 1234567890123"})");
  EXPECT_EQ(error.message, "User: [arn] is not authorized on account [account], not 1234567890123");
  EXPECT_EQ(error.code, ErrorCode::kForbidden);
}

TEST(UpstreamError, OwnCredentialsAreNeverTheClients401) {
  for (const char* type : {"UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"}) {
    const Error error = read(403, type, R"({"message":"The request signature we calculated AKIDEXAMPLE"})");
    EXPECT_EQ(error.code, ErrorCode::kBadGateway);
    EXPECT_EQ(error.type, type);
    EXPECT_THAT(error.message, testing::HasSubstr("operator"));
    EXPECT_THAT(error.message, testing::Not(testing::HasSubstr("AKID")));
  }
  EXPECT_EQ(read(401, "", "").code, ErrorCode::kBadGateway);
}

TEST(UpstreamError, WrongModelIdIsNotFound) {
  EXPECT_EQ(read(400, "ValidationException", R"({"message":"The provided model identifier is invalid."})").code,
            ErrorCode::kNotFound);
}

TEST(UpstreamError, EmptyAndForeignBodies) {
  EXPECT_EQ(read(502, "", "").message, "Bedrock answered 502 without a message");
  EXPECT_EQ(read(503, "", "<html>busy</html>").message, "Bedrock answered 503 with a body that is not its error form");
  EXPECT_EQ(read(503, "ServiceUnavailableException", "[]").code, ErrorCode::kOverloaded);
  EXPECT_LE(read(400, "", "{\"message\":\"" + std::string(100'000, 'a') + "\"}").message.size(), 8U * 1024);
}

TEST(UpstreamError, RetryAfterIsBounded) {
  codec::http1::ResponseHead head;
  head.status = 429;
  head.headers.add("Retry-After", "7");
  EXPECT_EQ(read_upstream_error(head, "").retry_after_s, 7);
  head.headers.set("Retry-After", "Mon, 23 Nov 2026 10:00:00 GMT");
  EXPECT_EQ(read_upstream_error(head, "").retry_after_s, 0);
  head.headers.set("Retry-After", "99999999");
  EXPECT_EQ(read_upstream_error(head, "").retry_after_s, 3600);
}

TEST(UpstreamError, ADaysQuotaIsNotRetried) {
  EXPECT_EQ(read(429, "ThrottlingException", R"({"message":"Too many tokens per day, please wait."})").retry,
            Retry::kNo);
}

TEST(UpstreamException, NamesInCamelCase) {
  EXPECT_EQ(upstream_exception("modelTimeoutException", "").code, ErrorCode::kGatewayTimeout);
  EXPECT_EQ(upstream_exception("modelTimeoutException", "").message,
            "Bedrock ended the stream with ModelTimeoutException");
  EXPECT_EQ(upstream_exception("internalServerException", R"({"message":"m"})").message, "m");
  EXPECT_EQ(upstream_exception("validationException", R"({"message":"invalid beta flag"})").upstream_status, 400);
  EXPECT_EQ(upstream_exception("", "garbage").code, ErrorCode::kBadGateway);
}

}  // namespace
}  // namespace stargate::llm
