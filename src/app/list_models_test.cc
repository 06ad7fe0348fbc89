#include "app/list_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "codec/json.h"

namespace stargate::app {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

ConfigRequest shipped(std::string_view name) {
  ConfigRequest request;
  request.file = std::string(STARGATE_SOURCE_DIR) + "/config/" + std::string(name);
  return request;
}

TEST(ListModels, TheTableShowsOriginSizesAndPrices) {
  std::ostringstream out;
  std::ostringstream err;
  ASSERT_EQ(run_models({}, false, out, err), 0) << err.str();
  std::istringstream lines(out.str());
  std::string line;
  while (std::getline(lines, line) && !line.starts_with("claude-haiku-4-5")) {
  }
  EXPECT_THAT(line, MatchesRegex("claude-haiku-4-5 +global.anthropic.claude-haiku-4-5-20251001-v1:0 +us-west-2 +200k +"
                                 "64k +\\$1.00 +\\$5.00 +\\$0.10 +\\$1.25 +\\$2.00 +....-..-.."));
  EXPECT_THAT(out.str(), HasSubstr("above 100k prompt tokens"));
  EXPECT_THAT(out.str(), HasSubstr("Alias: claude-haiku-4-5-20251001 -> claude-haiku-4-5"));
}

TEST(ListModels, TheProofOfConceptsPrices) {
  std::ostringstream out;
  std::ostringstream err;
  ASSERT_EQ(run_models(shipped("poc.yaml"), false, out, err), 0);
  EXPECT_THAT(out.str(), HasSubstr("$0.80   $4.00"));
  EXPECT_THAT(out.str(), HasSubstr("$15.00  $75.00"));
  EXPECT_THAT(out.str(), HasSubstr("configuration"));
}

TEST(ListModels, JsonHoldsExactDecimals) {
  std::ostringstream out;
  std::ostringstream err;
  ASSERT_EQ(run_models(shipped("poc.yaml"), true, out, err), 0);
  const auto document = codec::json::Document::parse_copy(out.str());
  ASSERT_TRUE(document) << document.error().message;
  ASSERT_EQ(document->root().size(), 3U);
  EXPECT_THAT(out.str(), HasSubstr("\"input_cost_per_token\":0.0000008,"));
  EXPECT_THAT(out.str(), HasSubstr("\"endpoint\":\"https://bedrock-runtime.us-west-2.amazonaws.com:443\""));
}

TEST(ListModels, AConfigurationWithErrorsIsNotShown) {
  std::ostringstream out;
  std::ostringstream err;
  ConfigRequest request;
  request.file = std::string(STARGATE_SOURCE_DIR) + "/tests/data/config/broken.yaml";
  EXPECT_EQ(run_models(request, false, out, err), 1);
  EXPECT_TRUE(out.str().empty());
  EXPECT_THAT(err.str(), HasSubstr("not valid YAML"));
}

}  // namespace
}  // namespace stargate::app
