#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "aws/canonical.h"
#include "aws/endpoint.h"
#include "aws/timestamp.h"

namespace stargate::aws {
namespace {

using namespace std::chrono_literals;

constexpr Scope kBedrock{"us-east-1", "bedrock"};
constexpr std::string_view kHost = "bedrock-runtime.us-east-1.amazonaws.com";
constexpr std::string_view kPath = "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse";

SigningIdentity example_identity(std::string token = {}) {
  SigningIdentity identity;
  identity.access_key_id = "AKIDEXAMPLE";
  identity.secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  identity.session_token = Secret(std::move(token));
  return identity;
}

WallTime new_year() { return *parse_iso8601("2026-01-01T00:00:00Z"); }

SigningRequest bedrock_request(std::string_view path) {
  return {.method = "POST",
          .path = path,
          .query = "",
          .headers = {{"content-type", "application/json"}, {"host", kHost}},
          .body_hash = codec::sha256("{}")};
}

std::string signature(std::string_view path, const SigningIdentity& identity) {
  const std::string header = sign(bedrock_request(path), identity, kBedrock, new_year()).back().second;
  return header.substr(header.rfind('=') + 1);
}

// Made with botocore 1.43.11: same keys, body "{}", content-type application/json.
TEST(SigV4, agrees_with_botocore_on_bedrock_calls) {
  EXPECT_EQ(signature(kPath, example_identity()), "2ed9c98880ddaa9889ba00935b5d570f05ed96ffd2d66da920bad1f7163a556a");
  EXPECT_EQ(signature("/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/converse", example_identity()),
            "6c376ef37f018f4ef65e25b39fa96d42f7ad4dc7e3229428a8d9d840c6ecefd2");
  EXPECT_EQ(signature(model_path("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
                                 "converse-stream"),
                      example_identity("TOKENEXAMPLE")),
            "994797b99cd4b2cca2da06d40f5a8aa3e636a7123d9e4eaab708dc37757f0773");
}

TEST(SigV4, names_scope_and_signed_headers_in_the_authorization) {
  const auto added = sign(bedrock_request(kPath), example_identity("TOKENEXAMPLE"), kBedrock, new_year());
  ASSERT_EQ(added.size(), 3U);
  EXPECT_EQ(added[0], (std::pair<std::string, std::string>{"X-Amz-Date", "20260101T000000Z"}));
  EXPECT_EQ(added[1], (std::pair<std::string, std::string>{"X-Amz-Security-Token", "TOKENEXAMPLE"}));
  EXPECT_TRUE(
      added[2].second.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock/aws4_request, "
                                  "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="))
      << added[2].second;
}

TEST(SigV4, signs_the_date_and_token_that_the_caller_has_set) {
  SigningRequest request = bedrock_request(kPath);
  request.headers.emplace_back("X-Amz-Date", "20260101T000000Z");
  request.headers.emplace_back("X-AMZ-Security-Token", "TOKENEXAMPLE");
  const auto added = sign(request, example_identity("TOKENEXAMPLE"), kBedrock, new_year() + 3s);
  ASSERT_EQ(added.size(), 1U);
  EXPECT_EQ(added[0].second,
            sign(bedrock_request(kPath), example_identity("TOKENEXAMPLE"), kBedrock, new_year()).back().second);
}

// The cache of derived keys must notice every part that goes into the key, and more identities than it has places.
TEST(SigV4, keeps_keys_of_different_secrets_days_regions_and_services_apart) {
  const std::string first = signature(kPath, example_identity());
  SigningIdentity other = example_identity();
  other.secret_access_key = Secret("another");
  EXPECT_NE(signature(kPath, other), first);
  const auto with = [](Scope scope, WallTime at) {
    return sign(bedrock_request(kPath), example_identity(), scope, at).back().second;
  };
  EXPECT_NE(with({"us-west-2", "bedrock"}, new_year()), with(kBedrock, new_year()));
  EXPECT_NE(with({"us-east-1", "sts"}, new_year()), with(kBedrock, new_year()));
  EXPECT_NE(with(kBedrock, new_year() + 24h), with(kBedrock, new_year()));
  for (int i = 0; i < 40; ++i) {
    other.access_key_id = "AKID" + std::to_string(i);
    signature(kPath, other);
  }
  EXPECT_EQ(signature(kPath, example_identity()), first);
}

TEST(SigV4, writes_dates_in_basic_form) {
  EXPECT_EQ(amz_date(new_year()), "20260101T000000Z");
  EXPECT_EQ(amz_date(*parse_iso8601("2024-02-29T23:59:59.999Z")), "20240229T235959Z");
}

TEST(SigV4, encodes_the_wire_path_once_more) {
  EXPECT_EQ(canonical_path("/test/@connections/JBDvjfGEIAMCERw%3D", true), "/test/%40connections/JBDvjfGEIAMCERw%253D");
  EXPECT_EQ(canonical_path("", true), "/");
  EXPECT_EQ(canonical_path("/a/../../b/./c//d/", true), "/b/c/d/");
  EXPECT_EQ(canonical_path("/a/..", true), "/");
  EXPECT_EQ(canonical_path("/a/.hidden", true), "/a/.hidden");
  EXPECT_EQ(canonical_path("/a//b/.", false), "/a//b/.");
}

TEST(SigV4, brings_the_query_into_order) {
  EXPECT_EQ(canonical_query("b=2&a=1&a=0&c"), "a=0&a=1&b=2&c=");
  EXPECT_EQ(canonical_query("x=%2f%7e&y=a+b&&z=%zz"), "x=%2F~&y=a%2Bb&z=%25zz");
  EXPECT_EQ(canonical_query("nextToken=a==&maxResults=1"), "maxResults=1&nextToken=a%3D%3D");
}

// What a server says to one request, each time with one thing wrong.
class Refusals : public ::testing::Test {
 protected:
  Refusals() { set_headers(sign(bedrock_request(kPath), identity_, kBedrock, new_year())); }

  void set_headers(const std::vector<std::pair<std::string, std::string>>& added) {
    added_ = added;
    arrived_ = {.method = "POST",
                .path = kPath,
                .query = "",
                .headers = {{"Content-Type", "application/json"}, {"Host", kHost}, {"User-Agent", "test"}},
                .body = "{}"};
    for (const auto& [name, value] : added_) arrived_.headers.emplace_back(name, value);
  }

  std::string& authorization() { return added_.back().second; }
  void replace(std::string_view from, std::string_view to) {
    const std::size_t at = authorization().find(from);
    ASSERT_NE(at, std::string::npos);
    authorization().replace(at, from.size(), to);
    arrived_.headers.back().second = authorization();
  }

  void expect(std::string_view type, int status, std::string_view message, WallTime now = new_year()) {
    const auto result = verify(arrived_, identity_, kBedrock, now);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().type, type);
    EXPECT_EQ(result.error().upstream_status, status);
    EXPECT_TRUE(result.error().message.starts_with(message)) << result.error().message;
  }

  SigningIdentity identity_ = example_identity("TOKENEXAMPLE");
  std::vector<std::pair<std::string, std::string>> added_;
  VerifyRequest arrived_;
};

TEST_F(Refusals, nothing_is_wrong) { EXPECT_TRUE(verify(arrived_, identity_, kBedrock, new_year())); }

TEST_F(Refusals, no_authorization) {
  arrived_.headers.pop_back();
  expect("MissingAuthenticationTokenException", 403, "Missing Authentication Token");
}

TEST_F(Refusals, parts_of_the_authorization_are_missing) {
  arrived_.headers.back().second = "AWS4-HMAC-SHA256 Signature=00";
  expect("IncompleteSignatureException", 400,
         "Authorization header requires 'Credential' parameter. Authorization header requires 'SignedHeaders' "
         "parameter. ");
  arrived_.headers.back().second = "AWS4-HMAC-SHA512 Credential=x";
  expect("IncompleteSignatureException", 400, "");
  replace("/20260101/us-east-1", "/20260101");
  expect("IncompleteSignatureException", 400, "Credential must have exactly 5 slash-delimited elements");
}

TEST_F(Refusals, no_date) {
  std::erase_if(arrived_.headers, [](const auto& header) { return header.first == "X-Amz-Date"; });
  expect("IncompleteSignatureException", 400, "Authorization header requires existence of either a 'X-Amz-Date'");
  arrived_.headers.emplace_back("X-Amz-Date", "2026-01-01");
  expect("IncompleteSignatureException", 400, "Date must be in ISO-8601 'basic format'. Got '2026-01-01'.");
}

TEST_F(Refusals, another_key_another_token_no_token) {
  constexpr std::string_view kText = "The security token included in the request is invalid.";
  replace("AKIDEXAMPLE", "AKIDOTHER");
  expect("UnrecognizedClientException", 403, kText);
  SigningIdentity other = example_identity("ANOTHERTOKEN");
  set_headers(sign(bedrock_request(kPath), other, kBedrock, new_year()));
  expect("UnrecognizedClientException", 403, kText);
  set_headers(sign(bedrock_request(kPath), example_identity(), kBedrock, new_year()));
  expect("UnrecognizedClientException", 403, kText);
}

TEST_F(Refusals, wrong_secret) {
  SigningIdentity other = example_identity("TOKENEXAMPLE");
  other.secret_access_key = Secret("wrong");
  set_headers(sign(bedrock_request(kPath), other, kBedrock, new_year()));
  expect("InvalidSignatureException", 403,
         "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
         "Key and signing method. Consult the service documentation for details.");
}

TEST_F(Refusals, a_token_past_its_time) {
  identity_.expires = new_year();
  expect("ExpiredTokenException", 403, "The security token included in the request is expired");
}

TEST_F(Refusals, a_clock_that_is_off) {
  EXPECT_TRUE(verify(arrived_, identity_, kBedrock, new_year() + 5min));
  EXPECT_TRUE(verify(arrived_, identity_, kBedrock, new_year() - 5min));
  expect("InvalidSignatureException", 403,
         "Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z (20260101T000501Z - 5 min.)",
         new_year() + 5min + 1s);
  expect("InvalidSignatureException", 403,
         "Signature not yet current: 20260101T000000Z is still later than 20251231T235959Z (20251231T235459Z + 5 min.)",
         new_year() - 5min - 1s);
}

TEST_F(Refusals, another_scope) {
  set_headers(sign(bedrock_request(kPath), identity_, {"us-west-2", "bedrock"}, new_year()));
  expect("InvalidSignatureException", 403, "Credential should be scoped to a valid region, not 'us-west-2'.");
  set_headers(sign(bedrock_request(kPath), identity_, {"us-east-1", "s3"}, new_year()));
  expect("InvalidSignatureException", 403, "Credential should be scoped to correct service: 'bedrock'.");
  set_headers(sign(bedrock_request(kPath), identity_, kBedrock, new_year()));
  replace("/20260101/", "/20251231/");
  expect("InvalidSignatureException", 403, "Date in Credential scope does not match YYYYMMDD");
  replace("aws4_request", "aws5_request");
  expect("InvalidSignatureException", 403, "Credential should be scoped with a valid terminator");
}

TEST_F(Refusals, the_host_must_be_signed) {
  SigningRequest request = bedrock_request(kPath);
  request.headers.pop_back();
  set_headers(sign(request, identity_, kBedrock, new_year()));
  expect("InvalidSignatureException", 403, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST_F(Refusals, a_signed_header_that_did_not_arrive_and_a_list_in_disorder) {
  replace("SignedHeaders=content-type;host", "SignedHeaders=content-type;host;x-amz-absent");
  expect("InvalidSignatureException", 403, "The request signature we calculated");
  replace("content-type;host;x-amz-absent", "host;content-type");
  expect("InvalidSignatureException", 403, "The request signature we calculated");
}

TEST(SigV4, finds_the_key_id_in_an_authorization) {
  EXPECT_EQ(access_key_of("AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request, Signature=0"),
            "AKID");
  EXPECT_EQ(access_key_of("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AKID/2026"), "AKID");
  EXPECT_EQ(access_key_of("Bearer sk-1234"), "");
  EXPECT_EQ(access_key_of("AWS4-HMAC-SHA256"), "");
  EXPECT_EQ(access_key_of(""), "");
}

}  // namespace
}  // namespace stargate::aws
