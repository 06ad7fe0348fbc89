#include "app/config_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_read.h"
#include "app/embedded.h"
#include "codec/hash.h"
#include "policy/route.h"

namespace stargate::app {
namespace {

using ::testing::HasSubstr;

struct Built {
  std::shared_ptr<const policy::Catalog> catalog;
  std::vector<Problem> problems;
};

Built build(std::string_view text, const Environment& environment = {}, const Secret& master_key = Secret()) {
  ConfigOutcome outcome = load_config(text, "c.yaml", environment, {});
  for (const Problem& problem : outcome.problems) {
    if (problem.severity == Severity::kError) ADD_FAILURE() << to_text(problem);
  }
  Built built;
  Tables tables;
  tables.models = ModelTable::parse(kEmbeddedModelsYaml, "models.yaml", built.problems);
  tables.capabilities = std::make_shared<const llm::binding::CapabilityTable>();
  built.catalog = build_catalog(outcome.config, tables, master_key, 5, built.problems);
  return built;
}

std::string model(std::string_view id, std::string_view params = "") {
  return "model_list:\n  - model_name: m\n    litellm_params:\n      model: bedrock/" + std::string(id) + "\n" +
         std::string(params);
}

TEST(ConfigCatalog, TheShippedConfigurationServesWhatClaudeCodeAsksFor) {
  const Built built = build(kEmbeddedStargateYaml);
  EXPECT_TRUE(built.problems.empty());
  for (const std::string_view name : {"claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5", "claude-sonnet-5",
                                      "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2",
                                      "claude-haiku-4-5-20251001", "claude-opus-5-5[1m]"}) {
    const auto found = policy::candidates(*built.catalog, name, [] { return std::uint64_t{0}; });
    ASSERT_TRUE(found) << name;
    EXPECT_THAT(found->front()->upstream_model, HasSubstr("global.anthropic.claude-"));
    EXPECT_TRUE(found->front()->price.has_value()) << name;
    EXPECT_EQ(found->front()->endpoint_host, "bedrock-runtime.us-west-2.amazonaws.com");
  }
}

TEST(ConfigCatalog, TheTableFillsWhatTheFileLeavesOut) {
  const Built built = build(model("us.anthropic.claude-haiku-4-5-20251001-v1:0"));
  const policy::Deployment& deployment = built.catalog->deployments.at(0);
  EXPECT_EQ(deployment.base_model, "anthropic.claude-haiku-4-5-20251001-v1:0");
  EXPECT_EQ(deployment.display_name, "Claude Haiku 4.5");
  EXPECT_EQ(deployment.context_tokens, 200'000);
  EXPECT_EQ(deployment.max_output_tokens, 64'000);
  EXPECT_EQ(deployment.price->input.value, 1'100'000);
  EXPECT_EQ(deployment.price->source, "built-in");
  EXPECT_EQ(deployment.max_retries, 2);
  EXPECT_EQ(deployment.id.size(), 64U);
  EXPECT_NE(deployment.capabilities, nullptr);
}

TEST(ConfigCatalog, PricesOfTheFileWinAndCachingFollowsTheInput) {
  const Built built = build(model("global.anthropic.claude-haiku-4-5-20251001-v1:0",
                                  "      input_cost_per_token: 0.0000008\n      output_cost_per_token: 0.000004\n"));
  const policy::Price& price = *built.catalog->deployments.at(0).price;
  EXPECT_EQ(price.input.value, 800'000);
  EXPECT_EQ(price.output.value, 4'000'000);
  EXPECT_EQ(price.cache_read.value, 80'000);
  EXPECT_EQ(price.cache_write_5m.value, 1'000'000);
  EXPECT_EQ(price.cache_write_1h.value, 1'600'000);
  EXPECT_EQ(price.source, "config");
}

TEST(ConfigCatalog, OneRateOfTheFileLeavesTheOthersOfTheTable) {
  const Built built =
      build(model("global.anthropic.claude-haiku-4-5-20251001-v1:0", "      cache_read_input_token_cost: 0\n"));
  const policy::Price& price = *built.catalog->deployments.at(0).price;
  EXPECT_EQ(price.cache_read.value, 0);
  EXPECT_EQ(price.input.value, 1'000'000);
}

TEST(ConfigCatalog, AnUnknownPriceIsSaidNotZero) {
  const Built built = build(model("anthropic.claude-unheard-of"));
  EXPECT_FALSE(built.catalog->deployments.at(0).price.has_value());
  ASSERT_EQ(built.problems.size(), 1U);
  EXPECT_EQ(built.problems[0].severity, Severity::kWarning);
  EXPECT_EQ(built.problems[0].line, 4);
}

TEST(ConfigCatalog, OpaqueArnsArePricedByTheirBaseModel) {
  const std::string arn = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc";
  const Built built = build(model(arn, "    model_info: {base_model: anthropic.claude-opus-5}\n"));
  const policy::Deployment& deployment = built.catalog->deployments.at(0);
  EXPECT_EQ(deployment.upstream_model, arn);
  EXPECT_EQ(deployment.region, "eu-west-1");
  EXPECT_EQ(deployment.base_model, "anthropic.claude-opus-5");
  EXPECT_TRUE(deployment.price.has_value());
}

TEST(ConfigCatalog, AProfileOnlyModelGetsAProfile) {
  const Built built = build(model("anthropic.claude-opus-5-5"));
  EXPECT_EQ(built.catalog->deployments.at(0).upstream_model, "global.anthropic.claude-opus-5-5");
  EXPECT_EQ(built.problems.size(), 1U);
}

TEST(ConfigCatalog, EndpointOfTheDeploymentThenOfTheEnvironmentThenByRule) {
  const Environment environment = {{"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9000/base/"},
                                   {"AWS_ENDPOINT_URL", "http://127.0.0.1:1"}};
  const Built by_environment = build(model("anthropic.claude-opus-5"), environment);
  const policy::Deployment& first = by_environment.catalog->deployments.at(0);
  EXPECT_EQ(first.endpoint_host, "127.0.0.1");
  EXPECT_EQ(first.endpoint_port, 9000);
  EXPECT_FALSE(first.endpoint_tls);
  EXPECT_EQ(first.endpoint_path, "/base");
  const Built by_params = build(
      model("anthropic.claude-opus-5", "      aws_bedrock_runtime_endpoint: https://vpce.example.com\n"), environment);
  EXPECT_EQ(by_params.catalog->deployments.at(0).endpoint_host, "vpce.example.com");
  EXPECT_EQ(by_params.catalog->deployments.at(0).endpoint_port, 443);
  const Built fips = build(model("us-east-1/anthropic.claude-opus-5"), {{"AWS_USE_FIPS_ENDPOINT", "true"}});
  EXPECT_EQ(fips.catalog->deployments.at(0).endpoint_host, "bedrock-runtime-fips.us-east-1.amazonaws.com");
}

TEST(ConfigCatalog, TimeoutsBoundWaitsAndNotTheWholeAnswer) {
  const Built built = build(model("anthropic.claude-opus-5", "      timeout: 60\n"));
  const policy::Deployment& deployment = built.catalog->deployments.at(0);
  EXPECT_EQ(deployment.first_byte_timeout, std::chrono::seconds(60));
  EXPECT_EQ(deployment.between_bytes_timeout, std::chrono::seconds(60));
  EXPECT_EQ(deployment.total_timeout, std::chrono::hours(1));
  const Built stream = build(model("anthropic.claude-opus-5", "      timeout: 60\n      stream_timeout: 20\n"));
  EXPECT_EQ(stream.catalog->deployments[0].first_byte_timeout, std::chrono::seconds(20));
}

TEST(ConfigCatalog, WeightsFollowTheFirstDeploymentsField) {
  const Built built = build(
      "model_list:\n"
      "  - {model_name: m, litellm_params: {model: bedrock/us.anthropic.claude-opus-5, rpm: 100}}\n"
      "  - {model_name: m, litellm_params: {model: bedrock/eu.anthropic.claude-opus-5, rpm: 300, weight: 9}}\n"
      "  - {model_name: m, litellm_params: {model: bedrock/jp.anthropic.claude-opus-5}}\n");
  EXPECT_EQ(built.catalog->deployments[0].weight, 100);
  EXPECT_EQ(built.catalog->deployments[1].weight, 300);
  EXPECT_EQ(built.catalog->deployments[2].weight, 0);
}

TEST(ConfigCatalog, WildcardsStandForTheTable) {
  const Built names = build("model_list: [{model_name: '*', litellm_params: {model: bedrock/*}}]");
  EXPECT_TRUE(names.catalog->by_name.contains("claude-opus-5"));
  EXPECT_EQ(policy::group_of(*names.catalog, "bedrock/global.anthropic.claude-opus-5"), "claude-opus-5");
  const Built ids = build("model_list: [{model_name: bedrock/*, litellm_params: {model: bedrock/*}}]");
  EXPECT_TRUE(ids.catalog->by_name.contains("bedrock/eu.anthropic.claude-opus-5"));
  EXPECT_FALSE(ids.catalog->by_name.contains("bedrock/anthropic.claude-opus-5-5"));
  const Built some = build("model_list: [{model_name: us.*, litellm_params: {model: bedrock/*}}]");
  EXPECT_TRUE(some.catalog->by_name.contains("us.anthropic.claude-opus-5"));
  EXPECT_FALSE(some.catalog->by_name.contains("eu.anthropic.claude-opus-5"));
}

TEST(ConfigCatalog, PrincipalsByTheHashOfTheirKey) {
  const Built built =
      build("stargate: {keys: [{sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae, alias: a}]}",
            {}, Secret("sk-master"));
  const auto listed = built.catalog->principals.find(codec::hex(codec::sha256("foo")));
  ASSERT_NE(listed, built.catalog->principals.end());
  EXPECT_EQ(listed->second->key_alias, "a");
  EXPECT_FALSE(listed->second->admin);
  const auto master = built.catalog->principals.find(codec::hex(codec::sha256("sk-master")));
  ASSERT_NE(master, built.catalog->principals.end());
  EXPECT_TRUE(master->second->admin);
  EXPECT_EQ(built.catalog->created_s, 5);
}

TEST(ConfigCatalog, IdsAreStableAndDistinct) {
  const std::string text =
      "model_list:\n"
      "  - {model_name: m, litellm_params: {model: bedrock/us.anthropic.claude-opus-5, aws_region_name: us-east-1}}\n"
      "  - {model_name: m, litellm_params: {model: bedrock/us.anthropic.claude-opus-5, aws_region_name: us-east-2}}\n";
  const Built first = build(text);
  const Built second = build(text);
  EXPECT_EQ(first.catalog->deployments[0].id, second.catalog->deployments[0].id);
  EXPECT_NE(first.catalog->deployments[0].id, first.catalog->deployments[1].id);
}

}  // namespace
}  // namespace stargate::app
