#include "app/config_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace stargate::app {
namespace {

using ::testing::HasSubstr;

class ConfigReadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stargate_config_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) { std::ofstream(folder_ / name) << text; }
  ReadOutcome read(const std::string& name) {
    ConfigRequest request;
    request.file = (folder_ / name).string();
    request.environment = environment_;
    return read_configuration(request);
  }

  std::filesystem::path folder_;
  Environment environment_ = {{"AWS_REGION", "us-east-1"}};
};

constexpr std::string_view kTable =
    "as_of: '2030-01-01'\n"
    "models:\n"
    "  - name: claude-next\n"
    "    id: anthropic.claude-next\n"
    "    profiles: [global]\n"
    "    context_tokens: 9\n"
    "    price: {input: 10, output: 20, cache_read: 1, cache_write_5m: 12, cache_write_1h: 20}\n";

TEST_F(ConfigReadTest, TheBuiltInConfigurationIsSound) {
  ConfigRequest request;
  request.environment = {{"AWS_REGION", "us-east-1"}};
  const ReadOutcome outcome = read_configuration(request);
  EXPECT_TRUE(outcome.problems.empty());
  EXPECT_GE(outcome.config.models.size(), 15U);
  EXPECT_NE(outcome.tables.capabilities, nullptr);
}

TEST_F(ConfigReadTest, TablesStandBesideTheConfiguration) {
  write("table.yaml", kTable);
  write("c.yaml",
        "model_list: [{model_name: n, litellm_params: {model: bedrock/global.anthropic.claude-next}}]\n"
        "stargate: {models_file: table.yaml}\n");
  const ReadOutcome outcome = read("c.yaml");
  for (const Problem& problem : outcome.problems) ADD_FAILURE() << to_text(problem);
  ASSERT_NE(outcome.tables.models.find("claude-next"), nullptr);
  EXPECT_EQ(outcome.tables.models.find("claude-haiku-4-5"), nullptr);
}

TEST_F(ConfigReadTest, ProblemsOfATableNameTheTable) {
  write("table.yaml", "as_of: x\nmodels:\n  - name: a\n    idd: b\n");
  write("c.yaml", "stargate: {models_file: table.yaml, capabilities_file: no.yaml, ca_file: no.pem}\n");
  const ReadOutcome outcome = read("c.yaml");
  EXPECT_FALSE(outcome.ok());
  std::string all;
  for (const Problem& problem : outcome.problems) all += to_text(problem);
  EXPECT_THAT(all, HasSubstr("table.yaml:4:5: error: models[0].idd: there is no such key\n    instead: id"));
  EXPECT_THAT(all, HasSubstr("no.yaml: error: stargate.capabilities_file"));
  EXPECT_THAT(all, HasSubstr("no.pem: error: stargate.ca_file"));
}

constexpr std::string_view kTwoProfiles =
    "model_list:\n"
    "- {model_name: a, litellm_params: {model: bedrock/global.anthropic.claude-opus-4-6-v1}}\n"
    "- {model_name: b, litellm_params: {model: bedrock/global.anthropic.claude-opus-4-6-v1, aws_profile_name: work}}\n";

constexpr std::string_view kAwsConfig =
    "[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-2\nservices = local\n"
    "[services local]\nbedrock_runtime =\n  endpoint_url = http://127.0.0.1:4566\n";

TEST_F(ConfigReadTest, TheProfileGivesRegionAndEndpointWhereNobodyElseDoes) {
  write("aws_config", kAwsConfig);
  write("c.yaml", kTwoProfiles);
  environment_ = {{"AWS_CONFIG_FILE", (folder_ / "aws_config").string()}};
  std::vector<Problem> problems;
  const ReadOutcome outcome = read("c.yaml");
  for (const Problem& problem : outcome.problems) ADD_FAILURE() << to_text(problem);
  const auto catalog = build_catalog(outcome.config, outcome.tables, Secret(), 0, problems);
  EXPECT_EQ(catalog->deployments[0].region, "eu-west-1");
  EXPECT_EQ(catalog->deployments[0].endpoint_host, "bedrock-runtime.eu-west-1.amazonaws.com");
  EXPECT_EQ(catalog->deployments[1].region, "eu-west-2");
  EXPECT_EQ(catalog->deployments[1].endpoint_host, "127.0.0.1");
  EXPECT_EQ(catalog->deployments[1].endpoint_port, 4566);
}

TEST_F(ConfigReadTest, AwsProfileAndHomeLeadToTheFile) {
  std::filesystem::create_directory(folder_ / ".aws");
  write(".aws/config", kAwsConfig);
  write("c.yaml", kTwoProfiles);
  environment_ = {{"HOME", folder_.string()}, {"AWS_PROFILE", "work"}};
  EXPECT_EQ(read("c.yaml").config.models[0].region, "eu-west-2");
  environment_["AWS_REGION"] = "sa-east-1";
  EXPECT_EQ(read("c.yaml").config.models[1].region, "sa-east-1");
}

TEST_F(ConfigReadTest, ConfiguredEndpointsCanBeIgnored) {
  write("aws_config", kAwsConfig);
  write("c.yaml", kTwoProfiles);
  environment_ = {{"AWS_CONFIG_FILE", (folder_ / "aws_config").string()},
                  {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}};
  EXPECT_EQ(read("c.yaml").config.models[1].default_endpoint, "");
}

TEST_F(ConfigReadTest, ARegionThatNobodyNamesIsAWarning) {
  write("c.yaml", kTwoProfiles);
  environment_ = {};
  const ReadOutcome outcome = read("c.yaml");
  EXPECT_TRUE(outcome.ok());
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_THAT(to_text(outcome.problems[0]), HasSubstr("warning: stargate.region: no region is configured; us-west-2"));
  std::vector<Problem> problems;
  const auto catalog = build_catalog(outcome.config, outcome.tables, Secret(), 0, problems);
  EXPECT_EQ(catalog->deployments[0].region, "us-west-2");
}

TEST_F(ConfigReadTest, ABadProfileIsNamedOnce) {
  write("aws_config", "[default]\nregion = evil.example/\nendpoint_url = nonsense\n");
  write("broken", "[default\nregion = secret-text\n");
  write("c.yaml",
        "model_list:\n"
        "- {model_name: a, litellm_params: {model: bedrock/global.anthropic.claude-opus-4-6-v1}}\n"
        "- {model_name: b, litellm_params: {model: bedrock/global.anthropic.claude-opus-4-6-v1}}\n");
  environment_ = {{"AWS_CONFIG_FILE", (folder_ / "aws_config").string()},
                  {"AWS_SHARED_CREDENTIALS_FILE", (folder_ / "broken").string()}};
  const ReadOutcome outcome = read("c.yaml");
  EXPECT_FALSE(outcome.ok());
  std::string all;
  for (const Problem& problem : outcome.problems) all += to_text(problem);
  EXPECT_THAT(all, HasSubstr("AWS profile default: region: 'evil.example/' is no AWS region"));
  EXPECT_THAT(all, HasSubstr("AWS profile default: endpoint_url: "));
  EXPECT_THAT(all, HasSubstr("broken: warning: line 1: "));
  EXPECT_THAT(all, testing::Not(HasSubstr("secret-text")));
  EXPECT_EQ(outcome.problems.size(), 4U);  // and the region that has to do
}

TEST_F(ConfigReadTest, AFolderIsNoFile) {
  const ReadOutcome outcome = read("");
  EXPECT_FALSE(outcome.ok());
  EXPECT_NE(outcome.tables.capabilities, nullptr);
}

}  // namespace
}  // namespace stargate::app
