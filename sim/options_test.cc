#include "sim/options.h"

#include <gtest/gtest.h>

namespace stargate::sim {
namespace {

TEST(SimOptions, FlagsWinOverTheEnvironment) {
  const auto options = read_options({"--listen", "127.0.0.1:0", "--access-key=FLAG", "--tokens-per-second", "80"},
                                    {{"AWS_ACCESS_KEY_ID", "ENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->port, 0);
  EXPECT_EQ(options->settings.auth.identity.access_key_id, "FLAG");
  EXPECT_EQ(options->settings.auth.identity.secret_access_key.reveal(), "s");
  EXPECT_EQ(options->settings.tokens_per_second, 80);
  EXPECT_TRUE(options->settings.auth.enabled);
}

TEST(SimOptions, AwsExampleKeysByDefault) {
  const auto options = read_options({}, {});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->settings.auth.identity.access_key_id, "AKIDEXAMPLE");
}

TEST(SimOptions, WhatIsNotUnderstoodIsRefused) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--nope", "1"},
                                                    {"--listen", "here"},
                                                    {"--cores", "0"},
                                                    {"--ttft-ms", "-1"},
                                                    {"--listen"}}) {
    EXPECT_FALSE(read_options(arguments, {})) << arguments.front();
  }
  EXPECT_TRUE(read_options({"--clock-offset", "-600"}, {}));
}

}  // namespace
}  // namespace stargate::sim
