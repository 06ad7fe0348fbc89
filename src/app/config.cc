#include "app/config.h"

#include "app/config_models.h"
#include "app/config_reader.h"
#include "app/config_sections.h"
#include "aws/endpoint.h"
#include "aws/environment.h"
#include "codec/uri.h"
#include "net/proxy.h"

namespace stargate::app {
namespace {

const YamlNode kNothing;

// environment_variables of the file are set before anything else is read, as LiteLLM does.
void read_environment(const Reading& reading, const YamlNode& node, Config& config) {
  if (!node.is_map()) {
    if (!node.is_null()) reading.error(node, "environment_variables", "a map of NAME to value belongs here");
    return;
  }
  const Environment before = config.environment;
  Reading first = reading;
  first.environment = &before;
  for (const YamlMember& member : node.members) {
    if (member.value.is_null()) continue;
    if (auto value = scalar_text(first, member.value, "environment_variables." + member.key)) {
      config.environment[member.key] = std::move(value->text);
    }
  }
}

NamedCredentials read_credential_list(const Reading& reading, const YamlNode* list) {
  NamedCredentials out;
  if (list == nullptr) return out;
  if (!list->is_sequence()) reading.error(*list, "credential_list", "a list of credentials belongs here");
  std::size_t index = 0;
  for (const YamlNode& node : list->items) {
    MapReader item(reading, node, "credential_list[" + std::to_string(index++) + "]");
    const auto name = item.text("credential_name");
    const YamlNode* values = item.find("credential_values");
    item.find("credential_info");
    if (!name) item.error("credential_name", "credential_name is missing");
    if (values == nullptr) item.error("credential_values", "credential_values is missing");
    if (name && values != nullptr) out[*name] = values;
    item.finish(Section::kStargate);
  }
  return out;
}

const std::string* variable(const Config& config, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = config.environment.find(name);
    if (found != config.environment.end() && !found->second.empty()) return &found->second;
  }
  return nullptr;
}

void problem(std::vector<Problem>& problems, std::string key, std::string message, std::string instead = {}) {
  problems.push_back({Severity::kError, {}, 0, 0, std::move(key), std::move(message), std::move(instead)});
}

void apply_endpoint_variables(Config& config, std::vector<Problem>& problems) {
  const std::string* ignore = variable(config, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"});
  if (ignore != nullptr && aws::is_true(*ignore)) return;
  const std::string* url = variable(config, {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"});
  if (url == nullptr) return;
  if (const auto parsed = codec::parse_url(*url); !parsed) {
    problem(problems, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", parsed.error().message, "http(s)://host[:port]");
    return;
  }
  config.default_endpoint = *url;
}

// Variables that LiteLLM and the AWS SDKs know; they fill in before the file is read.
void apply_variables(Config& config, std::vector<Problem>& problems) {
  if (const auto* region = variable(config, {"AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"})) {
    if (aws::plausible_region(*region)) {
      config.default_region = *region;
    } else {
      problem(problems, "AWS_REGION", "'" + *region + "' is no AWS region", "a name such as us-east-1");
    }
  }
  apply_endpoint_variables(config, problems);
  if (const auto* fips = variable(config, {"AWS_USE_FIPS_ENDPOINT"}))
    config.fips = parse_boolean(*fips).value_or(false);
  // The lower-case name wins, as with curl and Python.
  if (const auto* proxy = variable(config, {"https_proxy", "HTTPS_PROXY"})) config.https_proxy = *proxy;
  if (const auto* proxy = variable(config, {"http_proxy", "HTTP_PROXY"})) config.http_proxy = *proxy;
  if (const auto* hosts = variable(config, {"no_proxy", "NO_PROXY"})) config.no_proxy = *hosts;
  if (const auto* bundle = variable(config, {"AWS_CA_BUNDLE"})) config.ca_file = *bundle;
}

// Variables of Stargate's own are stronger than the file. LITELLM_MASTER_KEY only fills in, as with LiteLLM.
void apply_strong_variables(Config& config, Overrides& overrides) {
  const auto fill = [&](std::optional<std::string>& into, std::string_view name) {
    if (const auto* value = variable(config, {name}); value != nullptr && !into) into = *value;
  };
  fill(overrides.listen, "STARGATE_LISTEN");
  fill(overrides.threads, "STARGATE_THREADS");
  fill(overrides.log_form, "STARGATE_LOG");
  fill(overrides.log_level, "STARGATE_LOG_LEVEL");
  fill(overrides.data_dir, "STARGATE_DATA_DIR");
  if (const auto* key = variable(config, {"STARGATE_MASTER_KEY"})) config.master_key = Secret(*key);
  if (!config.master_key.empty()) return;
  if (const auto* key = variable(config, {"LITELLM_MASTER_KEY"})) config.master_key = Secret(*key);
}

void apply_listen(const Overrides& overrides, Config& config, std::vector<Problem>& problems) {
  if (overrides.listen && !parse_listen(*overrides.listen, config.listen)) {
    problem(problems, "--listen", "'" + *overrides.listen + "' is not ADDRESS:PORT with a numeric address",
            "127.0.0.1:4000");
  }
  if (overrides.host && !overrides.host->empty()) config.listen.address = *overrides.host;
  if (!overrides.port) return;
  const auto port = parse_integer(*overrides.port);
  if (port && *port >= 0 && *port <= kPortMax) {
    config.listen.port = static_cast<std::uint16_t>(*port);
  } else {
    problem(problems, "--port", "'" + *overrides.port + "' is no port", "a number from 0 to 65535");
  }
}

void apply_overrides(const Overrides& overrides, Config& config, std::vector<Problem>& problems) {
  apply_listen(overrides, config, problems);
  if (overrides.threads) {
    const auto threads = parse_integer(*overrides.threads);
    if (threads && *threads >= 0 && *threads <= kWorkerThreadsMax) {
      config.worker_threads = static_cast<int>(*threads);
    } else {
      problem(problems, "--threads", "'" + *overrides.threads + "' does not fit",
              "a number from 1, or 0 for one per core");
    }
  }
  if (overrides.log_form) {
    const auto form = parse_log_form(*overrides.log_form);
    if (form) config.log_form = *form;
    if (!form) problem(problems, "--log", "'" + *overrides.log_form + "' is no log form", "json or human");
  }
  if (overrides.log_level) {
    const auto level = parse_log_level(*overrides.log_level);
    if (level) config.log_level = *level;
    if (!level)
      problem(problems, "--log-level", "'" + *overrides.log_level + "' is no level", "debug, info, warn or error");
  }
  if (overrides.data_dir) config.data_dir = *overrides.data_dir;
}

// What the service would refuse at its start is known here already.
void check_proxies(const Config& config, std::vector<Problem>& problems) {
  const auto rules = net::ProxyRules::parse({config.https_proxy, config.http_proxy, config.no_proxy});
  if (!rules) problem(problems, "proxy", rules.error().message, "http://[user:password@]host[:port]");
}

void read_top(const Reading& reading, const YamlNode& root, Config& config) {
  MapReader top(reading, root, "");
  const auto section = [&](std::string_view key) -> const YamlNode& {
    const YamlNode* node = top.find(key);
    return node == nullptr ? kNothing : *node;
  };
  section("environment_variables");  // read before
  const NamedCredentials credentials = read_credential_list(reading, top.find("credential_list"));
  read_general_settings(reading, section("general_settings"), config);
  read_router_settings(reading, section("router_settings"), config);
  read_litellm_settings(reading, section("litellm_settings"), config);
  read_stargate_settings(reading, section("stargate"), config);  // last: it is the stronger
  if (const YamlNode* list = top.find("model_list"); list != nullptr) {
    read_model_list(reading, *list, credentials, config);
  } else {
    reading.warn(root, "model_list", "no model is listed, so none is served",
                 "see config/stargate.yaml for an example");
  }
  top.finish(Section::kTop);
}

}  // namespace

ConfigOutcome load_config(std::string_view text, const std::string& file, const Environment& environment,
                          const Overrides& overrides) {
  ConfigOutcome outcome;
  Config& config = outcome.config;
  config.environment = environment;
  YamlOutcome yaml = parse_yaml(text);
  for (YamlFault& fault : yaml.faults) {
    outcome.problems.push_back({Severity::kError, file, fault.line, fault.column, {}, std::move(fault.message), {}});
  }
  Reading reading{file, &config.environment, &outcome.problems};
  const YamlNode* variables = yaml.root.find("environment_variables");
  if (variables != nullptr) read_environment(reading, *variables, config);
  apply_variables(config, outcome.problems);
  // After a syntax error the tree is a torso, and what it lacks is no news.
  const bool readable = yaml.faults.empty() || !yaml.root.members.empty();
  if (readable) read_top(reading, yaml.root, config);
  Overrides all = overrides;
  apply_strong_variables(config, all);
  apply_overrides(all, config, outcome.problems);
  check_proxies(config, outcome.problems);
  sort_by_place(outcome.problems, file);
  return outcome;
}

}  // namespace stargate::app
