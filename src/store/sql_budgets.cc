// Budgets, customers, organizations and models of SqlStore, and blocking.
#include <fmt/format.h>

#include <array>
#include <span>

#include "store/entity_rows.h"
#include "store/rows.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

constexpr std::array<std::string_view, 6> kWithBudget = {"sg_key",    "sg_user",     "sg_team",
                                                         "sg_member", "sg_customer", "sg_organization"};
constexpr std::array<std::string_view, 1> kWithMembers = {"sg_team"};
constexpr std::array<std::string_view, 3> kWithOrganization = {"sg_key", "sg_user", "sg_team"};

// Empties `column` in every table that may point to the row that went.
Result<void> forget_everywhere(Connection& connection, std::span<const std::string_view> tables,
                               std::string_view column, const std::string& id) {
  for (const std::string_view table : tables) {
    const Value values[] = {to_value(id)};
    const std::string sql = fmt::format("UPDATE {0} SET {1} = '', version = version + 1 WHERE {1} = $1", table, column);
    if (Result<Outcome> done = connection.run(sql, values); !done) return std::unexpected(done.error());
  }
  return {};
}

Result<void> delete_one(Connection& connection, std::string_view table, std::string_view column,
                        std::string_view entity, const std::string& id) {
  const Result<std::int64_t> deleted = delete_any(connection, table, column, {id});
  if (!deleted) return std::unexpected(deleted.error());
  if (*deleted == 0) return not_found(entity);
  return {};
}

}  // namespace

Result<void> SqlStore::create_budget(const account::Budget& budget) {
  return link_.write([&](Connection& connection) { return insert_row(connection, budget_table(), budget); });
}

Result<account::Budget> SqlStore::find_budget(const std::string& budget_id) {
  return find_row(link_, budget_table(), "budget_id = $1", {to_value(budget_id)});
}

Result<std::int64_t> SqlStore::update_budget(const account::Budget& budget) {
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return update_row(connection, budget_table(), budget); });
}

Result<void> SqlStore::delete_budget(const std::string& budget_id) {
  return link_.write([&](Connection& connection) -> Result<void> {
    if (Result<void> done = delete_one(connection, "sg_budget", "budget_id", "budget", budget_id); !done) return done;
    if (Result<void> done = forget_everywhere(connection, kWithBudget, "budget_id", budget_id); !done) return done;
    return forget_everywhere(connection, kWithMembers, "member_budget_id", budget_id);
  });
}

Result<std::vector<account::Budget>> SqlStore::list_budgets(const std::vector<std::string>& budget_ids) {
  if (Result<void> sound = check_ids(budget_ids); !sound) return std::unexpected(sound.error());
  return all_rows(link_, budget_table(), Query().where_any("budget_id", budget_ids), "budget_id");
}

Result<void> SqlStore::create_customer(const account::Customer& customer) {
  return link_.write([&](Connection& connection) { return insert_row(connection, customer_table(), customer); });
}

Result<account::Customer> SqlStore::find_customer(const std::string& customer_id) {
  return find_row(link_, customer_table(), "customer_id = $1", {to_value(customer_id)});
}

Result<std::int64_t> SqlStore::update_customer(const account::Customer& customer) {
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return update_row(connection, customer_table(), customer); });
}

Result<std::int64_t> SqlStore::delete_customers(const std::vector<std::string>& customer_ids) {
  if (Result<void> sound = check_ids(customer_ids); !sound) return std::unexpected(sound.error());
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return delete_any(connection, "sg_customer", "customer_id", customer_ids); });
}

Result<ports::Listing<account::Customer>> SqlStore::list_customers(const ports::Page& page,
                                                                   const ports::Sort<ports::NameSort>& sort) {
  const std::string_view column = sort.by == ports::NameSort::kName ? "customer_id" : "created_at";
  return page_of_rows(link_, customer_table(), Query(), page, order_by(column, "customer_id", sort.descending));
}

Result<void> SqlStore::create_organization(const account::Organization& organization) {
  return link_.write(
      [&](Connection& connection) { return insert_row(connection, organization_table(), organization); });
}

Result<account::Organization> SqlStore::find_organization(const std::string& organization_id) {
  return find_row(link_, organization_table(), "organization_id = $1", {to_value(organization_id)});
}

Result<std::int64_t> SqlStore::update_organization(const account::Organization& organization) {
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return update_row(connection, organization_table(), organization); });
}

Result<void> SqlStore::delete_organization(const std::string& organization_id) {
  return link_.write([&](Connection& connection) -> Result<void> {
    Result<void> done = delete_one(connection, "sg_organization", "organization_id", "organization", organization_id);
    if (!done) return done;
    return forget_everywhere(connection, kWithOrganization, "organization_id", organization_id);
  });
}

Result<ports::Listing<account::Organization>> SqlStore::list_organizations(const ports::Page& page,
                                                                           const ports::Sort<ports::NameSort>& sort) {
  const std::string_view column = sort.by == ports::NameSort::kName ? "organization_alias" : "created_at";
  return page_of_rows(link_, organization_table(), Query(), page, order_by(column, "organization_id", sort.descending));
}

Result<void> SqlStore::create_model(const account::StoredModel& model) {
  return link_.write([&](Connection& connection) { return insert_row(connection, model_table(), model); });
}

Result<account::StoredModel> SqlStore::find_model(const std::string& model_id) {
  return find_row(link_, model_table(), "model_id = $1", {to_value(model_id)});
}

Result<std::int64_t> SqlStore::update_model(const account::StoredModel& model) {
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return update_row(connection, model_table(), model); });
}

Result<void> SqlStore::delete_model(const std::string& model_id) {
  return link_.write(
      [&](Connection& connection) { return delete_one(connection, "sg_model", "model_id", "model", model_id); });
}

Result<std::vector<account::StoredModel>> SqlStore::list_models(const ports::ModelFilter& filter) {
  Query query;
  query.where_equal("model_name", filter.model_name).where_equal("team_id", filter.team_id);
  return all_rows(link_, model_table(), query, "created_at, model_id");
}

Result<void> SqlStore::set_blocked(account::ScopeKind kind, const std::string& id, bool blocked,
                                   const ports::Actor& actor) {
  const std::optional<EntityRow> row = entity_row(kind);
  if (!row || !row->blockable) {
    return base::fail(ErrorCode::kBadRequest, fmt::format("a {} cannot be blocked", name_of(kind)));
  }
  Query query(fmt::format("UPDATE {} SET version = version + 1", row->table));
  query.append(", blocked = " + query.place(to_value(blocked)));
  query.append(", updated_at = " + query.place(to_value(actor.at)));
  query.append(", updated_by = " + query.place(to_value(actor.by)));
  where_scope(query, {.kind = kind, .id = id, .user_id = {}, .model = {}});
  return link_.write([&](Connection& connection) -> Result<void> {
    const Result<Outcome> updated = connection.run(query.text(), query.values());
    if (!updated) return std::unexpected(updated.error());
    if (updated->changed == 0) return not_found(row->entity);
    return {};
  });
}

}  // namespace stargate::store
