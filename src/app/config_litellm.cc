// general_settings, litellm_settings and router_settings.
#include <algorithm>
#include <iterator>
#include <string>

#include "app/config_sections.h"

namespace stargate::app {
namespace {

constexpr int kRetriesMax = 100;
constexpr std::int64_t kMegabytesMax = 1024;

std::optional<int> retries(MapReader& reader, std::string_view key) {
  const auto count = reader.integer(key, 0, kRetriesMax);
  if (!count) return std::nullopt;
  return static_cast<int>(*count);
}

void read_alias(const Reading& reading, const YamlMember& member, const std::string& path, Config& config) {
  const std::string key = path + "." + member.key;
  if (!member.value.is_map()) {
    if (auto target = scalar_text(reading, member.value, key)) config.aliases[member.key] = target->text;
    return;
  }
  MapReader alias(reading, member.value, key);
  const auto target = alias.text("model");
  if (!target) alias.error("model", "the model that the alias stands for is missing", "model: <a model_name>");
  if (alias.boolean("hidden").value_or(false)) config.hidden_aliases.insert(member.key);
  if (target) config.aliases[member.key] = *target;
  alias.finish(Section::kStargate);
}

void read_aliases(const Reading& reading, MapReader& router, Config& config) {
  const YamlNode* node = router.find("model_group_alias");
  if (node == nullptr) return;
  if (!node->is_map()) router.error("model_group_alias", "a map of alias to model_name belongs here");
  for (const YamlMember& member : node->members) {
    read_alias(reading, member, router.path_of("model_group_alias"), config);
  }
}

}  // namespace

void read_general_settings(const Reading& reading, const YamlNode& node, Config& config) {
  MapReader general(reading, node, "general_settings");
  if (auto key = general.secret("master_key")) {
    if (key->empty()) general.error("master_key", "the master key is empty", "a long random text, such as sk-...");
    config.master_key = std::move(*key);
  }
  if (general.find("database_url") != nullptr) {
    general.warn("database_url", "there is no database yet: keys come from the configuration alone",
                 "stargate.keys: [{sha256: ..., alias: ...}]");
  }
  if (auto megabytes = general.integer("max_request_size_mb", 1, kMegabytesMax)) {
    config.limits.body_bytes_max = static_cast<std::size_t>(*megabytes) * 1024 * 1024;
  }
  general.finish(Section::kGeneralSettings);
}

void read_litellm_settings(const Reading& reading, const YamlNode& node, Config& config) {
  MapReader litellm(reading, node, "litellm_settings");
  config.drop_params = litellm.boolean("drop_params").value_or(config.drop_params);
  if (auto timeout = litellm.seconds("request_timeout"); timeout && !config.calls.timeout) {
    config.calls.timeout = timeout;
  }
  if (auto count = retries(litellm, "num_retries"); count && !config.calls.max_retries) {
    config.calls.max_retries = count;
  }
  if (auto json = litellm.boolean("json_logs")) {
    config.log_form = *json ? base::LogForm::kJson : base::LogForm::kHuman;
  }
  if (litellm.boolean("set_verbose").value_or(false)) config.log_level = base::LogLevel::kDebug;
  litellm.boolean("modify_params");  // its repairs (missing tools, empty turns) are always made here
  for (std::string& host : litellm.texts("user_url_allowed_hosts")) {
    config.images.allow_hosts.push_back(std::move(host));
  }
  litellm.finish(Section::kLitellmSettings);
}

void read_router_settings(const Reading& reading, const YamlNode& node, Config& config) {
  MapReader router(reading, node, "router_settings");
  if (auto strategy = router.text("routing_strategy"); strategy && *strategy != "simple-shuffle") {
    constexpr std::string_view kOthers[] = {"least-busy", "usage-based-routing", "usage-based-routing-v2",
                                            "latency-based-routing", "cost-based-routing"};
    const bool known = std::find(std::begin(kOthers), std::end(kOthers), *strategy) != std::end(kOthers);
    if (known) {
      router.warn("routing_strategy", "'" + *strategy + "' is not supported yet: simple-shuffle is used",
                  "simple-shuffle");
    } else {
      router.error("routing_strategy", "there is no strategy '" + *strategy + "'", "simple-shuffle");
    }
  }
  if (auto timeout = router.seconds("timeout")) config.calls.timeout = timeout;
  if (auto timeout = router.seconds("stream_timeout")) config.calls.stream_timeout = timeout;
  if (auto count = retries(router, "num_retries")) config.calls.max_retries = count;
  if (auto wait = router.seconds("retry_after")) config.retries.first_wait = std::max(config.retries.first_wait, *wait);
  read_aliases(reading, router, config);
  router.finish(Section::kRouterSettings);
}

}  // namespace stargate::app
