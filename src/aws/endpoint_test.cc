#include "aws/endpoint.h"

#include <gtest/gtest.h>

namespace stargate::aws {
namespace {

TEST(Endpoint, hosts_follow_the_partition_of_the_region) {
  EXPECT_EQ(endpoint_host("bedrock-runtime", "us-east-1"), "bedrock-runtime.us-east-1.amazonaws.com");
  EXPECT_EQ(endpoint_host("bedrock", "eu-central-2"), "bedrock.eu-central-2.amazonaws.com");
  EXPECT_EQ(endpoint_host("sts", "cn-north-1"), "sts.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(endpoint_host("bedrock-runtime", "us-gov-west-1"), "bedrock-runtime.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(endpoint_host("bedrock-runtime", "eusc-de-east-1"), "bedrock-runtime.eusc-de-east-1.amazonaws.eu");
  EXPECT_EQ(endpoint_host("sts", "us-iso-east-1"), "sts.us-iso-east-1.c2s.ic.gov");
  EXPECT_EQ(endpoint_host("sts", "us-isob-east-1"), "sts.us-isob-east-1.sc2s.sgov.gov");
  EXPECT_EQ(endpoint_host("sts", "eu-isoe-west-1"), "sts.eu-isoe-west-1.cloud.adc-e.uk");
  EXPECT_EQ(endpoint_host("sts", "us-isof-south-1"), "sts.us-isof-south-1.csp.hci.ic.gov");
}

TEST(Endpoint, a_region_that_is_not_known_yet_is_an_ordinary_one) {
  EXPECT_EQ(endpoint_host("bedrock-runtime", "mars-north-9"), "bedrock-runtime.mars-north-9.amazonaws.com");
  EXPECT_EQ(partition_of("mars-north-9").id, "aws");
}

TEST(Endpoint, fips_and_dual_stack_have_their_own_names) {
  EXPECT_EQ(endpoint_host("bedrock-runtime", "us-gov-east-1", true),
            "bedrock-runtime-fips.us-gov-east-1.amazonaws.com");
  EXPECT_EQ(endpoint_host("bedrock-runtime", "us-east-1", false, true), "bedrock-runtime.us-east-1.api.aws");
  EXPECT_EQ(endpoint_host("bedrock-runtime", "us-east-1", true, true), "bedrock-runtime-fips.us-east-1.api.aws");
  EXPECT_EQ(endpoint_host("bedrock-mantle", "us-west-2"), "bedrock-mantle.us-west-2.api.aws");
}

TEST(Endpoint, only_names_of_a_region_s_shape_may_become_part_of_a_host) {
  for (const char* good : {"us-east-1", "us-gov-west-1", "ap-southeast-7", "eusc-de-east-1", "us-isob-east-1"}) {
    EXPECT_TRUE(plausible_region(good)) << good;
  }
  for (const char* bad : {"", "us", "us-east", "us-east-", "-us-east-1", "us--east-1", "US-EAST-1",
                          "us-east-1.evil.com", "us-east-1/x", "us-east-1:80", "evil.com#-a-1", "us-east-1 ",
                          "us-east-1a", "1-1-1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b-1"}) {
    EXPECT_FALSE(plausible_region(bad)) << bad;
  }
}

TEST(Endpoint, geo_prefixes_come_off_and_nothing_else) {
  EXPECT_EQ(strip_profile_prefix("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            "anthropic.claude-haiku-4-5-20251001-v1:0");
  for (const char* prefix : {"eu.", "apac.", "jp.", "au.", "ca.", "in.", "us-gov.", "global."}) {
    EXPECT_EQ(strip_profile_prefix(std::string(prefix) + "anthropic.claude-x"), "anthropic.claude-x");
  }
  EXPECT_EQ(strip_profile_prefix("anthropic.claude-opus-4-6-v1"), "anthropic.claude-opus-4-6-v1");
  EXPECT_EQ(strip_profile_prefix("xx.anthropic.claude"), "xx.anthropic.claude");
  EXPECT_EQ(strip_profile_prefix("us."), "us.");
  const char* arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x";
  EXPECT_EQ(strip_profile_prefix(arn), arn);
}

TEST(Endpoint, a_model_id_is_one_encoded_path_segment) {
  EXPECT_EQ(model_path("us.anthropic.claude-haiku-4-5-20251001-v1:0", "invoke"),
            "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke");
  EXPECT_EQ(model_path("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
                       "converse-stream"),
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123def456/"
            "converse-stream");
  EXPECT_EQ(model_path("../../x?y#z", "invoke"), "/model/..%2F..%2Fx%3Fy%23z/invoke");
}

}  // namespace
}  // namespace stargate::aws
