#include "app/list_models.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "app/check_config.h"
#include "base/money.h"
#include "codec/json.h"

namespace stargate::app {
namespace {

using Row = std::vector<std::string>;

// Columns from here on hold figures and stand to the right.
constexpr std::size_t kFirstFigure = 3;

std::string tokens(std::int64_t count) {
  if (count == 0) return "?";
  if (count % 1'000'000 == 0) return std::to_string(count / 1'000'000) + "M";
  if (count % 1000 == 0) return std::to_string(count / 1000) + "k";
  return std::to_string(count);
}

std::string place_of(const policy::Deployment& deployment, bool aws_by_rule) {
  if (aws_by_rule) return deployment.region;
  return std::string(deployment.endpoint_tls ? "https://" : "http://") + deployment.endpoint_host + ":" +
         std::to_string(deployment.endpoint_port) + deployment.endpoint_path + " (" + deployment.region + ")";
}

bool by_rule(const policy::Deployment& deployment) {
  return deployment.endpoint_host.starts_with("bedrock-runtime") &&
         deployment.endpoint_host.find("." + deployment.region + ".") != std::string::npos;
}

Row row_of(const policy::Deployment& deployment) {
  Row row = {deployment.model_name, deployment.upstream_model, place_of(deployment, by_rule(deployment)),
             tokens(deployment.context_tokens), tokens(deployment.max_output_tokens)};
  if (!deployment.price) {
    row.insert(row.end(), {"?", "?", "?", "?", "?", "price unknown"});
    return row;
  }
  const policy::Price& price = *deployment.price;
  for (const base::PicoUsd rate :
       {price.input, price.output, price.cache_read, price.cache_write_5m, price.cache_write_1h}) {
    row.push_back(base::dollars_per_million(rate));
  }
  row.push_back(price.source == "config" ? "configuration" : price.as_of);
  return row;
}

// The long-context tier has a line of its own below its model.
Row tier_row(const policy::Price& price) {
  Row row = {"", "  above " + tokens(price.long_context_from_tokens) + " prompt tokens", "", "", ""};
  for (const base::PicoUsd rate : {price.long_input, price.long_output, price.long_cache_read,
                                   price.long_cache_write_5m, price.long_cache_write_1h}) {
    row.push_back(base::dollars_per_million(rate));
  }
  row.emplace_back();
  return row;
}

void print_table(const std::vector<Row>& rows, std::ostream& out) {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      const bool figure = i >= kFirstFigure && i + 1 < row.size();
      line += (i == 0 ? "" : "  ") + (figure ? gap + row[i] : row[i] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  }
}

// Exact decimal dollars: 3000000 pico-dollars -> "0.000003".
std::string decimal_dollars(base::PicoUsd rate) {
  constexpr std::size_t kPicoDigits = 12;
  std::string digits = std::to_string(rate.value);
  if (digits.size() <= kPicoDigits) digits.insert(0, kPicoDigits + 1 - digits.size(), '0');
  digits.insert(digits.size() - kPicoDigits, ".");
  while (digits.ends_with('0')) digits.pop_back();
  if (digits.ends_with('.')) digits.pop_back();
  return digits;
}

void append_price(codec::json::Writer& writer, const std::optional<policy::Price>& price) {
  struct Named {
    std::string_view name;
    base::PicoUsd policy::Price::* rate;
    base::PicoUsd policy::Price::* long_rate;
  };
  static constexpr std::array<Named, 5> kRates = {{
      {"input_cost_per_token", &policy::Price::input, &policy::Price::long_input},
      {"output_cost_per_token", &policy::Price::output, &policy::Price::long_output},
      {"cache_read_input_token_cost", &policy::Price::cache_read, &policy::Price::long_cache_read},
      {"cache_creation_input_token_cost", &policy::Price::cache_write_5m, &policy::Price::long_cache_write_5m},
      {"cache_creation_input_token_cost_above_1hr", &policy::Price::cache_write_1h,
       &policy::Price::long_cache_write_1h},
  }};
  for (const Named& named : kRates) {
    writer.member_raw(named.name, price ? decimal_dollars((*price).*(named.rate)) : "null");
    if (!price || price->long_context_from_tokens == 0) continue;
    const std::string above = "_above_" + std::to_string(price->long_context_from_tokens / 1000) + "k_tokens";
    writer.member_raw(std::string(named.name) + above, decimal_dollars((*price).*(named.long_rate)));
  }
  writer.member("price_as_of", price ? std::string_view(price->as_of) : std::string_view());
  writer.member("price_source", price ? std::string_view(price->source) : std::string_view());
}

void print_json(const policy::Catalog& catalog, std::ostream& out) {
  std::string text;
  codec::json::Writer writer(text);
  writer.begin_array();
  for (const policy::Deployment& deployment : catalog.deployments) {
    writer.begin_object();
    writer.member("model_name", std::string_view(deployment.model_name));
    writer.member("id", std::string_view(deployment.id));
    writer.member("upstream_model", std::string_view(deployment.upstream_model));
    writer.member("base_model", std::string_view(deployment.base_model));
    writer.member("region", std::string_view(deployment.region));
    writer.member("endpoint",
                  std::string_view(place_of(deployment, false)).substr(0, place_of(deployment, false).find(' ')));
    writer.member("max_input_tokens", deployment.context_tokens);
    writer.member("max_output_tokens", deployment.max_output_tokens);
    append_price(writer, deployment.price);
    writer.end_object();
  }
  writer.end_array();
  out << text << "\n";
}

}  // namespace

int run_models(const ConfigRequest& request, bool json, std::ostream& out, std::ostream& err) {
  const ReadOutcome outcome = read_configuration(request);
  if (!outcome.ok()) {
    for (const Problem& problem : outcome.problems) err << to_text(problem);
    return 1;
  }
  std::vector<Problem> known;
  const auto catalog = build_catalog(outcome.config, outcome.tables, Secret(), 0, known);
  if (json) {
    print_json(*catalog, out);
    return 0;
  }
  std::vector<Row> rows = {{"MODEL", "BEDROCK ID", "FROM", "CONTEXT", "MAX OUT", "INPUT", "OUTPUT", "CACHE READ",
                            "WRITE 5M", "WRITE 1H", "PRICE OF"}};
  for (const policy::Deployment& deployment : catalog->deployments) {
    rows.push_back(row_of(deployment));
    if (deployment.price && deployment.price->long_context_from_tokens > 0) rows.push_back(tier_row(*deployment.price));
  }
  print_table(rows, out);
  out << "\nPrices in dollars per million tokens.\n";
  for (const auto& [alias, name] : catalog->aliases) out << "Alias: " << alias << " -> " << name << "\n";
  return 0;
}

}  // namespace stargate::app
