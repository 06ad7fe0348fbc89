#include "aws/credential_json.h"

#include <gtest/gtest.h>

#include "aws/timestamp.h"

namespace stargate::aws {
namespace {

TEST(CredentialJson, metadata_documents) {
  const auto good = parse_metadata_credentials(
      R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA","SecretAccessKey":"s\/x","Token":"t",)"
      R"("Expiration":"2026-01-01T06:00:00Z"})");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->access_key_id, "ASIA");
  EXPECT_EQ(good->secret_access_key.reveal(), "s/x");
  EXPECT_EQ(good->session_token.reveal(), "t");
  EXPECT_EQ(good->expires, parse_iso8601("2026-01-01T06:00:00Z"));
  const auto refused = parse_metadata_credentials(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"m"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().type, "AssumeRoleUnauthorizedAccess");
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(parse_metadata_credentials(R"({"code":"InvalidRequest","message":"m"})").error().type, "InvalidRequest");
}

TEST(CredentialJson, process_documents) {
  const auto forever = parse_process_credentials(R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"s"})");
  ASSERT_TRUE(forever);
  EXPECT_FALSE(forever->expires);
  EXPECT_TRUE(forever->session_token.empty());
  EXPECT_TRUE(parse_process_credentials(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":null})"));
  EXPECT_FALSE(parse_process_credentials(R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"s"})"));
  EXPECT_FALSE(parse_process_credentials(R"({"AccessKeyId":"A","SecretAccessKey":"s"})"));
}

TEST(CredentialJson, sso_documents) {
  const auto token = parse_sso_token(R"({"accessToken":"a","expiresAt":"2026-01-01T00:00:00UTC","region":"r"})");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->expires, parse_iso8601("2026-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_sso_token(R"({"accessToken":"a"})"));
  const auto role = parse_sso_credentials(
      R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t","expiration":1767225600000}})");
  ASSERT_TRUE(role);
  EXPECT_EQ(role->expires, parse_iso8601("2026-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_sso_credentials(
      R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","expiration":99999999999999999}})"));
}

TEST(CredentialJson, errors_never_repeat_the_document) {
  for (const char* text : {"wJalrXUtnFEMI", R"(["wJalrXUtnFEMI"])", R"({"SecretAccessKey":"wJalrXUtnFEMI"})",
                           R"({"AccessKeyId":"A","SecretAccessKey":"wJalrXUtnFEMI","Token":"t"})",
                           R"({"AccessKeyId":"A","SecretAccessKey":"wJalrXUtnFEMI","Expiration":"wJalrXUtnFEMI"})"}) {
    const auto metadata = parse_metadata_credentials(text);
    ASSERT_FALSE(metadata) << text;
    EXPECT_EQ(metadata.error().message.find("wJalr"), std::string::npos);
    EXPECT_FALSE(parse_process_credentials(text));
    EXPECT_FALSE(parse_sso_token(text));
    EXPECT_FALSE(parse_sso_credentials(text));
  }
  EXPECT_FALSE(parse_metadata_credentials(std::string(kCredentialJsonBytesMax + 1, ' ')));
}

}  // namespace
}  // namespace stargate::aws
