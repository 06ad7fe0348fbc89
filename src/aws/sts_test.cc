#include "aws/sts.h"

#include <gtest/gtest.h>

#include "aws/timestamp.h"
#include "aws/xml_scan.h"

namespace stargate::aws {
namespace {

constexpr std::string_view kAnswer = R"(<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <SourceIdentity>me</SourceIdentity>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalr&#43;XUtnFEMI/K7MDENG&amp;bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLE=</SessionToken>
      <Expiration>2026-01-01T01:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</AssumeRoleResponse>
)";

RoleRequest demo() { return {.role_arn = "arn:aws:iam::123456789012:role/demo", .session_name = "stargate-1"}; }

TEST(Sts, writes_the_forms) {
  RoleRequest request = demo();
  EXPECT_EQ(assume_role_form(request),
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo"
            "&RoleSessionName=stargate-1");
  request.external_id = "a:b";
  request.duration_seconds = 900;
  EXPECT_TRUE(assume_role_form(request).ends_with("&DurationSeconds=900&ExternalId=a%3Ab"));
  const std::string web = assume_role_with_web_identity_form(demo(), "ey.J+/=");
  EXPECT_TRUE(web.starts_with("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&"));
  EXPECT_TRUE(web.ends_with("&WebIdentityToken=ey.J%2B%2F%3D"));
}

TEST(Sts, refuses_what_sts_would_refuse) {
  EXPECT_TRUE(check_role_request(demo()));
  RoleRequest request = demo();
  request.role_arn = "demo";
  EXPECT_FALSE(check_role_request(request));
  request = demo();
  request.session_name = "two words";
  EXPECT_FALSE(check_role_request(request));
  request.session_name = "x";
  EXPECT_FALSE(check_role_request(request));
  request.session_name = std::string(65, 'x');
  EXPECT_FALSE(check_role_request(request));
  request = demo();
  request.duration_seconds = 899;
  EXPECT_FALSE(check_role_request(request));
  request.duration_seconds = 43'201;
  EXPECT_FALSE(check_role_request(request));
  request = demo();
  request.external_id = "a b";
  EXPECT_FALSE(check_role_request(request));
}

TEST(Sts, reads_credentials) {
  const auto identity = parse_sts_answer(200, kAnswer);
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->access_key_id, "ASIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(identity->secret_access_key.reveal(), "wJalr+XUtnFEMI/K7MDENG&bPxRfiCYzEXAMPLEKEY");
  EXPECT_EQ(identity->session_token.reveal(), "AQoDYXdzEPT//////////wEXAMPLE=");
  EXPECT_EQ(identity->expires, parse_iso8601("2026-01-01T01:00:00Z"));
}

TEST(Sts, an_answer_cut_anywhere_is_an_error) {
  const std::string_view body = kAnswer.substr(0, kAnswer.size() - 1);  // without the last line end
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto identity = parse_sts_answer(200, body.substr(0, size));
    ASSERT_FALSE(identity) << size;
    EXPECT_EQ(identity.error().code, ErrorCode::kUnavailable);
  }
}

TEST(Sts, reads_errors) {
  constexpr std::string_view kDenied =
      R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>)"
      R"(<Code>AccessDenied</Code><Message>User: x is not authorized to perform: sts:AssumeRole</Message></Error>)"
      R"(<RequestId>1</RequestId></ErrorResponse>)";
  const auto denied = parse_sts_answer(403, kDenied);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(denied.error().type, "AccessDenied");
  EXPECT_EQ(denied.error().upstream_status, 403);
  EXPECT_EQ(denied.error().message, "User: x is not authorized to perform: sts:AssumeRole");
  EXPECT_EQ(denied.error().retry, Retry::kNo);
  const auto provider = parse_sts_answer(
      400, "<ErrorResponse><Error><Code>IDPCommunicationError</Code><Message>m</Message></Error></ErrorResponse>");
  EXPECT_EQ(provider.error().retry, Retry::kYes);
  EXPECT_EQ(parse_sts_answer(503, "<html>").error().retry, Retry::kYes);
  EXPECT_EQ(parse_sts_answer(500, "<a/>").error().message, "STS answered 500");
}

TEST(XmlScan, refuses_what_is_not_plain_elements_and_text) {
  EXPECT_TRUE(scan_xml("<a b='1' c=\"2>\"><!-- - --><b/>\n<n:c>&lt;&#x41;&#x20AC;</n:c></a>"));
  EXPECT_EQ(scan_xml("<a><n:c>&lt;&#x41;&#x20AC;</n:c></a>")->at(0).text, "<A\xE2\x82\xAC");
  EXPECT_EQ(scan_xml("<a><n:c>x</n:c></a>")->at(0).path, "a/c");
  for (const char* bad : {"", "x", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE a><a/>", "<a>&x;</a>", "<a>&lt</a>",
                          "<a>&#0;</a>", "<a>&#xD800;</a>", "<a><![CDATA[x]]></a>", "<a b></a>", "<a b=c></a>", "</a>",
                          "<a/>x", "<a/", "<a><?pi?></a>", "< a/>", "<a>&#99999999;</a>"}) {
    EXPECT_FALSE(scan_xml(bad)) << bad;
  }
  std::string deep;
  for (std::size_t i = 0; i <= kXmlDepthMax; ++i) deep += "<a>";
  EXPECT_FALSE(scan_xml(deep));
  std::string wide = "<a>";
  for (std::size_t i = 0; i <= kXmlLeavesMax; ++i) wide += "<b/>";
  EXPECT_FALSE(scan_xml(wide + "</a>"));
}

}  // namespace
}  // namespace stargate::aws
