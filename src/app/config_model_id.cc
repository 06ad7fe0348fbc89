#include "app/config_model_id.h"

#include <algorithm>
#include <array>

#include "app/model_table.h"
#include "aws/endpoint.h"

namespace stargate::app {
namespace {

constexpr std::size_t kModelIdBytesMax = 2048;
constexpr std::string_view kExample = "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0";

constexpr std::array<std::string_view, 62> kLitellmProviders = {"openai",
                                                                "azure",
                                                                "azure_ai",
                                                                "anthropic",
                                                                "vertex_ai",
                                                                "vertex_ai_beta",
                                                                "gemini",
                                                                "sagemaker",
                                                                "cohere",
                                                                "cohere_chat",
                                                                "mistral",
                                                                "groq",
                                                                "ollama",
                                                                "ollama_chat",
                                                                "huggingface",
                                                                "openrouter",
                                                                "together_ai",
                                                                "fireworks_ai",
                                                                "deepseek",
                                                                "xai",
                                                                "perplexity",
                                                                "replicate",
                                                                "databricks",
                                                                "watsonx",
                                                                "nvidia_nim",
                                                                "cerebras",
                                                                "sambanova",
                                                                "deepinfra",
                                                                "ai21",
                                                                "voyage",
                                                                "jina_ai",
                                                                "hosted_vllm",
                                                                "vllm",
                                                                "lm_studio",
                                                                "llamafile",
                                                                "litellm_proxy",
                                                                "github",
                                                                "github_copilot",
                                                                "codestral",
                                                                "text-completion-openai",
                                                                "text-completion-codestral",
                                                                "sagemaker_chat",
                                                                "bedrock_mantle",
                                                                "bedrock_converse",
                                                                "cloudflare",
                                                                "custom_openai",
                                                                "snowflake",
                                                                "xinference",
                                                                "triton",
                                                                "predibase",
                                                                "petals",
                                                                "nlp_cloud",
                                                                "baseten",
                                                                "clarifai",
                                                                "moonshot",
                                                                "dashscope",
                                                                "novita",
                                                                "nebius",
                                                                "meta_llama",
                                                                "lambda_ai",
                                                                "hyperbolic",
                                                                "volcengine"};

constexpr std::array<std::string_view, 9> kOtherBedrockRoutes = {
    "agent/", "agentcore/", "async_invoke/", "llama/", "deepseek_r1/", "openai/", "qwen2/", "qwen3/", "nova/"};

ModelId wrong(std::string message, std::string instead) {
  ModelId out;
  out.message = std::move(message);
  out.instead = std::move(instead);
  return out;
}

ModelId not_served(std::string message) {
  ModelId out = wrong(std::move(message), {});
  out.form = ModelForm::kNotServed;
  return out;
}

bool id_characters(std::string_view id) {
  return !id.empty() && id.size() <= kModelIdBytesMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '/';
  });
}

// "arn:aws:bedrock:us-east-1:123456789012:inference-profile/..." -> "us-east-1"
std::string region_of_arn(std::string_view arn) {
  for (int field = 0; field < 3; ++field) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  const std::string_view region = arn.substr(0, arn.find(':'));
  return aws::plausible_region(region) ? std::string(region) : std::string();
}

// An ARN of an application inference profile or of provisioned throughput does not say its model.
bool opaque_arn(std::string_view id) {
  return id.starts_with("arn:") && id.find(":foundation-model/") == std::string_view::npos &&
         id.find(":inference-profile/") == std::string_view::npos;
}

bool is_claude(std::string_view id) { return aws::strip_profile_prefix(id_of_arn(id)).starts_with("anthropic.claude"); }

ModelId served(std::string_view id, std::string region, bool converse) {
  ModelId out;
  out.form = ModelForm::kServed;
  out.bedrock_id = id;
  out.region = std::move(region);
  out.converse = converse;
  return out;
}

ModelId read_bedrock(std::string_view id) {
  bool converse = false;
  for (const std::string_view route : {"converse/", "invoke/", "converse_like/"}) {
    if (!id.starts_with(route)) continue;
    converse = route.starts_with("converse");
    id.remove_prefix(route.size());
    break;
  }
  std::string region;
  const std::size_t slash = id.find('/');
  if (slash != std::string_view::npos && aws::plausible_region(id.substr(0, slash))) {
    region = id.substr(0, slash);
    id.remove_prefix(slash + 1);
  }
  if (id == "*") return served(id, region, converse);
  if (!id_characters(id)) return wrong("'" + std::string(id) + "' is no Bedrock model id", std::string(kExample));
  if (id.starts_with("arn:")) {
    if (region.empty()) region = region_of_arn(id);
    if (opaque_arn(id) || is_claude(id)) return served(id, region, converse);
    return not_served("this Bedrock model is not served yet (only Claude is); the deployment is left out");
  }
  const auto route = std::ranges::find_if(kOtherBedrockRoutes, [&](auto r) { return id.starts_with(r); });
  if (route != kOtherBedrockRoutes.end()) {
    return not_served("the route 'bedrock/" + std::string(*route) + "' is not served yet; the deployment is left out");
  }
  if (is_claude(id)) return served(id, region, converse);
  if (id.find('.') != std::string_view::npos) {
    return not_served("the Bedrock model '" + std::string(id) +
                      "' is not served yet (only Claude is); the deployment is left out");
  }
  return wrong("'" + std::string(id) + "' is no Bedrock model id", std::string(kExample));
}

}  // namespace

ModelId read_model_id(std::string_view model) {
  constexpr std::string_view kBedrock = "bedrock/";
  if (model.starts_with(kBedrock)) return read_bedrock(model.substr(kBedrock.size()));
  if (is_claude(model)) return read_bedrock(model);
  const std::string_view provider = model.substr(0, model.find('/'));
  if (provider.size() == model.size()) {
    return wrong("'" + std::string(model) + "' names no provider",
                 "bedrock/<model id>, such as " + std::string(kExample));
  }
  if (std::ranges::find(kLitellmProviders, provider) != kLitellmProviders.end()) {
    return not_served("the provider '" + std::string(provider) +
                      "' is not served yet (only bedrock/ is); the deployment " + "is left out");
  }
  return wrong("there is no provider '" + std::string(provider) + "'",
               "bedrock/<model id>, such as " + std::string(kExample));
}

}  // namespace stargate::app
