#include "app/config_catalog.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/config_reader.h"
#include "aws/endpoint.h"
#include "codec/hash.h"
#include "codec/uri.h"
#include "policy/route.h"
#include "policy/suggest.h"

namespace stargate::app {
namespace {

constexpr int kRetriesDefault = 2;

void note(std::vector<Problem>& problems, Severity severity, const ModelEntry& entry, std::string_view key,
          std::string message, std::string instead) {
  problems.push_back({severity,
                      {},
                      entry.line,
                      entry.column,
                      entry.path + "." + std::string(key),
                      std::move(message),
                      std::move(instead)});
}

void set_endpoint(const Config& config, const ModelEntry& entry, policy::Deployment& out,
                  std::vector<Problem>& problems) {
  out.fips = config.fips;
  const std::string& usual = entry.default_endpoint ? *entry.default_endpoint : config.default_endpoint;
  const std::string& url = entry.endpoint.empty() ? usual : entry.endpoint;
  if (url.empty()) {
    out.endpoint_host = aws::endpoint_host("bedrock-runtime", out.region, config.fips);
    return;
  }
  const auto parsed = codec::parse_url(url);
  if (!parsed) {
    note(problems, Severity::kError, entry, "litellm_params.aws_bedrock_runtime_endpoint", parsed.error().message,
         "a URL such as https://bedrock-runtime.us-east-1.amazonaws.com");
    return;
  }
  out.endpoint_host = parsed->host;
  out.endpoint_port = parsed->port;
  out.endpoint_tls = parsed->tls();
  out.endpoint_path = parsed->target;
  while (out.endpoint_path.ends_with('/')) out.endpoint_path.pop_back();
}

void take(base::PicoUsd& into, const std::optional<base::PicoUsd>& from) {
  if (from) into = *from;
}

// The file's prices over the table's. Where the table knows nothing, input and output must both be given; caching then
// follows Anthropic's usual ratios to the input price (write 5 m 1.25, write 1 h 2, read 0.1), rounded up.
std::optional<policy::Price> merged_price(const PriceOverrides& own, std::optional<policy::Price> table) {
  if (!own.any()) return table;
  const bool whole = own.input && own.output;
  if (!table && !whole) return std::nullopt;
  policy::Price price;
  if (table && !whole) price = *table;
  if (whole) {
    const std::int64_t input = own.input->value;
    price.cache_read = {(input + 9) / 10};
    price.cache_write_5m = {(input * 5 + 3) / 4};
    price.cache_write_1h = {input * 2};
  }
  price.source = "config";
  price.as_of.clear();
  take(price.input, own.input);
  take(price.output, own.output);
  take(price.cache_read, own.cache_read);
  take(price.cache_write_5m, own.cache_write_5m);
  take(price.cache_write_1h, own.cache_write_1h);
  if (own.long_context_from_tokens == 0) return price;
  price.long_context_from_tokens = own.long_context_from_tokens;
  price.long_input = own.long_input.value_or(price.input);
  price.long_output = own.long_output.value_or(price.output);
  price.long_cache_read = own.long_cache_read.value_or(price.cache_read);
  price.long_cache_write_5m = own.long_cache_write_5m.value_or(price.cache_write_5m);
  price.long_cache_write_1h = own.long_cache_write_1h.value_or(price.cache_write_1h);
  return price;
}

void set_timeouts(const Config& config, const ModelEntry& entry, policy::Deployment& out) {
  const auto first = [](std::initializer_list<std::optional<Duration>> choices) -> std::optional<Duration> {
    for (const auto& choice : choices) {
      if (choice) return choice;
    }
    return std::nullopt;
  };
  out.connect_timeout = config.connect_timeout;
  out.total_timeout = config.total_timeout;
  out.max_retries = entry.calls.max_retries.value_or(config.calls.max_retries.value_or(kRetriesDefault));
  const auto wait =
      first({entry.calls.stream_timeout, entry.calls.timeout, config.calls.stream_timeout, config.calls.timeout});
  if (!wait || *wait <= Duration::zero()) return;
  out.first_byte_timeout = *wait;
  out.between_bytes_timeout = *wait;
  out.total_timeout = std::max(out.total_timeout, *wait);
}

// The same parameters give the same id after every start, so that spend and metrics go on under it.
std::string derived_id(const ModelEntry& entry, const policy::Deployment& deployment) {
  std::string all = deployment.model_name;
  for (const std::string& part :
       {deployment.upstream_model, deployment.region, entry.endpoint, deployment.credentials.access_key_id,
        deployment.credentials.profile, deployment.credentials.role_arn}) {
    all += '\n' + part;
  }
  return codec::hex(codec::sha256(all));
}

class CatalogBuilder {
 public:
  CatalogBuilder(const Config& config, const Tables& tables, std::vector<Problem>& problems)
      : config_(&config), tables_(&tables), problems_(&problems), catalog_(std::make_shared<policy::Catalog>()) {}

  std::shared_ptr<policy::Catalog> build() {
    catalog_->capabilities = tables_->capabilities;
    for (const ModelEntry& entry : config_->models) {
      if (entry.bedrock_id == "*") {
        add_wildcard(entry);
      } else {
        add(entry, entry.model_name, entry.bedrock_id);
      }
    }
    for (const policy::Deployment& deployment : catalog_->deployments) {
      catalog_->by_name[deployment.model_name].push_back(&deployment);
    }
    weigh();
    policy::index_upstream_ids(*catalog_);
    add_aliases();
    return std::move(catalog_);
  }

 private:
  // `bedrock/*` stands for models of the table, so prices and sizes are known for each: "claude-*" and "*" for the
  // names that clients use, "bedrock/*" for every id behind that prefix, "us.*" for the ids that begin so.
  void add_wildcard(const ModelEntry& entry) {
    const std::string stem = entry.model_name.substr(0, entry.model_name.find('*'));
    for (const ModelFacts& facts : tables_->models.models()) {
      std::vector<std::string> ids;
      ids.reserve(facts.profiles.size() + 1);
      for (const std::string& profile : facts.profiles) ids.push_back(profile + "." + facts.base_id);
      if (!facts.profile_only) ids.push_back(facts.base_id);
      if (facts.name.starts_with(stem)) {
        add(entry, facts.name, ids.front());
        continue;
      }
      for (const std::string& id : ids) {
        if (id.starts_with(stem)) {
          add(entry, id, id);
        } else if (stem.ends_with('/')) {
          add(entry, stem + id, id);
        }
      }
    }
  }

  // A model that takes profiles only gets its first one.
  std::string invocable(const ModelEntry& entry, const std::string& id, const ModelFacts* facts) {
    const bool bare = !id.starts_with("arn:") && profile_prefix(id).empty();
    if (facts == nullptr || !facts->profile_only || facts->profiles.empty() || !bare) return id;
    const std::string with_profile = facts->profiles[0] + "." + id;
    note(
        *problems_, Severity::kWarning, entry, "litellm_params.model",
        "Bedrock serves this model through inference profiles only: '" + facts->profiles[0] + ".' is put before its id",
        "bedrock/" + with_profile);
    return with_profile;
  }

  void add(const ModelEntry& entry, const std::string& name, const std::string& bedrock_id) {
    policy::Deployment out;
    out.model_name = name;
    const ModelFacts* facts = tables_->models.find(entry.base_model.empty() ? bedrock_id : entry.base_model);
    const std::string id = invocable(entry, bedrock_id, facts);
    out.upstream_model = entry.invoke_id.empty() ? id : entry.invoke_id;
    out.base_model = facts != nullptr ? facts->base_id : std::string(aws::strip_profile_prefix(id_of_arn(id)));
    out.region = entry.region.empty() ? config_->default_region : entry.region;
    if (out.region.empty()) out.region = kDefaultRegion;
    out.credentials = entry.credentials;
    out.credentials_key = out.credentials.key();
    set_endpoint(*config_, entry, out, *problems_);
    set_facts(entry, id, facts, out);
    set_timeouts(*config_, entry, out);
    out.default_max_tokens = entry.default_max_tokens;
    out.default_members = entry.default_members;
    out.drop_fields = entry.drop_fields;
    out.drop_params = entry.drop_params.value_or(config_->drop_params);
    out.order = entry.order;
    out.capabilities = &tables_->capabilities->find(out.base_model);
    out.id = entry.id.empty() || entry.bedrock_id == "*" ? derived_id(entry, out) : entry.id;
    catalog_->deployments.push_back(std::move(out));
    entries_.push_back(&entry);
  }

  void set_facts(const ModelEntry& entry, const std::string& id, const ModelFacts* facts, policy::Deployment& out) {
    std::optional<policy::Price> price;
    if (facts != nullptr) {
      out.display_name = facts->display_name;
      out.released_s = facts->released_s;
      out.context_tokens = facts->context_tokens;
      out.max_output_tokens = facts->max_output_tokens;
      price = price_of(*facts, id);
    }
    out.context_tokens = entry.context_tokens.value_or(out.context_tokens);
    out.max_output_tokens = entry.max_output_tokens.value_or(out.max_output_tokens);
    out.price = merged_price(entry.prices, std::move(price));
    if (out.price) return;
    note(*problems_, Severity::kWarning, entry, "litellm_params.model", "the price of '" + id + "' is not known",
         "model_info.base_model: <a model of the table>, or input_cost_per_token and output_cost_per_token");
  }

  // LiteLLM's simple-shuffle: by `weight`, else `rpm`, else `tpm`: whichever the group's first deployment has.
  void weigh() {
    for (auto& [name, group] : catalog_->by_name) {
      const ModelEntry& lead = *entries_[index_of(group.front())];
      const auto field = lead.weight ? &ModelEntry::weight
                         : lead.rpm  ? &ModelEntry::rpm
                         : lead.tpm  ? &ModelEntry::tpm
                                     : nullptr;
      for (const policy::Deployment* deployment : group) {
        const std::size_t i = index_of(deployment);
        const std::int64_t weight = field == nullptr ? 1 : (entries_[i]->*field).value_or(0);
        catalog_->deployments[i].weight =
            static_cast<int>(std::min<std::int64_t>(weight, std::numeric_limits<int>::max()));
      }
    }
  }

  [[nodiscard]] std::size_t index_of(const policy::Deployment* deployment) const {
    return static_cast<std::size_t>(deployment - catalog_->deployments.data());
  }

  void add_aliases() {
    for (const auto& [alias, target] : config_->aliases) {
      if (!catalog_->by_name.contains(target)) {
        problems_->push_back({Severity::kWarning,
                              {},
                              0,
                              0,
                              "router_settings.model_group_alias." + alias,
                              "no model is named '" + target + "': the alias leads nowhere",
                              "a model_name of model_list"});
      }
      catalog_->aliases[alias] = target;
    }
    catalog_->hidden_aliases = config_->hidden_aliases;
  }

  const Config* config_;
  const Tables* tables_;
  std::vector<Problem>* problems_;
  std::shared_ptr<policy::Catalog> catalog_;
  std::vector<const ModelEntry*> entries_;  // one per deployment, same index
};

// A key that may use a model of no such name is most likely a slip.
void check_key_models(const Config& config, const policy::Catalog& catalog, std::vector<Problem>& problems) {
  std::vector<std::string_view> names;
  names.reserve(catalog.by_name.size());
  for (const auto& [name, deployments] : catalog.by_name) names.push_back(name);
  for (std::size_t i = 0; i < config.keys.size(); ++i) {
    const ListedKey& key = config.keys[i];
    for (const std::string& model : key.models) {
      if (model.ends_with('*') || model == "all-proxy-models" || !policy::group_of(catalog, model).empty()) continue;
      problems.push_back({Severity::kWarning,
                          {},
                          key.line,
                          key.column,
                          "stargate.keys[" + std::to_string(i) + "].models",
                          "no model is named '" + model + "'",
                          policy::closest(model, names)});
    }
  }
}

void add_principals(const Config& config, const Secret& master_key, policy::Catalog& catalog) {
  for (const ListedKey& key : config.keys) {
    auto principal = std::make_shared<policy::Principal>();
    principal->key_hash = key.sha256;
    principal->key_alias = key.alias;
    principal->user_id = key.user_id;
    principal->models = key.models;
    catalog.principals[key.sha256] = std::move(principal);
  }
  if (master_key.empty()) return;
  auto master = std::make_shared<policy::Principal>();
  master->key_hash = codec::hex(codec::sha256(master_key.reveal()));
  master->key_alias = "master";
  master->user_id = "default_user_id";  // as LiteLLM names the master key's user
  master->admin = true;
  catalog.principals[master->key_hash] = std::move(master);
}

}  // namespace

std::shared_ptr<const policy::Catalog> build_catalog(const Config& config, const Tables& tables,
                                                     const Secret& master_key, std::int64_t now_s,
                                                     std::vector<Problem>& problems) {
  std::shared_ptr<policy::Catalog> catalog = CatalogBuilder(config, tables, problems).build();
  check_key_models(config, *catalog, problems);
  add_principals(config, master_key, *catalog);
  catalog->body_bytes_max = config.limits.body_bytes_max;
  catalog->allow_token_estimates = config.allow_token_estimates;
  catalog->created_s = now_s;
  return catalog;
}

}  // namespace stargate::app
