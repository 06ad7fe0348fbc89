#include "app/model_table.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/config_reader.h"
#include "app/yaml.h"
#include "aws/endpoint.h"

namespace stargate::app {
namespace {

constexpr std::int64_t kTokensMax = 100'000'000;
constexpr std::int64_t kPicoUsdMax = 1'000'000'000'000'000;
// The uplift of regional profiles is a tenth: the sum is exact when the rate is a multiple of ten.
constexpr std::int64_t kUpliftNumerator = 11;
constexpr std::int64_t kUpliftDenominator = 10;

// "2025-10-01" -> Unix time of that day's beginning, 0 when it is no date.
std::int64_t day_s(std::string_view date) {
  const auto year = parse_integer(date.substr(0, 4));
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return 0;
  const auto month = parse_integer(date.substr(5, 2));
  const auto day = parse_integer(date.substr(8, 2));
  if (!year || !month || !day) return 0;
  const std::chrono::year_month_day ymd{std::chrono::year(static_cast<int>(*year)),
                                        std::chrono::month(static_cast<unsigned>(*month)),
                                        std::chrono::day(static_cast<unsigned>(*day))};
  if (!ymd.ok()) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::sys_days(ymd).time_since_epoch()).count();
}

base::PicoUsd read_rate(MapReader& rates, std::string_view key, bool divisible) {
  const auto value = rates.integer(key, 0, kPicoUsdMax);
  if (!rates.has(key)) rates.error(key, "the rate is missing", "pico-dollars per token: 3000000 for $3 per million");
  if (value && divisible && *value % kUpliftDenominator != 0) {
    rates.error(key, "the regional uplift of a tenth would have to be rounded", "a multiple of ten");
  }
  return base::PicoUsd{value.value_or(0)};
}

void read_long_context(MapReader& price_map, bool divisible, policy::Price& price) {
  const YamlNode* node = price_map.find("long_context");
  if (node == nullptr) return;
  MapReader rates(price_map.reading(), *node, price_map.path_of("long_context"));
  price.long_context_from_tokens = rates.integer("from_tokens", 1, kTokensMax).value_or(0);
  if (!rates.has("from_tokens")) rates.error("from_tokens", "from_tokens is missing", "from_tokens: 200000");
  price.long_input = read_rate(rates, "input", divisible);
  price.long_output = read_rate(rates, "output", divisible);
  price.long_cache_read = read_rate(rates, "cache_read", divisible);
  price.long_cache_write_5m = read_rate(rates, "cache_write_5m", divisible);
  price.long_cache_write_1h = read_rate(rates, "cache_write_1h", divisible);
  rates.finish(Section::kStargate);
}

policy::Price read_price(MapReader& item, bool divisible, const std::string& as_of) {
  policy::Price price;
  price.as_of = item.text("as_of").value_or(as_of);
  price.source = "built-in";
  const YamlNode* node = item.find("price");
  if (node == nullptr) {
    item.error("price", "price is missing");
    return price;
  }
  MapReader rates(item.reading(), *node, item.path_of("price"));
  price.input = read_rate(rates, "input", divisible);
  price.output = read_rate(rates, "output", divisible);
  price.cache_read = read_rate(rates, "cache_read", divisible);
  price.cache_write_5m = read_rate(rates, "cache_write_5m", divisible);
  price.cache_write_1h = read_rate(rates, "cache_write_1h", divisible);
  read_long_context(rates, divisible, price);
  rates.finish(Section::kStargate);
  return price;
}

ModelFacts read_facts(MapReader& item, const std::string& as_of) {
  ModelFacts facts;
  for (const auto& [key, into] : {std::pair{"name", &facts.name}, {"id", &facts.base_id}}) {
    *into = item.text(key).value_or("");
    if (into->empty()) item.error(key, std::string(key) + " is missing");
  }
  facts.display_name = item.text("display_name").value_or(facts.name);
  if (const auto released = item.text("released")) {
    facts.released_s = day_s(*released);
    if (facts.released_s == 0) item.error("released", "'" + *released + "' is no date", "YYYY-MM-DD");
  }
  facts.profiles = item.texts("profiles");
  facts.profile_only = item.boolean("profile_only").value_or(false);
  facts.regional_uplift = item.boolean("regional_uplift").value_or(false);
  facts.context_tokens = item.integer("context_tokens", 1, kTokensMax).value_or(0);
  facts.max_output_tokens = item.integer("max_output_tokens", 1, kTokensMax).value_or(0);
  if (facts.profile_only && facts.profiles.empty()) item.error("profiles", "a model of profiles only needs one");
  facts.price = read_price(item, facts.regional_uplift, as_of);
  item.finish(Section::kStargate);
  return facts;
}

void raise(base::PicoUsd& rate) { rate.value = rate.value / kUpliftDenominator * kUpliftNumerator; }

}  // namespace

ModelTable ModelTable::parse(std::string_view yaml, const std::string& file, std::vector<Problem>& problems) {
  ModelTable table;
  const Environment none;
  const Reading reading{file, &none, &problems};
  const YamlOutcome tree = parse_yaml(yaml);
  for (const YamlFault& fault : tree.faults) {
    reading.report(Severity::kError, fault.line, fault.column, {}, fault.message);
  }
  if (!tree.faults.empty()) return table;
  MapReader top(reading, tree.root, "");
  table.as_of_ = top.text("as_of").value_or("");
  if (table.as_of_.empty())
    top.error("as_of", "the day on which the prices were looked up is missing", "as_of: YYYY-MM-DD");
  const YamlNode* list = top.find("models");
  if (list == nullptr || !list->is_sequence()) {
    top.error("models", "a list of models belongs here");
    return table;
  }
  std::size_t index = 0;
  for (const YamlNode& node : list->items) {
    MapReader item(reading, node, "models[" + std::to_string(index++) + "]");
    const std::size_t before = problems.size();
    ModelFacts facts = read_facts(item, table.as_of_);
    if (problems.size() == before) table.models_.push_back(std::move(facts));
  }
  top.finish(Section::kStargate);
  return table;
}

const ModelFacts* ModelTable::find(std::string_view model) const {
  const std::string_view bare = aws::strip_profile_prefix(id_of_arn(model));
  const auto found = std::ranges::find_if(models_, [&](const ModelFacts& facts) {
    return facts.base_id == bare || facts.name == bare || facts.base_id == "anthropic." + std::string(bare);
  });
  return found == models_.end() ? nullptr : &*found;
}

policy::Price price_of(const ModelFacts& facts, std::string_view upstream_id) {
  policy::Price price = facts.price;
  if (!facts.regional_uplift || profile_prefix(upstream_id) == "global") return price;
  for (base::PicoUsd* rate :
       {&price.input, &price.output, &price.cache_read, &price.cache_write_5m, &price.cache_write_1h, &price.long_input,
        &price.long_output, &price.long_cache_read, &price.long_cache_write_5m, &price.long_cache_write_1h}) {
    raise(*rate);
  }
  return price;
}

std::string_view id_of_arn(std::string_view upstream_id) {
  if (!upstream_id.starts_with("arn:")) return upstream_id;
  return upstream_id.substr(upstream_id.rfind('/') + 1);
}

std::string_view profile_prefix(std::string_view upstream_id) {
  const std::string_view id = id_of_arn(upstream_id);
  const std::string_view bare = aws::strip_profile_prefix(id);
  if (bare.size() >= id.size()) return {};
  return id.substr(0, id.size() - bare.size() - 1);
}

}  // namespace stargate::app
