// Spend rows of SqlStore.
#include <fmt/format.h>

#include "store/rows.h"
#include "store/spend_batch.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

template <class T>
Value maybe(const std::optional<T>& value) {
  return to_value(value);
}

Query where_spend(const ports::SpendFilter& filter) {
  Query query;
  query.where_at_least("start_time", maybe(filter.from)).where_below("start_time", maybe(filter.until));
  query.where_equal("request_id", filter.request_id)
      .where_any("key_hash", filter.key_hashes)
      .where_equal("key_alias", filter.key_alias)
      .where_any("user_id", filter.user_ids)
      .where_any("team_id", filter.team_ids)
      .where_equal("organization_id", filter.organization_id)
      .where_equal("customer_id", filter.customer_id)
      .where_equal("session_id", filter.session_id)
      .where_equal("agent_id", filter.agent_id)
      .where_equal("model", filter.model)
      .where_equal("model_id", filter.model_id)
      .where_equal("model_group", filter.model_group)
      .where_equal("status", filter.status)
      .where_equal("error_code", filter.error_code)
      .where_contains("error_message", filter.error_contains);
  query.where_at_least("spend", maybe(filter.spend_min)).where_at_most("spend", maybe(filter.spend_max));
  return query;
}

Result<void> check_filter(const ports::SpendFilter& filter) {
  for (const auto* ids : {&filter.key_hashes, &filter.user_ids, &filter.team_ids}) {
    if (Result<void> sound = check_ids(*ids); !sound) return sound;
  }
  return {};
}

std::string order_of(const ports::Sort<ports::SpendSort>& sort) {
  using ports::SpendSort;
  const auto by = [&](std::string_view column) { return order_by(column, "request_id", sort.descending); };
  switch (sort.by) {
    case SpendSort::kStartTime: return by("start_time");
    case SpendSort::kEndTime: return by("end_time");
    case SpendSort::kSpend: return by("spend");
    case SpendSort::kTotalTokens: return by("total_tokens");
  }
  return by("start_time");
}

std::string_view column_of(ports::SpendDimension dimension) {
  using ports::SpendDimension;
  switch (dimension) {
    case SpendDimension::kSession: return "session_id";
    case SpendDimension::kKey: return "key_hash";
    case SpendDimension::kUser: return "user_id";
    case SpendDimension::kTeam: return "team_id";
    case SpendDimension::kCustomer: return "customer_id";
    case SpendDimension::kModelGroup: return "model_group";
    case SpendDimension::kProvider: return "provider";
    case SpendDimension::kAgent: return "agent_id";
  }
  return "user_id";
}

ports::SpendSum sum_at(const Row& row) {
  ports::SpendSum sum;
  account::DailyMetrics& metrics = sum.metrics;
  from_cell(row.at(0), sum.name);
  from_cell(row.at(1), metrics.spend);
  std::int64_t* const counts[] = {&metrics.prompt_tokens,      &metrics.completion_tokens, &metrics.cache_read_tokens,
                                  &metrics.cache_write_tokens, &metrics.requests,          &metrics.failed_requests};
  std::size_t column = 2;
  for (std::int64_t* count : counts) from_cell(row.at(column++), *count);
  metrics.successful_requests = metrics.requests - metrics.failed_requests;
  from_cell(row.at(column), sum.first);
  from_cell(row.at(column + 1), sum.last);
  return sum;
}

}  // namespace

Result<ports::SpendInserted> SqlStore::insert_spend(const std::vector<account::SpendRow>& rows) {
  if (rows.size() > kBatchRowsMax) {
    return base::fail(ErrorCode::kBadRequest, fmt::format("at most {} spend rows at once", kBatchRowsMax));
  }
  if (rows.empty()) return ports::SpendInserted{};
  return link_.write<ports::SpendInserted>(
      [&](Connection& connection) { return insert_spend_batch(connection, rows); });
}

Result<account::SpendRow> SqlStore::find_spend(const std::string& request_id) {
  return find_row(link_, spend_table(), "request_id = $1", {to_value(request_id)});
}

Result<ports::Listing<account::SpendRow>> SqlStore::list_spend(const ports::SpendFilter& filter,
                                                               const ports::Page& page,
                                                               const ports::Sort<ports::SpendSort>& sort) {
  if (Result<void> sound = check_filter(filter); !sound) return std::unexpected(sound.error());
  return page_of_rows(link_, spend_table(), where_spend(filter), page, order_of(sort));
}

Result<std::vector<account::SpendRow>> SqlStore::walk_spend(const ports::SpendFilter& filter,
                                                            const ports::SpendCursor& cursor, std::int64_t rows_max) {
  if (Result<void> sound = check_filter(filter); !sound) return std::unexpected(sound.error());
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  Query query = where_spend(filter);
  const std::string time = query.place(to_value(cursor.start_time));
  const std::string id = query.place(to_value(cursor.request_id));
  query.where(fmt::format("(start_time, request_id) > ({}, {})", time, id));
  const std::string limit = query.place(to_value(rows_max));
  const std::string text =
      fmt::format("{}{} ORDER BY start_time, request_id LIMIT {}", spend_table().select(), query.text(), limit);
  const Result<Outcome> found = link_.read(text, query.values(), Keep::kNo);
  if (!found) return std::unexpected(found.error());
  return spend_table().rows_of(found->rows);
}

Result<std::vector<ports::SpendSum>> SqlStore::sum_spend(const ports::SpendFilter& filter, ports::SpendDimension by,
                                                         std::int64_t rows_max) {
  if (Result<void> sound = check_filter(filter); !sound) return std::unexpected(sound.error());
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  std::string selected(column_of(by));
  for (const std::string_view amount :
       {"spend", "prompt_tokens", "completion_tokens", "cache_read_tokens",
        "cache_write_5m_tokens + cache_write_1h_tokens", "1", "CASE WHEN status = 'failure' THEN 1 ELSE 0 END"}) {
    selected += fmt::format(", CAST(sum({}) AS BIGINT)", amount);
  }
  Query query = where_spend(filter);
  const std::string limit = query.place(to_value(rows_max));
  const std::string text = fmt::format(
      "SELECT {0}, min(start_time), max(start_time) FROM sg_spend{1} GROUP BY {2} ORDER BY sum(spend) DESC, {2} LIMIT "
      "{3}",
      selected, query.text(), column_of(by), limit);
  const Result<Outcome> found = link_.read(text, query.values(), Keep::kNo);
  if (!found) return std::unexpected(found.error());
  std::vector<ports::SpendSum> sums;
  sums.reserve(found->rows.size());
  for (const Row& row : found->rows) sums.push_back(sum_at(row));
  return sums;
}

Result<std::int64_t> SqlStore::delete_spend_before(account::Instant time, std::int64_t rows_max) {
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  return link_.write<std::int64_t>([&](Connection& connection) -> Result<std::int64_t> {
    const Value values[] = {to_value(time), to_value(rows_max)};
    const Result<Outcome> deleted = connection.run(
        "DELETE FROM sg_spend WHERE request_id IN (SELECT s.request_id FROM sg_spend s WHERE s.start_time < $1 ORDER "
        "BY "
        "s.start_time, s.request_id LIMIT $2)",
        values);
    if (!deleted) return std::unexpected(deleted.error());
    return deleted->changed;
  });
}

}  // namespace stargate::store
