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
    return read_configuration(request);
  }

  std::filesystem::path folder_;
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
  const ReadOutcome outcome = read_configuration({});
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

TEST_F(ConfigReadTest, AFolderIsNoFile) {
  const ReadOutcome outcome = read("");
  EXPECT_FALSE(outcome.ok());
  EXPECT_NE(outcome.tables.capabilities, nullptr);
}

}  // namespace
}  // namespace stargate::app
