#include "app/config_models.h"

#include <algorithm>
#include <array>
#include <limits>

#include "app/config_model_id.h"
#include "app/yaml_to_json.h"
#include "aws/endpoint.h"
#include "codec/json.h"
#include "codec/uri.h"

namespace stargate::app {
namespace {

constexpr std::int64_t kTokensMax = 100'000'000;
constexpr std::int64_t kRateMax = 1'000'000'000'000;
constexpr int kRetriesMax = 100;

// Sampling members that mean the same to clients of both dialects and to Claude; they go into requests that lack them.
constexpr std::array<std::string_view, 4> kDefaultMembers = {"temperature", "top_p", "top_k", "thinking"};

// A copy of the node with every os.environ/NAME followed.
YamlNode resolved(const Reading& reading, const YamlNode& node, const std::string& key) {
  YamlNode out = node;
  if (node.is_scalar()) {
    if (auto scalar = scalar_text(reading, node, key)) {
      out.text = std::move(scalar->text);
      out.plain = scalar->plain;
    }
  }
  for (YamlNode& item : out.items) item = resolved(reading, item, key);
  for (YamlMember& member : out.members) member.value = resolved(reading, member.value, key);
  return out;
}

void read_credentials(MapReader& params, policy::CredentialSpec& spec) {
  const auto fill = [&](std::string& into, std::string_view key) {
    if (auto text = params.text(key); text && into.empty()) into = std::move(*text);
  };
  const auto fill_secret = [&](Secret& into, std::string_view key) {
    if (auto text = params.secret(key); text && into.empty()) into = std::move(*text);
  };
  fill(spec.access_key_id, "aws_access_key_id");
  fill_secret(spec.secret_access_key, "aws_secret_access_key");
  fill_secret(spec.session_token, "aws_session_token");
  fill(spec.profile, "aws_profile_name");
  fill(spec.role_arn, "aws_role_name");
  fill(spec.role_session_name, "aws_session_name");
  fill(spec.external_id, "aws_external_id");
  fill(spec.web_identity_token, "aws_web_identity_token");
  fill(spec.sts_endpoint, "aws_sts_endpoint");
  fill_secret(spec.bearer, "api_key");
}

void check_credentials(const MapReader& params, const policy::CredentialSpec& spec) {
  if (!spec.access_key_id.empty() && spec.secret_access_key.empty()) {
    params.error("aws_access_key_id", "aws_secret_access_key is missing beside it",
                 "aws_secret_access_key: os.environ/AWS_SECRET_ACCESS_KEY");
  }
  if (spec.access_key_id.empty() && !spec.secret_access_key.empty()) {
    params.error("aws_secret_access_key", "aws_access_key_id is missing beside it",
                 "aws_access_key_id: os.environ/AWS_ACCESS_KEY_ID");
  }
  if (!spec.bearer.empty() && !spec.role_arn.empty() && spec.web_identity_token.empty()) {
    params.error("api_key", "a Bedrock API key cannot assume the role of aws_role_name", "one of the two");
  }
  if (!spec.web_identity_token.empty() && spec.role_arn.empty()) {
    params.error("aws_web_identity_token", "a web identity needs the role to take", "aws_role_name: <ARN of the role>");
  }
}

void read_named_credentials(MapReader& params, const NamedCredentials& named, policy::CredentialSpec& spec) {
  const auto name = params.text("litellm_credential_name");
  if (!name) return;
  const auto found = named.find(*name);
  if (found == named.end()) {
    params.error("litellm_credential_name", "credential_list has no '" + *name + "'");
    return;
  }
  MapReader values(params.reading(), *found->second, "credential_list." + *name);
  read_credentials(values, spec);
}

void read_region(MapReader& params, ModelEntry& entry) {
  auto region = params.text("aws_region_name");
  if (!region) return;
  if (!aws::plausible_region(*region)) {
    params.error("aws_region_name", "'" + *region + "' is no AWS region", "a name such as us-east-1");
    return;
  }
  entry.region = std::move(*region);
}

void read_endpoint(MapReader& params, ModelEntry& entry) {
  for (const std::string_view key : {"aws_bedrock_runtime_endpoint", "api_base", "base_url"}) {
    auto url = params.text(key);
    if (!url || !entry.endpoint.empty()) continue;
    if (const auto parsed = codec::parse_url(*url); !parsed) {
      params.error(key, parsed.error().message, "a URL such as https://bedrock-runtime.us-east-1.amazonaws.com");
      continue;
    }
    entry.endpoint = std::move(*url);
  }
}

void read_defaults(MapReader& params, ModelEntry& entry) {
  entry.default_max_tokens = params.integer("max_tokens", 1, kTokensMax);
  if (auto value = params.integer("max_completion_tokens", 1, kTokensMax); value && !entry.default_max_tokens) {
    entry.default_max_tokens = value;
  }
  std::string out;
  codec::json::Writer writer(out);
  writer.begin_object();
  for (const std::string_view key : kDefaultMembers) {
    const YamlNode* value = params.find(key);
    if (value != nullptr) writer.member_raw(key, yaml_to_json(resolved(params.reading(), *value, params.path_of(key))));
  }
  if (const YamlNode* extra = params.find("extra_body"); extra != nullptr) {
    if (!extra->is_map()) params.error("extra_body", "a map of body members belongs here");
    for (const YamlMember& member : extra->members) {
      if (std::ranges::find(kDefaultMembers, member.key) != kDefaultMembers.end()) continue;
      writer.member_raw(member.key,
                        yaml_to_json(resolved(params.reading(), member.value, params.path_of("extra_body"))));
    }
  }
  writer.end_object();
  entry.default_members = std::move(out);
}

void read_routing(MapReader& params, ModelEntry& entry) {
  entry.weight = params.integer("weight", 0, std::numeric_limits<int>::max());
  entry.rpm = params.integer("rpm", 0, kRateMax);
  entry.tpm = params.integer("tpm", 0, kRateMax);
  entry.order = static_cast<int>(params.integer("order", 0, 1'000'000).value_or(0));
  entry.calls.timeout = params.seconds("timeout");
  entry.calls.stream_timeout = params.seconds("stream_timeout");
  const auto max_retries = params.integer("max_retries", 0, kRetriesMax);
  const auto num_retries = params.integer("num_retries", 0, kRetriesMax);
  if (max_retries) entry.calls.max_retries = static_cast<int>(*max_retries);
  if (num_retries) entry.calls.max_retries = static_cast<int>(*num_retries);
  entry.drop_params = params.boolean("drop_params");
  entry.drop_fields = params.texts("additional_drop_params");
}

// False: the deployment is left out (reported).
bool read_model(MapReader& params, ModelEntry& entry) {
  const auto model = params.text("model");
  if (!model) {
    if (!params.has("model")) params.error("model", "the model is missing", "model: bedrock/<model id>");
    return false;
  }
  ModelId id = read_model_id(*model);
  if (id.form == ModelForm::kNotServed) params.warn("model", id.message);
  if (id.form == ModelForm::kWrong) params.error("model", id.message, id.instead);
  if (id.form != ModelForm::kServed) return false;
  if (id.converse) {
    params.warn("model", "Claude is served through InvokeModel, not Converse: clients see the same answers",
                "bedrock/" + id.bedrock_id);
  }
  if (id.bedrock_id == "*" && !entry.model_name.ends_with('*')) {
    params.error("model", "'bedrock/*' needs a model_name that ends in '*' too", "model_name: claude-* or bedrock/*");
    return false;
  }
  entry.line = params.find("model")->line;
  entry.column = params.find("model")->column;
  entry.bedrock_id = std::move(id.bedrock_id);
  entry.region = std::move(id.region);
  return true;
}

void read_params(MapReader& params, const NamedCredentials& named, ModelEntry& entry) {
  read_region(params, entry);
  read_endpoint(params, entry);
  read_credentials(params, entry.credentials);
  read_named_credentials(params, named, entry.credentials);
  check_credentials(params, entry.credentials);
  if (auto id = params.text("model_id")) entry.invoke_id = std::move(*id);
  if (auto base = params.text("base_model")) entry.base_model = std::move(*base);
  read_defaults(params, entry);
  read_routing(params, entry);
  read_prices(params, entry.prices);
  params.finish(Section::kLitellmParams);
}

void read_info(const Reading& reading, const YamlNode& node, const std::string& path, ModelEntry& entry) {
  MapReader info(reading, node, path);
  if (auto id = info.text("id")) entry.id = std::move(*id);
  if (auto base = info.text("base_model")) entry.base_model = std::move(*base);
  entry.context_tokens = info.integer("max_input_tokens", 1, kTokensMax);
  entry.max_output_tokens = info.integer("max_output_tokens", 1, kTokensMax);
  if (auto most = info.integer("max_tokens", 1, kTokensMax); most && !entry.max_output_tokens) {
    entry.max_output_tokens = most;
  }
  read_prices(info, entry.prices);
  // LiteLLM keeps any other member as free metadata, so nothing more is said about them.
}

void read_entry(const Reading& reading, const YamlNode& node, const std::string& path, const NamedCredentials& named,
                Config& config) {
  MapReader item(reading, node, path);
  if (!node.is_map()) return;
  ModelEntry entry;
  entry.line = node.line;
  entry.column = node.column;
  entry.path = path;
  if (auto name = item.text("model_name"); name && !name->empty()) {
    entry.model_name = std::move(*name);
  } else if (!item.has("model_name")) {
    item.error("model_name", "model_name is missing", "model_name: <the name that clients use>");
  }
  const YamlNode* params_node = item.find("litellm_params");
  if (params_node == nullptr) {
    item.error("litellm_params", "litellm_params is missing", "litellm_params: {model: bedrock/<model id>}");
  }
  bool served = false;
  if (params_node != nullptr) {
    MapReader params(reading, *params_node, path + ".litellm_params");
    served = params_node->is_map() && read_model(params, entry);
    if (served) read_params(params, named, entry);
  }
  if (const YamlNode* info = item.find("model_info"); info != nullptr && served) {
    read_info(reading, *info, path + ".model_info", entry);
  }
  item.finish(Section::kModelEntry);
  if (served && !entry.model_name.empty()) config.models.push_back(std::move(entry));
}

}  // namespace

bool PriceOverrides::any() const {
  return input || output || cache_read || cache_write_5m || cache_write_1h || long_context_from_tokens > 0;
}

void read_prices(MapReader& params, PriceOverrides& prices) {
  struct Rate {
    std::string_view key;
    std::optional<base::PicoUsd>* base_rate;
    std::optional<base::PicoUsd>* long_rate;
  };
  const std::array<Rate, 5> rates = {{
      {"input_cost_per_token", &prices.input, &prices.long_input},
      {"output_cost_per_token", &prices.output, &prices.long_output},
      {"cache_read_input_token_cost", &prices.cache_read, &prices.long_cache_read},
      {"cache_creation_input_token_cost", &prices.cache_write_5m, &prices.long_cache_write_5m},
      {"cache_creation_input_token_cost_above_1hr", &prices.cache_write_1h, &prices.long_cache_write_1h},
  }};
  constexpr std::string_view kAbove = "_above_";
  constexpr std::string_view kTokens = "k_tokens";
  for (const Rate& rate : rates) {
    const auto value = params.pico_usd(rate.key);
    if (value && !*rate.base_rate) *rate.base_rate = value;
    for (const YamlMember& member : params.node().members) {
      const std::string_view key = member.key;
      const std::string stem = std::string(rate.key) + std::string(kAbove);
      if (!key.starts_with(stem) || !key.ends_with(kTokens)) continue;
      const auto from = parse_integer(key.substr(stem.size(), key.size() - stem.size() - kTokens.size()));
      if (!from || *from <= 0 || *from > kTokensMax) continue;
      if (prices.long_context_from_tokens != 0 && prices.long_context_from_tokens != *from * 1000) {
        params.error(key, "one model has one long-context tier: another price begins at " +
                              std::to_string(prices.long_context_from_tokens / 1000) + "k tokens");
        continue;
      }
      prices.long_context_from_tokens = *from * 1000;
      const auto tier = params.pico_usd(key);
      if (tier && !*rate.long_rate) *rate.long_rate = tier;
    }
  }
}

void read_model_list(const Reading& reading, const YamlNode& list, const NamedCredentials& credentials,
                     Config& config) {
  if (!list.is_sequence()) {
    reading.error(list, "model_list", "a list of models belongs here", "model_list:\n        - model_name: ...");
    return;
  }
  std::size_t index = 0;
  for (const YamlNode& node : list.items) {
    read_entry(reading, node, "model_list[" + std::to_string(index++) + "]", credentials, config);
  }
}

}  // namespace stargate::app
