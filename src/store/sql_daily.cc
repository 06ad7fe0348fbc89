// Daily aggregates of SqlStore.
#include <fmt/format.h>

#include "store/rows.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

constexpr std::string_view kMetrics[] = {
    "spend",    "prompt_tokens",       "completion_tokens", "cache_read_tokens", "cache_write_tokens",
    "requests", "successful_requests", "failed_requests"};

Query where_daily(const ports::DailyFilter& filter) {
  Query query;
  query.where_equal("kind", std::string(name_of(filter.kind)))
      .where_at_least("date", to_value(filter.from))
      .where_at_most("date", to_value(filter.until))
      .where_any("entity_id", filter.entity_ids)
      .where_any("key_hash", filter.key_hashes)
      .where_equal("model", filter.model);
  return query;
}

Result<void> check_filter(const ports::DailyFilter& filter) {
  if (Result<void> sound = check_ids(filter.entity_ids); !sound) return sound;
  return check_ids(filter.key_hashes);
}

std::string_view column_of(ports::DailyDimension dimension) {
  using ports::DailyDimension;
  switch (dimension) {
    case DailyDimension::kDate: return "date";
    case DailyDimension::kEntity: return "entity_id";
    case DailyDimension::kKey: return "key_hash";
    case DailyDimension::kModel: return "model";
    case DailyDimension::kModelGroup: return "model_group";
    case DailyDimension::kProvider: return "provider";
    case DailyDimension::kEndpoint: return "endpoint";
  }
  return "date";
}

void read_dimension(ports::DailyDimension dimension, const Cell& cell, account::DailyKey& key) {
  using ports::DailyDimension;
  switch (dimension) {
    case DailyDimension::kDate: from_cell(cell, key.date); break;
    case DailyDimension::kEntity: from_cell(cell, key.entity_id); break;
    case DailyDimension::kKey: from_cell(cell, key.key_hash); break;
    case DailyDimension::kModel: from_cell(cell, key.model); break;
    case DailyDimension::kModelGroup: from_cell(cell, key.model_group); break;
    case DailyDimension::kProvider: from_cell(cell, key.provider); break;
    case DailyDimension::kEndpoint: from_cell(cell, key.endpoint); break;
  }
}

account::DailyMetrics metrics_at(const Row& row, std::size_t first) {
  account::DailyMetrics metrics;
  from_cell(row.at(first), metrics.spend);
  std::int64_t* const counts[] = {&metrics.prompt_tokens,      &metrics.completion_tokens, &metrics.cache_read_tokens,
                                  &metrics.cache_write_tokens, &metrics.requests,          &metrics.successful_requests,
                                  &metrics.failed_requests};
  for (std::size_t i = 0; i < std::size(counts); ++i) from_cell(row.at(first + 1 + i), *counts[i]);
  return metrics;
}

}  // namespace

Result<ports::Listing<account::DailyAggregate>> SqlStore::list_daily(const ports::DailyFilter& filter,
                                                                     const ports::Page& page) {
  if (Result<void> sound = check_filter(filter); !sound) return std::unexpected(sound.error());
  return page_of_rows(link_, daily_table(), where_daily(filter), page,
                      "date DESC, entity_id, key_hash, model, model_group, provider, endpoint, mcp_tool");
}

Result<std::vector<ports::DailySum>> SqlStore::sum_daily(const ports::DailyFilter& filter,
                                                         const std::vector<ports::DailyDimension>& by,
                                                         ports::DailySort sort, std::int64_t rows_max) {
  if (Result<void> sound = check_filter(filter); !sound) return std::unexpected(sound.error());
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  std::vector<std::string_view> dimensions;
  dimensions.reserve(by.size());
  for (const ports::DailyDimension dimension : by) dimensions.push_back(column_of(dimension));
  std::vector<std::string> selected(dimensions.begin(), dimensions.end());
  // PostgreSQL's sum of integers is a numeric.
  for (const std::string_view metric : kMetrics) {
    selected.push_back(fmt::format("CAST(coalesce(sum({}), 0) AS BIGINT)", metric));
  }
  Query query = where_daily(filter);
  std::string order;
  if (sort == ports::DailySort::kSpendDescending) order = "sum(spend) DESC";
  for (const std::string_view dimension : dimensions)
    order += fmt::format("{}{}", order.empty() ? "" : ", ", dimension);
  if (!dimensions.empty()) query.append(fmt::format(" GROUP BY {}", fmt::join(dimensions, ", ")));
  if (!dimensions.empty()) query.append(" ORDER BY " + order);
  const std::string limit = query.place(to_value(rows_max));
  const std::string text =
      fmt::format("SELECT {} FROM sg_daily{} LIMIT {}", fmt::join(selected, ", "), query.text(), limit);
  const Result<Outcome> found = link_.read(text, query.values(), Keep::kNo);
  if (!found) return std::unexpected(found.error());
  std::vector<ports::DailySum> sums;
  sums.reserve(found->rows.size());
  for (const Row& row : found->rows) {
    ports::DailySum& sum = sums.emplace_back();
    sum.key.kind = filter.kind;
    for (std::size_t i = 0; i < by.size(); ++i) read_dimension(by[i], row.at(i), sum.key);
    sum.metrics = metrics_at(row, by.size());
  }
  return sums;
}

}  // namespace stargate::store
