#include "store/entity_rows.h"

#include <fmt/format.h>

#include "store/value.h"

namespace stargate::store {

using policy::account::Scope;
using policy::account::ScopeKind;

std::optional<EntityRow> entity_row(ScopeKind kind) {
  switch (kind) {
    case ScopeKind::kKey: return EntityRow{"sg_key", "key_hash", "key", true};
    case ScopeKind::kUser: return EntityRow{"sg_user", "user_id", "user", true};
    case ScopeKind::kTeam: return EntityRow{"sg_team", "team_id", "team", true};
    case ScopeKind::kMember: return EntityRow{"sg_member", "team_id", "team member"};
    case ScopeKind::kCustomer: return EntityRow{"sg_customer", "customer_id", "customer", true};
    case ScopeKind::kOrganization: return EntityRow{"sg_organization", "organization_id", "organization"};
    case ScopeKind::kTag:
    case ScopeKind::kGlobal: break;
  }
  return std::nullopt;
}

void where_scope(Query& query, const Scope& scope) {
  const EntityRow row = entity_row(scope.kind).value_or(EntityRow{});
  query.where(fmt::format("{} = {}", row.id, query.place(to_value(scope.id))));
  if (scope.kind == ScopeKind::kMember) query.where("user_id = " + query.place(to_value(scope.user_id)));
  if (scope.kind == ScopeKind::kKey) query.where("deleted_at = 0");
}

Result<std::vector<std::string>> retire_keys(Connection& connection, const ports::Actor& actor,
                                             const Query& condition) {
  // The condition counts its places from 1; those of SET come behind them.
  Query query = condition;
  const std::string at = query.place(to_value(actor.at));
  const std::string by = query.place(to_value(actor.by));
  const std::string text = fmt::format("UPDATE sg_key SET deleted_at = {}, deleted_by = {}{} RETURNING key_hash", at,
                                       by, query.where("deleted_at = 0").text());
  const Result<Outcome> retired = connection.run(text, query.values(), Keep::kNo);
  if (!retired) return std::unexpected(retired.error());
  std::vector<std::string> hashes = first_texts(*retired);
  if (Result<void> done = delete_meters(connection, ScopeKind::kKey, hashes); !done) {
    return std::unexpected(done.error());
  }
  return hashes;
}

Result<std::int64_t> delete_any(Connection& connection, std::string_view table, std::string_view column,
                                const std::vector<std::string>& ids) {
  if (ids.empty()) return 0;
  Query query(fmt::format("DELETE FROM {}", table));
  query.where_any(column, ids);
  const Result<Outcome> deleted = connection.run(query.text(), query.values(), Keep::kNo);
  if (!deleted) return std::unexpected(deleted.error());
  return deleted->changed;
}

Result<void> delete_meters(Connection& connection, ScopeKind kind, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  Query query("DELETE FROM sg_meter");
  query.where_equal("kind", std::string(name_of(kind))).where_any("id", ids);
  return without_rows(connection.run(query.text(), query.values(), Keep::kNo));
}

std::vector<std::string> first_texts(const Outcome& outcome) {
  std::vector<std::string> texts;
  texts.reserve(outcome.rows.size());
  for (const Row& row : outcome.rows) texts.push_back(text_of(row.at(0)));
  return texts;
}

}  // namespace stargate::store
