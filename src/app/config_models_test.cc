#include "app/config_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_model_id.h"

namespace stargate::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ConfigOutcome with_params(const std::string& params, const std::string& rest = "") {
  return load_config(
      "model_list:\n  - model_name: m\n    litellm_params:\n      model: bedrock/anthropic.claude-opus-5\n" + params +
          rest,
      "c.yaml", {}, {});
}

struct Form {
  std::string_view model;
  std::string_view bedrock_id;
  std::string_view region;
};

TEST(ModelId, EveryFormOfABedrockModel) {
  for (const Form& form : {
           Form{"bedrock/anthropic.claude-opus-5", "anthropic.claude-opus-5", ""},
           Form{"bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
                ""},
           Form{"bedrock/invoke/global.anthropic.claude-opus-5", "global.anthropic.claude-opus-5", ""},
           Form{"bedrock/eu-west-3/eu.anthropic.claude-sonnet-5", "eu.anthropic.claude-sonnet-5", "eu-west-3"},
           Form{"bedrock/converse/us-gov-west-1/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1"},
           Form{"bedrock/arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-opus-5",
                "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-opus-5", "us-east-1"},
           Form{"bedrock/arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc",
                "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc", "us-east-1"},
           Form{"us.anthropic.claude-opus-5", "us.anthropic.claude-opus-5", ""},
           Form{"bedrock/*", "*", ""},
       }) {
    const ModelId id = read_model_id(form.model);
    EXPECT_EQ(id.form, ModelForm::kServed) << form.model;
    EXPECT_EQ(id.bedrock_id, form.bedrock_id);
    EXPECT_EQ(id.region, form.region);
  }
  EXPECT_TRUE(read_model_id("bedrock/converse/anthropic.claude-opus-5").converse);
}

TEST(ModelId, WhatIsKnownButNotServed) {
  for (const std::string_view model :
       {"bedrock/amazon.nova-pro-v1:0", "bedrock/agent/ABC/DEF", "bedrock_mantle/anthropic.claude-opus-5",
        "openai/gpt-4o", "azure/x", "anthropic/claude-opus-5", "bedrock/us-east-1/meta.llama3-1-8b-instruct-v1:0",
        "bedrock/arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"}) {
    EXPECT_EQ(read_model_id(model).form, ModelForm::kNotServed) << model;
  }
}

TEST(ModelId, WhatNobodyKnows) {
  for (const std::string_view model :
       {"", "claude", "bedrok/anthropic.claude-opus-5", "bedrock/", "bedrock/claude-opus-5",
        "bedrock/anthropic.claude opus", "bedrock/anthropic.claude\n", "/", "bedrock//"}) {
    EXPECT_EQ(read_model_id(model).form, ModelForm::kWrong) << model;
    EXPECT_FALSE(read_model_id(model).instead.empty());
  }
}

TEST(ConfigModels, ParametersOfADeployment) {
  const auto outcome = with_params(
      "      aws_region_name: eu-west-1\n      api_key: bearer\n      model_id: arn:aws:bedrock:x\n"
      "      rpm: 10\n      tpm: 20\n      weight: 3\n      order: 2\n      timeout: 60\n      stream_timeout: 1.5\n"
      "      max_retries: 1\n      num_retries: 4\n      drop_params: true\n      additional_drop_params: [top_k]\n"
      "      max_tokens: 100\n      temperature: 0.5\n      thinking: {type: enabled, budget_tokens: 2048}\n"
      "      aws_bedrock_runtime_endpoint: http://127.0.0.1:9\n",
      "    model_info: {id: one, base_model: anthropic.claude-x, max_input_tokens: 5, max_output_tokens: 6, note: "
      "[a]}\n");
  ASSERT_TRUE(outcome.ok()) << to_text(outcome.problems[0]);
  const ModelEntry& entry = outcome.config.models.at(0);
  EXPECT_EQ(entry.region, "eu-west-1");
  EXPECT_EQ(entry.credentials.bearer.reveal(), "bearer");
  EXPECT_EQ(entry.invoke_id, "arn:aws:bedrock:x");
  EXPECT_EQ(entry.weight, 3);
  EXPECT_EQ(entry.order, 2);
  EXPECT_EQ(entry.calls.stream_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(entry.calls.max_retries, 4);
  EXPECT_EQ(entry.default_max_tokens, 100);
  EXPECT_EQ(entry.default_members, R"({"temperature":0.5,"thinking":{"type":"enabled","budget_tokens":2048}})");
  EXPECT_THAT(entry.drop_fields, ElementsAre("top_k"));
  EXPECT_EQ(entry.endpoint, "http://127.0.0.1:9");
  EXPECT_EQ(entry.id, "one");
  EXPECT_EQ(entry.base_model, "anthropic.claude-x");
  EXPECT_EQ(entry.max_output_tokens, 6);
}

TEST(ConfigModels, PricesWithATier) {
  const auto outcome = with_params(
      "      input_cost_per_token: 3e-06\n      output_cost_per_token: 0.000015\n"
      "      input_cost_per_token_above_128k_tokens: 6e-06\n");
  ASSERT_TRUE(outcome.ok());
  const PriceOverrides& prices = outcome.config.models.at(0).prices;
  EXPECT_EQ(prices.input->value, 3'000'000);
  EXPECT_EQ(prices.output->value, 15'000'000);
  EXPECT_EQ(prices.long_context_from_tokens, 128'000);
  EXPECT_EQ(prices.long_input->value, 6'000'000);
  EXPECT_FALSE(with_params("      input_cost_per_token_above_128k_tokens: 6e-06\n"
                           "      output_cost_per_token_above_200k_tokens: 6e-06\n")
                   .ok());
}

TEST(ConfigModels, NamedCredentials) {
  const std::string list =
      "credential_list:\n  - credential_name: work\n    credential_values: {aws_profile_name: p, aws_role_name: r}\n";
  const auto outcome = with_params("      litellm_credential_name: work\n      aws_profile_name: own\n", list);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.config.models.at(0).credentials.profile, "own");
  EXPECT_EQ(outcome.config.models.at(0).credentials.role_arn, "r");
  EXPECT_FALSE(with_params("      litellm_credential_name: play\n", list).ok());
}

TEST(ConfigModels, HalfAKeyPairIsAnError) {
  EXPECT_FALSE(with_params("      aws_access_key_id: AKIDEXAMPLE\n").ok());
  EXPECT_FALSE(with_params("      aws_web_identity_token: t\n").ok());
}

TEST(ConfigModels, AWildcardModelNeedsAWildcardName) {
  const auto outcome = load_config("model_list: [{model_name: m, litellm_params: {model: bedrock/*}}]", "c", {}, {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("model_name"));
}

}  // namespace
}  // namespace stargate::app
