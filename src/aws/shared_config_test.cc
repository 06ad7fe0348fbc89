#include "aws/shared_config.h"

#include <gtest/gtest.h>

namespace stargate::aws {
namespace {

SharedConfig read(std::string_view config, std::string_view credentials = {}) {
  SharedConfig shared;
  const auto first = parse_config_file(config, shared);
  EXPECT_TRUE(first) << first.error().message;
  const auto second = parse_credentials_file(credentials, shared);
  EXPECT_TRUE(second) << second.error().message;
  return shared;
}

TEST(SharedConfig, profiles_have_a_prefix_in_the_config_file_only) {
  const SharedConfig shared =
      read("[default]\nregion=us-east-1\n[profile work]\nregion = eu-west-1\n[other]\nregion=x\n",
           "[work]\naws_access_key_id = AKIDEXAMPLE\n");
  EXPECT_EQ(shared.setting("default", "region"), "us-east-1");
  EXPECT_EQ(shared.setting("work", "region"), "eu-west-1");
  EXPECT_EQ(shared.setting("work", "aws_access_key_id"), "AKIDEXAMPLE");
  EXPECT_FALSE(shared.has_profile("other"));
  EXPECT_TRUE(shared.has_profile("work"));
}

TEST(SharedConfig, the_credentials_file_wins) {
  const SharedConfig shared = read("[default]\nregion=a\naws_access_key_id=1\n", "[default]\nregion=b\n");
  EXPECT_EQ(shared.setting("default", "region"), "b");
  EXPECT_EQ(shared.setting("default", "aws_access_key_id"), "1");
}

TEST(SharedConfig, comments_blanks_case_and_line_ends) {
  const SharedConfig shared = read(
      "\xEF\xBB\xBF# top\r\n; also\r\n\r\n[ profile  work ] ; mine\r\nRegion\t=\teu-west-1 # why\r\n"
      "external_id = a#b;c\r\nempty = # nothing\r\n");
  EXPECT_EQ(shared.setting("work", "region"), "eu-west-1");
  EXPECT_EQ(shared.setting("work", "external_id"), "a#b;c");
  EXPECT_EQ(shared.setting("work", "empty"), "");
}

TEST(SharedConfig, quoted_names) {
  const SharedConfig shared = read("[profile \"my work\"]\nregion = x\n", "['my work']\naws_access_key_id = 1\n");
  EXPECT_EQ(shared.setting("my work", "region"), "x");
  EXPECT_EQ(shared.setting("my work", "aws_access_key_id"), "1");
}

TEST(SharedConfig, nested_settings_and_continuations) {
  const SharedConfig shared = read(
      "[services local]\nbedrock_runtime =\n  endpoint_url = http://localhost:8000\n  # note\n  other = 1\nsts=\n"
      "\tendpoint_url = http://localhost:8001\n[profile p]\nservices = local\ncredential_process = /bin/tool\n"
      "   --json\nregion = r\n");
  EXPECT_EQ(find_setting(shared.services, "local", "bedrock_runtime.endpoint_url"), "http://localhost:8000");
  EXPECT_EQ(find_setting(shared.services, "local", "bedrock_runtime.other"), "1");
  EXPECT_EQ(find_setting(shared.services, "local", "sts.endpoint_url"), "http://localhost:8001");
  EXPECT_EQ(shared.setting("p", "credential_process"), "/bin/tool\n--json");
  EXPECT_EQ(shared.setting("p", "region"), "r");
}

TEST(SharedConfig, sso_sessions_and_merged_sections) {
  const SharedConfig shared =
      read("[sso-session corp]\nsso_region = eu-west-1\n[profile a]\nregion=1\n[profile a]\nregion=2\noutput=json\n");
  EXPECT_EQ(find_setting(shared.sso_sessions, "corp", "sso_region"), "eu-west-1");
  EXPECT_EQ(shared.setting("a", "region"), "2");
  EXPECT_EQ(shared.setting("a", "output"), "json");
}

TEST(SharedConfig, says_the_line_and_never_its_text) {
  SharedConfig shared;
  const auto wrong = [&shared](std::string_view text) {
    const auto result = parse_config_file(text, shared);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(wrong("region = x\n"), "line 1: a setting before the first section");
  EXPECT_EQ(wrong("[default\n"), "line 1: a section without its closing bracket");
  EXPECT_EQ(wrong("[default]\n\nwJalrXUtnFEMI\n"), "line 3: a setting without '='");
  EXPECT_EQ(wrong("[default]\n= x\n"), "line 2: a setting without a name");
  EXPECT_EQ(wrong("[default]\nsts =\n  wJalrXUtnFEMI\n"), "line 3: a nested setting without '='");
  EXPECT_EQ(wrong("[default] x\n"), "line 1: text behind a section's name");
  EXPECT_EQ(wrong("[]\n"), "line 1: a section without a name");
  EXPECT_EQ(wrong(std::string(kSharedConfigBytesMax + 1, '#')), "the file is too large");
}

}  // namespace
}  // namespace stargate::aws
