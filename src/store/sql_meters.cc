// What scopes have spent: SqlStore's figures, windows and resets.
#include <fmt/format.h>

#include "store/entity_rows.h"
#include "store/failure.h"
#include "store/rows.h"
#include "store/spend_batch.h"
#include "store/sql_store.h"

namespace stargate::store {
namespace {

account::Spent spent_at(const Row& row, std::size_t first) {
  account::Spent spent;
  from_cell(row.at(first), spent.spend);
  from_cell(row.at(first + 1), spent.since);
  return spent;
}

Values meter_values(const account::Scope& scope) {
  return {to_value(std::string(name_of(scope.kind))), to_value(scope.id), to_value(scope.model)};
}

std::string_view entity_of(const account::Scope& scope) { return entity_row(scope.kind).value_or(EntityRow{}).entity; }

Result<bool> reset_meter(Connection& connection, const account::Scope& scope, account::Instant since) {
  Values values = meter_values(scope);
  values.push_back(to_value(since));
  const Result<Outcome> reset = connection.run(
      "INSERT INTO sg_meter (kind, id, model, spend, spend_since) VALUES ($1, $2, $3, 0, $4) ON CONFLICT (kind, id, "
      "model) DO UPDATE SET spend = 0, spend_since = excluded.spend_since WHERE sg_meter.spend_since < "
      "excluded.spend_since",
      values);
  if (!reset) return std::unexpected(reset.error());
  return reset->changed == 1;
}

Result<bool> reset_row(Connection& connection, const account::Scope& scope, account::Instant since,
                       std::optional<account::Instant> next_reset_at) {
  Query query(fmt::format("UPDATE {} SET spend = 0, version = version + 1", entity_row(scope.kind)->table));
  const std::string begin = query.place(to_value(since));
  query.append(fmt::format(", spend_since = {}, budget_reset_at = {}", begin, query.place(to_value(next_reset_at))));
  where_scope(query, scope);
  query.where("spend_since < " + begin);
  const Result<Outcome> reset = connection.run(query.text(), query.values());
  if (!reset) return std::unexpected(reset.error());
  return reset->changed == 1;
}

}  // namespace

Result<account::Spent> SqlStore::find_spent(const account::Scope& scope) {
  if (!has_own_row(scope)) {
    const Result<Outcome> found = link_.read(
        "SELECT spend, spend_since FROM sg_meter WHERE kind = $1 AND id = $2 AND model = $3", meter_values(scope));
    if (!found) return std::unexpected(found.error());
    return found->rows.empty() ? account::Spent{} : spent_at(found->rows.front(), 0);
  }
  Query query(fmt::format("SELECT spend, spend_since FROM {}", entity_row(scope.kind)->table));
  where_scope(query, scope);
  const Result<Outcome> found = link_.read(query.text(), query.values());
  if (!found) return std::unexpected(found.error());
  if (found->rows.empty()) return not_found(entity_of(scope));
  return spent_at(found->rows.front(), 0);
}

Result<std::vector<ports::Meter>> SqlStore::list_meters(account::ScopeKind kind, const std::string& id,
                                                        std::int64_t rows_max) {
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  Query query("SELECT id, model, spend, spend_since FROM sg_meter");
  query.where_equal("kind", std::string(name_of(kind))).where_equal("id", id);
  query.append(" ORDER BY spend DESC, id, model LIMIT ").append(query.place(to_value(rows_max)));
  const Result<Outcome> found = link_.read(query);
  if (!found) return std::unexpected(found.error());
  std::vector<ports::Meter> meters;
  for (const Row& row : found->rows) {
    meters.push_back({.scope = {.kind = kind, .id = text_of(row.at(0)), .user_id = {}, .model = text_of(row.at(1))},
                      .spent = spent_at(row, 2)});
  }
  return meters;
}

Result<void> SqlStore::set_spend(const account::Scope& scope, base::NanoUsd spend, const ports::Actor& actor) {
  return link_.write([&](Connection& connection) -> Result<void> {
    if (Result<void> locked = lock_spend(connection); !locked) return locked;
    if (!has_own_row(scope)) {
      Values values = meter_values(scope);
      values.push_back(to_value(spend));
      return without_rows(connection.run(
          "INSERT INTO sg_meter (kind, id, model, spend) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, id, model) DO "
          "UPDATE SET spend = excluded.spend",
          values));
    }
    Query query(fmt::format("UPDATE {} SET version = version + 1", entity_row(scope.kind)->table));
    query.append(", spend = " + query.place(to_value(spend)));
    query.append(", updated_at = " + query.place(to_value(actor.at)));
    query.append(", updated_by = " + query.place(to_value(actor.by)));
    where_scope(query, scope);
    const Result<Outcome> updated = connection.run(query.text(), query.values());
    if (!updated) return std::unexpected(updated.error());
    if (updated->changed == 0) return not_found(entity_of(scope));
    return {};
  });
}

Result<bool> SqlStore::reset_spend(const account::Scope& scope, account::Instant since,
                                   std::optional<account::Instant> next_reset_at) {
  if (has_own_row(scope)) {
    if (const Result<account::Spent> there = find_spent(scope); !there) return std::unexpected(there.error());
  }
  return link_.write<bool>([&](Connection& connection) -> Result<bool> {
    if (Result<void> locked = lock_spend(connection); !locked) return std::unexpected(locked.error());
    return has_own_row(scope) ? reset_row(connection, scope, since, next_reset_at)
                              : reset_meter(connection, scope, since);
  });
}

Result<std::vector<ports::DueReset>> SqlStore::due_resets(account::Instant now, std::int64_t rows_max) {
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  using account::ScopeKind;
  std::string text;
  for (const ScopeKind kind : {ScopeKind::kKey, ScopeKind::kUser, ScopeKind::kTeam, ScopeKind::kMember,
                               ScopeKind::kCustomer, ScopeKind::kOrganization}) {
    const EntityRow row = entity_row(kind).value_or(EntityRow{});
    text += fmt::format(
        "{}SELECT '{}' AS kind, {} AS id, {} AS user_id, budget_duration, budget_reset_at FROM {} WHERE "
        "budget_reset_at "
        "<= $1{}",
        text.empty() ? "" : " UNION ALL ", name_of(kind), row.id, kind == ScopeKind::kMember ? "user_id" : "''",
        row.table, kind == ScopeKind::kKey ? " AND deleted_at = 0" : "");
  }
  text += " ORDER BY budget_reset_at, kind, id, user_id LIMIT $2";
  const Values values = {to_value(now), to_value(rows_max)};
  const Result<Outcome> found = link_.read(text, values);
  if (!found) return std::unexpected(found.error());
  std::vector<ports::DueReset> due;
  for (const Row& row : found->rows) {
    ports::DueReset& reset = due.emplace_back();
    reset.scope = {.kind = account::scope_kind_of(text_of(row.at(0))),
                   .id = text_of(row.at(1)),
                   .user_id = text_of(row.at(2)),
                   .model = {}};
    from_cell(row.at(3), reset.budget_duration);
    from_cell(row.at(4), reset.reset_at);
  }
  return due;
}

}  // namespace stargate::store
