// Instances, leases and holds of SqlStore.
#include <fmt/format.h>

#include "store/entity_rows.h"
#include "store/rows.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {

Result<void> SqlStore::put_instance(const account::Instance& instance) {
  return link_.write([&](Connection& connection) { return put_row(connection, instance_table(), instance); });
}

Result<void> SqlStore::beat(const std::string& instance_id, account::Instant now) {
  return link_.write([&](Connection& connection) -> Result<void> {
    const Value values[] = {to_value(instance_id), to_value(now)};
    const Result<Outcome> updated =
        connection.run("UPDATE sg_instance SET heartbeat_at = $2 WHERE instance_id = $1", values);
    if (!updated) return std::unexpected(updated.error());
    if (updated->changed == 0) return not_found("instance");
    return {};
  });
}

Result<std::vector<account::Instance>> SqlStore::list_instances() {
  return all_rows(link_, instance_table(), Query(), "started_at, instance_id");
}

Result<void> SqlStore::delete_instance(const std::string& instance_id) {
  return link_.write([&](Connection& connection) -> Result<void> {
    if (auto leases = delete_any(connection, "sg_lease", "instance_id", {instance_id}); !leases) {
      return std::unexpected(leases.error());
    }
    const Result<std::int64_t> deleted = delete_any(connection, "sg_instance", "instance_id", {instance_id});
    if (!deleted) return std::unexpected(deleted.error());
    if (*deleted == 0) return not_found("instance");
    return {};
  });
}

Result<void> SqlStore::put_lease(const account::Lease& lease) {
  return link_.write([&](Connection& connection) { return put_row(connection, lease_table(), lease); });
}

Result<void> SqlStore::delete_lease(const std::string& lease_id) {
  return link_.write([&](Connection& connection) -> Result<void> {
    const Result<std::int64_t> deleted = delete_any(connection, "sg_lease", "lease_id", {lease_id});
    if (!deleted) return std::unexpected(deleted.error());
    if (*deleted == 0) return not_found("lease");
    return {};
  });
}

Result<std::vector<account::Lease>> SqlStore::list_leases(const account::Scope& scope) {
  Query query;
  for (const auto& [column, text] : {std::pair<std::string_view, std::string>{"kind", name_of(scope.kind)},
                                     {"id", scope.id},
                                     {"user_id", scope.user_id},
                                     {"model", scope.model}}) {
    query.where(fmt::format("{} = {}", column, query.place(to_value(text))));
  }
  return all_rows(link_, lease_table(), query, "taken_at, lease_id");
}

Result<std::vector<account::Lease>> SqlStore::list_leases_of(const std::string& instance_id) {
  return all_rows(link_, lease_table(), Query().where_equal("instance_id", instance_id), "taken_at, lease_id");
}

Result<std::vector<account::Lease>> SqlStore::take_expired_leases(account::Instant now) {
  using Leases = std::vector<account::Lease>;
  return link_.write<Leases>([&](Connection& connection) -> Result<Leases> {
    const Value values[] = {to_value(now)};
    const Result<Outcome> taken =
        connection.run("DELETE FROM sg_lease WHERE expires_at <= $1 RETURNING " + lease_table().column_names(), values);
    if (!taken) return std::unexpected(taken.error());
    return lease_table().rows_of(taken->rows);
  });
}

Result<void> SqlStore::put_holds(const std::vector<account::Hold>& holds) {
  if (holds.empty()) return {};
  return link_.write([&](Connection& connection) -> Result<void> {
    const Table<account::Hold>& table = hold_table();
    std::vector<Values> batch;
    batch.reserve(holds.size());
    for (const account::Hold& hold : holds) batch.push_back(table.values_of(hold));
    const std::string sql =
        fmt::format("INSERT INTO sg_hold ({}) SELECT {} FROM {{rows}} WHERE 1 = 1 ON CONFLICT DO NOTHING",
                    table.column_names(), table.column_names("v."));
    return without_rows(connection.run_batch(sql, table.batch_columns(), batch));
  });
}

Result<std::int64_t> SqlStore::delete_holds(const std::vector<std::string>& request_ids) {
  if (Result<void> sound = check_ids(request_ids); !sound) return std::unexpected(sound.error());
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return delete_any(connection, "sg_hold", "request_id", request_ids); });
}

Result<std::vector<account::Hold>> SqlStore::list_holds_of(const std::string& instance_id) {
  return all_rows(link_, hold_table(), Query().where_equal("instance_id", instance_id), "placed_at, request_id");
}

}  // namespace stargate::store
