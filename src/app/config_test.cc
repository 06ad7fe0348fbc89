#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace stargate::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ConfigOutcome load(std::string_view text, const Environment& environment = {}, const Overrides& overrides = {}) {
  return load_config(text, "c.yaml", environment, overrides);
}

const Problem* problem_at(const ConfigOutcome& outcome, std::string_view key) {
  const auto found = std::ranges::find(outcome.problems, key, &Problem::key);
  return found == outcome.problems.end() ? nullptr : &*found;
}

constexpr std::string_view kOneModel =
    "model_list:\n"
    "  - model_name: h\n"
    "    litellm_params: {model: bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0}\n";

TEST(Config, DefaultsAreThoseOfTheDocs) {
  const Config config = load(kOneModel).config;
  EXPECT_EQ(config.listen, (ListenAddress{"0.0.0.0", 4000}));
  EXPECT_EQ(config.limits.body_bytes_max, std::size_t{32} * 1024 * 1024);
  EXPECT_EQ(config.ping_interval, std::chrono::seconds(10));
  EXPECT_EQ(config.default_region, "");  // the AWS profile may say
  EXPECT_TRUE(config.master_key.empty());
}

TEST(Config, EnvironmentReferencesAreFollowedEverywhere) {
  const auto outcome = load(
      "model_list:\n  - model_name: os.environ/NAME\n    litellm_params:\n"
      "      model: os.environ/MODEL\n      rpm: os.environ/RPM\n      extra_body: {x: [os.environ/X]}\n"
      "general_settings: {master_key: os.environ/KEY}\n",
      {{"NAME", "h"}, {"MODEL", "bedrock/anthropic.claude-opus-5"}, {"RPM", "7"}, {"KEY", "sk-1"}, {"X", "y"}});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.config.models[0].model_name, "h");
  EXPECT_EQ(outcome.config.models[0].rpm, 7);
  EXPECT_EQ(outcome.config.models[0].default_members, R"({"x":["y"]})");
  EXPECT_EQ(outcome.config.master_key.reveal(), "sk-1");
}

TEST(Config, AMissingVariableIsNamedWithItsLine) {
  const auto outcome = load("general_settings:\n  master_key: os.environ/NO_SUCH\n");
  const Problem* problem = problem_at(outcome, "general_settings.master_key");
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->line, 2);
  EXPECT_THAT(problem->message, HasSubstr("NO_SUCH"));
}

TEST(Config, AMissingVariableOfAnUnsupportedKeyIsNoError) {
  EXPECT_TRUE(load("litellm_settings: {success_callback: [os.environ/NO_SUCH]}\n").ok());
}

TEST(Config, EnvironmentVariablesOfTheFileReachTheRest) {
  const auto outcome = load("environment_variables: {AWS_REGION: eu-west-1, A: os.environ/B}\n", {{"B", "b"}});
  EXPECT_EQ(outcome.config.default_region, "eu-west-1");
  EXPECT_EQ(outcome.config.environment.at("A"), "b");
}

TEST(Config, RegionVariablesInLiteLlmsOrder) {
  EXPECT_EQ(load("", {{"AWS_REGION", "us-east-2"}, {"AWS_DEFAULT_REGION", "sa-east-1"}}).config.default_region,
            "us-east-2");
  EXPECT_EQ(load("", {{"AWS_REGION_NAME", "eu-west-3"}, {"AWS_REGION", "us-east-2"}}).config.default_region,
            "eu-west-3");
  EXPECT_FALSE(load("", {{"AWS_REGION", "evil.example/"}}).ok());
}

TEST(Config, FlagsBeatVariablesBeatTheFile) {
  const std::string_view file = "stargate: {listen: '127.0.0.1:1', data_dir: a, log: {form: json}}\n";
  EXPECT_EQ(load(file).config.listen.port, 1);
  EXPECT_EQ(load(file, {{"STARGATE_LISTEN", ":2"}}).config.listen, (ListenAddress{"127.0.0.1", 2}));
  Overrides flags;
  flags.listen = "[::1]:3";
  flags.log_form = "human";
  const Config config = load(file, {{"STARGATE_LISTEN", ":2"}, {"STARGATE_DATA_DIR", "b"}}, flags).config;
  EXPECT_EQ(config.listen, (ListenAddress{"::1", 3}));
  EXPECT_EQ(config.data_dir, "b");
  EXPECT_EQ(config.log_form, base::LogForm::kHuman);
  flags.listen = "1:2:3";
  EXPECT_FALSE(load(file, {}, flags).ok());
}

TEST(Config, ProxiesComeFromTheEnvironmentAndTheFileWins) {
  const Environment both = {{"HTTPS_PROXY", "upper:1"},
                            {"https_proxy", "lower:2"},
                            {"HTTP_PROXY", "plain:3"},
                            {"NO_PROXY", "a"},
                            {"no_proxy", "b"}};
  const Config config = load(kOneModel, both).config;
  EXPECT_EQ(config.https_proxy, "lower:2");
  EXPECT_EQ(config.http_proxy, "plain:3");
  EXPECT_EQ(config.no_proxy, "b");
  const Config own =
      load("stargate: {https_proxy: 'http://file:4', http_proxy: 'http://file:5', no_proxy: c}", both).config;
  EXPECT_EQ(own.https_proxy, "http://file:4");
  EXPECT_EQ(own.http_proxy, "http://file:5");
  EXPECT_EQ(own.no_proxy, "c");
  EXPECT_TRUE(load(kOneModel, {{"HTTPS_PROXY", "upper:1"}}).config.http_proxy.empty());
}

TEST(Config, AProxyThatCannotBeSpokenToIsAnErrorWithoutItsPassword) {
  const auto outcome = load(kOneModel, {{"HTTPS_PROXY", "socks5://user:sk-secret@proxy:1080"}});
  const Problem* problem = problem_at(outcome, "proxy");
  ASSERT_NE(problem, nullptr);
  EXPECT_THAT(to_text(*problem), HasSubstr("HTTPS_PROXY"));
  EXPECT_EQ(to_text(*problem).find("sk-secret"), std::string::npos);
  EXPECT_FALSE(load("stargate: {no_proxy: 10.0.0.0/99}").ok());
}

TEST(Config, MasterKeyOrder) {
  const std::string_view file = "general_settings: {master_key: sk-file}\n";
  EXPECT_EQ(load(file, {{"LITELLM_MASTER_KEY", "sk-l"}}).config.master_key.reveal(), "sk-file");
  EXPECT_EQ(load("", {{"LITELLM_MASTER_KEY", "sk-l"}}).config.master_key.reveal(), "sk-l");
  EXPECT_EQ(load(file, {{"STARGATE_MASTER_KEY", "sk-s"}}).config.master_key.reveal(), "sk-s");
}

TEST(Config, KnownToLiteLlmIsAWarningUnknownToBothAnError) {
  const auto outcome = load("litellm_settings: {cache: true, drop_parms: true}\n");
  ASSERT_NE(problem_at(outcome, "litellm_settings.cache"), nullptr);
  EXPECT_EQ(problem_at(outcome, "litellm_settings.cache")->severity, Severity::kWarning);
  const Problem* unknown = problem_at(outcome, "litellm_settings.drop_parms");
  ASSERT_NE(unknown, nullptr);
  EXPECT_EQ(unknown->severity, Severity::kError);
  EXPECT_EQ(unknown->instead, "drop_params");
}

TEST(Config, SecretsNeverStandInProblems) {
  const auto outcome = load(
      "general_settings: {master_key: [sk-secret]}\n"
      "stargate: {keys: [{sha256: sk-secret}]}\n"
      "model_list:\n  - model_name: a\n    litellm_params:\n      model: bedrock/anthropic.claude-opus-5\n"
      "      aws_secret_access_key: sk-secret\n      api_key: {x: sk-secret}\n");
  EXPECT_FALSE(outcome.ok());
  for (const Problem& problem : outcome.problems) EXPECT_EQ(to_text(problem).find("sk-secret"), std::string::npos);
}

TEST(Config, AnApiKeyCannotAssumeARole) {
  const std::string model =
      "model_list:\n  - model_name: a\n    litellm_params:\n      model: bedrock/anthropic.claude-opus-5\n"
      "      api_key: x\n      aws_role_name: arn:aws:iam::123456789012:role/r\n";
  EXPECT_NE(problem_at(load(model), "model_list[0].litellm_params.api_key"), nullptr);
  EXPECT_TRUE(load(model + "      aws_web_identity_token: /run/token\n").ok());  // it comes before the key
}

TEST(Config, AliasesInBothForms) {
  const Config config = load("router_settings: {model_group_alias: {a: b, c: {model: d, hidden: true}}}\n").config;
  EXPECT_EQ(config.aliases.at("a"), "b");
  EXPECT_EQ(config.aliases.at("c"), "d");
  EXPECT_TRUE(config.hidden_aliases.contains("c"));
  EXPECT_FALSE(config.hidden_aliases.contains("a"));
}

TEST(Config, StargatesOwnSettings) {
  const auto outcome = load(
      "stargate:\n  worker_threads: 3\n  tls: {certificate_file: c.pem, key_file: k.pem}\n"
      "  limits: {body_size: 25MB, head_timeout: 500ms, connections: 9}\n  drain_deadline: 1m\n"
      "  images: {fetch: no, url_allow_hosts: a.internal}\n  debug_headers: true\n  count_tokens_estimates: on\n"
      "  keys: [{sha256: 2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE, models: [x, y*]}]\n");
  ASSERT_TRUE(outcome.ok());
  const Config& config = outcome.config;
  EXPECT_EQ(config.worker_threads, 3);
  EXPECT_EQ(config.tls->key_file, "k.pem");
  EXPECT_EQ(config.limits.body_bytes_max, 25'000'000U);
  EXPECT_EQ(config.limits.head_timeout, std::chrono::milliseconds(500));
  EXPECT_EQ(config.drain_deadline, std::chrono::minutes(1));
  EXPECT_FALSE(config.images.enabled);
  EXPECT_THAT(config.images.allow_hosts, ElementsAre("a.internal"));
  EXPECT_TRUE(config.debug_headers);
  EXPECT_TRUE(config.allow_token_estimates);
  EXPECT_EQ(config.keys[0].sha256, "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae");
  EXPECT_THAT(config.keys[0].models, ElementsAre("x", "y*"));
}

TEST(Config, OwnSettingsAreStrongerThanLiteLlms) {
  const Config config = load(
                            "stargate: {limits: {body_size: 1MiB}, log: {level: error}}\n"
                            "general_settings: {max_request_size_mb: 5}\nlitellm_settings: {set_verbose: true}\n")
                            .config;
  EXPECT_EQ(config.limits.body_bytes_max, std::size_t{1} << 20);
  EXPECT_EQ(config.log_level, base::LogLevel::kError);
}

TEST(Config, RouterSettingsAreStrongerThanLiteLlmSettings) {
  const Config config =
      load("litellm_settings: {num_retries: 1, request_timeout: 60}\nrouter_settings: {num_retries: 4}\n").config;
  EXPECT_EQ(config.calls.max_retries, 4);
  EXPECT_EQ(config.calls.timeout, std::chrono::seconds(60));
}

TEST(Config, SectionsOfTheWrongShapeAreErrorsNotCrashes) {
  for (const std::string_view text :
       {"[]", "x", "model_list: {}", "model_list: [x, [], {}]", "stargate: []", "stargate: {keys: {}, tls: x}",
        "router_settings: {model_group_alias: []}", "credential_list: x", "environment_variables: []",
        "general_settings: 5", "model_list: [{model_name: {}, litellm_params: []}]"}) {
    EXPECT_FALSE(load(text).ok()) << text;
  }
}

}  // namespace
}  // namespace stargate::app
