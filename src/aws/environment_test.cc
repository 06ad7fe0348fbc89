#include "aws/environment.h"

#include <gtest/gtest.h>

namespace stargate::aws {
namespace {

SharedConfig files() {
  SharedConfig shared;
  EXPECT_TRUE(
      parse_config_file("[default]\nregion = eu-west-1\nservices = local\nendpoint_url = http://all\n"
                        "[profile work]\nregion = eu-west-2\nignore_configured_endpoint_urls = TRUE\n"
                        "[services local]\nbedrock_runtime =\n  endpoint_url = http://runtime\n",
                        shared));
  return shared;
}

TEST(Environment, the_nearest_region_counts) {
  Environment environment;
  EXPECT_EQ(resolve_region("", environment, {}, "default"), "");
  EXPECT_EQ(resolve_region("", environment, files(), "default"), "eu-west-1");
  EXPECT_EQ(resolve_region("", environment, files(), "work"), "eu-west-2");
  environment["AWS_DEFAULT_REGION"] = "a";
  EXPECT_EQ(resolve_region("", environment, files(), "work"), "a");
  environment["AWS_REGION"] = "b";
  EXPECT_EQ(resolve_region("", environment, files(), "work"), "b");
  environment["AWS_REGION_NAME"] = "c";
  EXPECT_EQ(resolve_region("", environment, files(), "work"), "c");
  EXPECT_EQ(resolve_region("d", environment, files(), "work"), "d");
}

TEST(Environment, the_nearest_profile_counts) {
  EXPECT_EQ(active_profile("", {}), "default");
  EXPECT_EQ(active_profile("", {{"AWS_DEFAULT_PROFILE", "a"}}), "a");
  EXPECT_EQ(active_profile("", {{"AWS_DEFAULT_PROFILE", "a"}, {"AWS_PROFILE", "b"}}), "b");
  EXPECT_EQ(active_profile("c", {{"AWS_PROFILE", "b"}}), "c");
}

TEST(Environment, the_nearest_endpoint_counts) {
  Environment environment;
  EXPECT_EQ(endpoint_override("bedrock_runtime", environment, {}, "default"), "");
  EXPECT_EQ(endpoint_override("bedrock_runtime", environment, files(), "default"), "http://runtime");
  EXPECT_EQ(endpoint_override("sts", environment, files(), "default"), "http://all");
  EXPECT_EQ(endpoint_override("sts", environment, files(), "work"), "");
  environment["AWS_ENDPOINT_URL"] = "http://env";
  EXPECT_EQ(endpoint_override("bedrock_runtime", environment, files(), "default"), "http://env");
  environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = "http://exact";
  EXPECT_EQ(endpoint_override("bedrock_runtime", environment, files(), "default"), "http://exact");
  environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(endpoint_override("bedrock_runtime", environment, files(), "default"), "");
}

}  // namespace
}  // namespace stargate::aws
