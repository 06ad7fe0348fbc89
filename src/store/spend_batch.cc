#include "store/spend_batch.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "store/entity_rows.h"
#include "store/failure.h"
#include "store/tables.h"
#include "store/value.h"

namespace stargate::store {
namespace {

using policy::account::DailyAggregate;
using policy::account::DailyKey;
using policy::account::DailyMetrics;
using policy::account::Instant;
using policy::account::Scope;
using policy::account::ScopeKind;
using policy::account::SpendRow;

struct Charge {
  Instant held_at;
  std::int64_t amount = 0;
};
using Charges = std::map<Scope, std::vector<Charge>>;

constexpr std::array<BatchColumn, 1> kId = {BatchColumn{"id", ValueType::kText}};
constexpr std::array<BatchColumn, 2> kPair = {BatchColumn{"id", ValueType::kText},
                                              BatchColumn{"other", ValueType::kText}};
constexpr std::array<BatchColumn, 3> kAmounts = {BatchColumn{"id", ValueType::kText},
                                                 BatchColumn{"other", ValueType::kText},
                                                 BatchColumn{"amount", ValueType::kInteger}};
constexpr std::array<BatchColumn, 3> kMeterNames = {
    BatchColumn{"kind", ValueType::kText}, BatchColumn{"id", ValueType::kText}, BatchColumn{"model", ValueType::kText}};
constexpr std::array<BatchColumn, 4> kMeterAmounts = {
    BatchColumn{"kind", ValueType::kText}, BatchColumn{"id", ValueType::kText}, BatchColumn{"model", ValueType::kText},
    BatchColumn{"amount", ValueType::kInteger}};

// The rows that were not there before, each once.
Result<std::vector<const SpendRow*>> insert_new(Connection& connection, const std::vector<SpendRow>& rows) {
  const Table<SpendRow>& table = spend_table();
  std::vector<Values> batch;
  batch.reserve(rows.size());
  for (const SpendRow& row : rows) batch.push_back(table.values_of(row));
  static const std::string kSql = fmt::format(
      "INSERT INTO sg_spend ({}) SELECT {} FROM {{rows}} WHERE 1 = 1 ON CONFLICT DO NOTHING "
      "RETURNING request_id",
      table.column_names(), table.column_names("v."));
  const Result<Outcome> inserted = connection.run_batch(kSql, table.batch_columns(), batch);
  if (!inserted) return std::unexpected(inserted.error());
  std::unordered_set<std::string> ids;
  for (const Row& row : inserted->rows) ids.insert(text_of(row.at(0)));
  std::vector<const SpendRow*> fresh;
  fresh.reserve(ids.size());
  for (const SpendRow& row : rows) {
    if (ids.erase(storable(row.request_id)) == 1) fresh.push_back(&row);
  }
  return fresh;
}

Result<void> add_daily(Connection& connection, const std::vector<const SpendRow*>& rows) {
  std::map<DailyKey, DailyMetrics> sums;
  for (const SpendRow* row : rows) {
    const DailyMetrics metrics = metrics_of(*row);
    for (DailyKey& key : daily_keys_of(*row)) sums[std::move(key)] += metrics;
  }
  const Table<DailyAggregate>& table = daily_table();
  static const std::string kSql = [&table] {
    std::string names;
    std::string additions;
    for (const Column<DailyAggregate>& column : table.columns()) {
      if (column.role == Role::kIdentity) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", column.name);
      } else {
        additions += fmt::format("{0}{1} = sg_daily.{1} + excluded.{1}", additions.empty() ? "" : ", ", column.name);
      }
    }
    return fmt::format(
        "INSERT INTO sg_daily ({}) SELECT {} FROM {{rows}} WHERE 1 = 1 ON CONFLICT ({}) DO UPDATE SET {}",
        table.column_names(), table.column_names("v."), names, additions);
  }();
  std::vector<Values> batch;
  batch.reserve(sums.size());
  for (const auto& [key, metrics] : sums) batch.push_back(table.values_of({.key = key, .metrics = metrics}));
  return without_rows(connection.run_batch(kSql, table.batch_columns(), batch));
}

// Hashes of keys that were replaced, and what replaced them.
Result<std::unordered_map<std::string, std::string>> replaced_keys(Connection& connection,
                                                                   const std::vector<const SpendRow*>& rows) {
  std::set<std::string> hashes;
  for (const SpendRow* row : rows) hashes.insert(row->key_hash);
  std::vector<Values> batch;
  batch.reserve(hashes.size());
  for (const std::string& hash : hashes) batch.push_back({to_value(hash)});
  const Result<Outcome> found = connection.run_batch(
      "SELECT r.old_hash, r.key_hash FROM {rows} JOIN sg_retired_key r ON r.old_hash = v.id", kId, batch);
  if (!found) return std::unexpected(found.error());
  std::unordered_map<std::string, std::string> replaced;
  for (const Row& row : found->rows) replaced.emplace(text_of(row.at(0)), text_of(row.at(1)));
  return replaced;
}

Result<Charges> charges_of(Connection& connection, const std::vector<const SpendRow*>& rows) {
  const auto replaced = replaced_keys(connection, rows);
  if (!replaced) return std::unexpected(replaced.error());
  Charges charges;
  for (const SpendRow* row : rows) {
    if (row->spend.value == 0) continue;
    for (Scope& scope : scopes_of(*row)) {
      if (scope.kind == ScopeKind::kKey) {
        const auto newer = replaced->find(scope.id);
        if (newer != replaced->end()) scope.id = newer->second;
      }
      charges[std::move(scope)].push_back({.held_at = row->held_at, .amount = row->spend.value});
    }
  }
  return charges;
}

std::int64_t sum_since(const std::vector<Charge>& charges, Instant since) {
  std::int64_t sum = 0;
  for (const Charge& charge : charges) {
    if (charge.held_at >= since) sum += charge.amount;
  }
  return sum;
}

// The scopes of one kind that have a row: their windows are read, then the sums of what lies in them are added. Nobody
// begins a window in between: the lock is held.
Result<void> charge_rows(Connection& connection, ScopeKind kind, const Charges& charges) {
  std::vector<Values> batch;
  for (const auto& [scope, unused] : charges) {
    if (scope.kind == kind && has_own_row(scope)) batch.push_back({to_value(scope.id), to_value(scope.user_id)});
  }
  if (batch.empty()) return {};
  const EntityRow row = entity_row(kind).value_or(EntityRow{});
  const std::string_view second = kind == ScopeKind::kMember ? "t.user_id" : "''";
  std::string same = fmt::format("t.{} = v.id", row.id);
  if (kind == ScopeKind::kMember) same += " AND t.user_id = v.other";
  if (kind == ScopeKind::kKey) same += " AND t.deleted_at = 0";
  const Result<Outcome> found = connection.run_batch(
      fmt::format("SELECT v.id, {}, t.spend_since FROM {{rows}} JOIN {} t ON {}", second, row.table, same), kPair,
      batch);
  if (!found) return std::unexpected(found.error());
  std::vector<Values> amounts;
  for (const Row& window : found->rows) {
    const Scope scope{.kind = kind, .id = text_of(window.at(0)), .user_id = text_of(window.at(1)), .model = {}};
    Instant since;
    from_cell(window.at(2), since);
    const auto of_scope = charges.find(scope);
    const std::int64_t amount = of_scope == charges.end() ? 0 : sum_since(of_scope->second, since);
    if (amount != 0) amounts.push_back({to_value(scope.id), to_value(scope.user_id), to_value(amount)});
  }
  if (amounts.empty()) return {};
  const std::string sql =
      fmt::format("UPDATE {} AS t SET spend = t.spend + v.amount FROM {{rows}} WHERE {}", row.table, same);
  return without_rows(connection.run_batch(sql, kAmounts, amounts));
}

Result<void> charge_meters(Connection& connection, const Charges& charges) {
  std::vector<Values> batch;
  for (const auto& [scope, unused] : charges) {
    if (has_own_row(scope)) continue;
    batch.push_back({to_value(std::string(name_of(scope.kind))), to_value(scope.id), to_value(scope.model)});
  }
  const Result<Outcome> found = connection.run_batch(
      "SELECT t.kind, t.id, t.model, t.spend_since FROM {rows} JOIN sg_meter t ON t.kind = v.kind AND t.id = v.id AND "
      "t.model = v.model WHERE t.spend_since > 0",
      kMeterNames, batch);
  if (!found) return std::unexpected(found.error());
  std::map<std::tuple<std::string, std::string, std::string>, Instant> windows;
  for (const Row& row : found->rows) {
    from_cell(row.at(3), windows[{text_of(row.at(0)), text_of(row.at(1)), text_of(row.at(2))}]);
  }
  std::vector<Values> amounts;
  for (const auto& [scope, of_scope] : charges) {
    if (has_own_row(scope)) continue;
    const std::string kind(name_of(scope.kind));
    const auto window = windows.find({kind, storable(scope.id), storable(scope.model)});
    const std::int64_t amount = sum_since(of_scope, window == windows.end() ? Instant::min() : window->second);
    if (amount == 0) continue;
    amounts.push_back({to_value(kind), to_value(scope.id), to_value(scope.model), to_value(amount)});
  }
  return without_rows(connection.run_batch(
      "INSERT INTO sg_meter (kind, id, model, spend) SELECT v.kind, v.id, v.model, v.amount FROM {rows} WHERE 1 = 1 ON "
      "CONFLICT (kind, id, model) DO UPDATE SET spend = sg_meter.spend + excluded.spend",
      kMeterAmounts, amounts));
}

}  // namespace

Result<void> lock_spend(Connection& connection) {
  return without_rows(connection.run("UPDATE sg_spend_lock SET id = 1 WHERE id = 1", {}));
}

Result<ports::SpendInserted> insert_spend_batch(Connection& connection, const std::vector<SpendRow>& rows) {
  if (Result<void> locked = lock_spend(connection); !locked) return std::unexpected(locked.error());
  const auto fresh = insert_new(connection, rows);
  if (!fresh) return std::unexpected(fresh.error());
  const ports::SpendInserted inserted{.rows = static_cast<std::int64_t>(fresh->size()),
                                      .duplicates = static_cast<std::int64_t>(rows.size() - fresh->size())};
  if (fresh->empty()) return inserted;
  if (Result<void> added = add_daily(connection, *fresh); !added) return std::unexpected(added.error());
  const Result<Charges> charges = charges_of(connection, *fresh);
  if (!charges) return std::unexpected(charges.error());
  if (charges->empty()) return inserted;
  for (const ScopeKind kind : {ScopeKind::kKey, ScopeKind::kUser, ScopeKind::kTeam, ScopeKind::kMember,
                               ScopeKind::kCustomer, ScopeKind::kOrganization}) {
    if (Result<void> charged = charge_rows(connection, kind, *charges); !charged) {
      return std::unexpected(charged.error());
    }
  }
  if (Result<void> charged = charge_meters(connection, *charges); !charged) return std::unexpected(charged.error());
  return inserted;
}

}  // namespace stargate::store
