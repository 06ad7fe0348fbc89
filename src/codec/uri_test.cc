#include "codec/uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::codec {
namespace {

TEST(Uri, PercentEncodesAllButUnreserved) {
  EXPECT_EQ(percent_encode("us.anthropic.claude-v1:0/x y~_é"), "us.anthropic.claude-v1%3A0%2Fx%20y~_%C3%A9");
  EXPECT_EQ(percent_encode("/a b/", true), "/a%20b/");
}

TEST(Uri, PercentDecodesAndLeavesMalformedTriplets) {
  EXPECT_EQ(percent_decode("a%2Fb%c3%a9%3"), "a/bé%3");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(percent_decode("a+b%2B"), "a+b+");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
}

TEST(Uri, ReadsQueries) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(
      parse_query("beta=true&a=%26&&b&c=d=e&x+y=+"),
      testing::ElementsAre(Pair{"beta", "true"}, Pair{"a", "&"}, Pair{"b", ""}, Pair{"c", "d=e"}, Pair{"x y", " "}));
  EXPECT_TRUE(parse_query("").empty());
  EXPECT_EQ(split_target("/v1/messages?beta=true?x").first, "/v1/messages");
  EXPECT_EQ(split_target("/v1/messages?beta=true?x").second, "beta=true?x");
  EXPECT_EQ(split_target("/").second, "");
}

TEST(Url, ReadsAbsoluteUrls) {
  const auto url = parse_url("HTTPS://Bedrock-Runtime.us-east-1.amazonaws.com/model/a%3A0/invoke?x=1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls());
  EXPECT_EQ(url->host, "bedrock-runtime.us-east-1.amazonaws.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/model/a%3A0/invoke?x=1");
  EXPECT_EQ(url->authority(), "bedrock-runtime.us-east-1.amazonaws.com");
  const auto ipv6 = parse_url("http://[::1]:8080");
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->authority(), "[::1]:8080");
  EXPECT_EQ(ipv6->target, "/");
  EXPECT_EQ(parse_url("http://a?q")->target, "/?q");
  EXPECT_EQ(parse_url("http://a:80/")->authority(), "a");
}

TEST(Url, RefusesWhatCouldBeReadInTwoWays) {
  for (const std::string_view text : {"",
                                      "a",
                                      "/x",
                                      "ftp://a",
                                      "http://",
                                      "http:///x",
                                      "http://u@a",
                                      "http://u:p@a/",
                                      "http://a:0",
                                      "http://a:",
                                      "http://a:65536",
                                      "http://a:8x",
                                      "http://a:+8",
                                      "http://a#f",
                                      "http://a/b#f",
                                      "http://a b",
                                      "http://a\n",
                                      "http://[::1",
                                      "http://[]",
                                      "http://[::1]8",
                                      "http://[::1%25eth0]/",
                                      "http://a\\b",
                                      "http://a%2e",
                                      "http://é",
                                      "http://a:80:80",
                                      "http://[g::1]/"}) {
    const auto url = parse_url(text);
    EXPECT_FALSE(url) << text;
    EXPECT_TRUE(url || url.error().code == ErrorCode::kBadRequest);
  }
}

}  // namespace
}  // namespace stargate::codec
