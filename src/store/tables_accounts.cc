#include "store/tables.h"

namespace stargate::store {

namespace account = policy::account;

const Table<account::User>& user_table() {
  static const Table<account::User> kTable = [] {
    Table<account::User> table("sg_user", "user");
    table.add("user_id", [](auto& row) -> auto& { return row.user_id; }, Role::kIdentity);
    table.add("user_alias", [](auto& row) -> auto& { return row.user_alias; });
    table.add("user_email", [](auto& row) -> auto& { return row.user_email; });
    table.add("user_role", [](auto& row) -> auto& { return row.user_role; });
    table.add("sso_user_id", [](auto& row) -> auto& { return row.sso_user_id; });
    table.add("organization_id", [](auto& row) -> auto& { return row.organization_id; });
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; });
    table.add("models", [](auto& row) -> auto& { return row.models; });
    table.add("allowed_cache_controls", [](auto& row) -> auto& { return row.allowed_cache_controls; });
    table.add("aliases", [](auto& row) -> auto& { return row.aliases; });
    table.add("permissions", [](auto& row) -> auto& { return row.permissions; });
    table.add("object_permission", [](auto& row) -> auto& { return row.object_permission; });
    table.add("metadata", [](auto& row) -> auto& { return row.metadata; });
    table.add("blocked", [](auto& row) -> auto& { return row.blocked; });
    table.add_limits().add_spent().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::Team>& team_table() {
  static const Table<account::Team> kTable = [] {
    Table<account::Team> table("sg_team", "team");
    table.add("team_id", [](auto& row) -> auto& { return row.team_id; }, Role::kIdentity);
    table.add("team_alias", [](auto& row) -> auto& { return row.team_alias; });
    table.add("organization_id", [](auto& row) -> auto& { return row.organization_id; });
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; });
    table.add("member_budget_id", [](auto& row) -> auto& { return row.member_budget_id; });
    table.add("member_key_duration", [](auto& row) -> auto& { return row.member_key_duration; });
    table.add("models", [](auto& row) -> auto& { return row.models; });
    table.add("tags", [](auto& row) -> auto& { return row.tags; });
    table.add("member_permissions", [](auto& row) -> auto& { return row.member_permissions; });
    table.add("access_group_ids", [](auto& row) -> auto& { return row.access_group_ids; });
    table.add("model_aliases", [](auto& row) -> auto& { return row.model_aliases; });
    table.add("router_settings", [](auto& row) -> auto& { return row.router_settings; });
    table.add("object_permission", [](auto& row) -> auto& { return row.object_permission; });
    table.add("metadata", [](auto& row) -> auto& { return row.metadata; });
    table.add("blocked", [](auto& row) -> auto& { return row.blocked; });
    table.add_limits().add_spent().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::TeamMembership>& member_table() {
  static const Table<account::TeamMembership> kTable = [] {
    Table<account::TeamMembership> table("sg_member", "team member");
    table.add("team_id", [](auto& row) -> auto& { return row.team_id; }, Role::kIdentity);
    table.add("user_id", [](auto& row) -> auto& { return row.user_id; }, Role::kIdentity);
    table.add("role", [](auto& row) -> auto& { return row.role; });
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; });
    table.add_limits().add_spent().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::Key>& key_table() {
  static const Table<account::Key> kTable = [] {
    Table<account::Key> table("sg_key", "key");
    table.add("key_hash", [](auto& row) -> auto& { return row.key_hash; }, Role::kIdentity);
    table.add("key_hmac", [](auto& row) -> auto& { return row.key_hmac; });
    table.add("key_name", [](auto& row) -> auto& { return row.key_name; });
    table.add("key_alias", [](auto& row) -> auto& { return row.key_alias; });
    table.add("key_type", [](auto& row) -> auto& { return row.key_type; });
    table.add("user_id", [](auto& row) -> auto& { return row.user_id; });
    table.add("team_id", [](auto& row) -> auto& { return row.team_id; });
    table.add("organization_id", [](auto& row) -> auto& { return row.organization_id; });
    table.add("agent_id", [](auto& row) -> auto& { return row.agent_id; });
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; });
    table.add("models", [](auto& row) -> auto& { return row.models; });
    table.add("tags", [](auto& row) -> auto& { return row.tags; });
    table.add("allowed_routes", [](auto& row) -> auto& { return row.allowed_routes; });
    table.add("allowed_passthrough_routes", [](auto& row) -> auto& { return row.allowed_passthrough_routes; });
    table.add("allowed_cache_controls", [](auto& row) -> auto& { return row.allowed_cache_controls; });
    table.add("access_group_ids", [](auto& row) -> auto& { return row.access_group_ids; });
    table.add("aliases", [](auto& row) -> auto& { return row.aliases; });
    table.add("config", [](auto& row) -> auto& { return row.config; });
    table.add("permissions", [](auto& row) -> auto& { return row.permissions; });
    table.add("router_settings", [](auto& row) -> auto& { return row.router_settings; });
    table.add("object_permission", [](auto& row) -> auto& { return row.object_permission; });
    table.add("budget_fallbacks", [](auto& row) -> auto& { return row.budget_fallbacks; });
    table.add("budget_limits", [](auto& row) -> auto& { return row.budget_limits; });
    table.add("metadata", [](auto& row) -> auto& { return row.metadata; });
    table.add("blocked", [](auto& row) -> auto& { return row.blocked; });
    table.add("expires_at", [](auto& row) -> auto& { return row.expires_at; });
    table.add("temp_budget_increase", [](auto& row) -> auto& { return row.temp_budget_increase; });
    table.add("temp_budget_expires_at", [](auto& row) -> auto& { return row.temp_budget_expires_at; });
    table.add("auto_rotate", [](auto& row) -> auto& { return row.auto_rotate; });
    table.add("rotation_interval", [](auto& row) -> auto& { return row.rotation_interval; });
    table.add("rotations", [](auto& row) -> auto& { return row.rotations; });
    table.add("last_rotation_at", [](auto& row) -> auto& { return row.last_rotation_at; });
    table.add("next_rotation_at", [](auto& row) -> auto& { return row.next_rotation_at; });
    // 0 while the key lives: a part of the primary key, and so never NULL.
    table.add_column({.name = "deleted_at",
                      .type = ValueType::kInteger,
                      .write =
                          [](const account::Key& key) {
                            return key.deleted_at ? to_value(*key.deleted_at) : to_value(std::int64_t{0});
                          },
                      .read =
                          [](account::Key& key, const Cell& cell) {
                            key.deleted_at.reset();
                            if (integer_of(cell) != 0) from_cell(cell, key.deleted_at);
                          },
                      .role = Role::kFixed});
    table.add("deleted_by", [](auto& row) -> auto& { return row.deleted_by; }, Role::kFixed);
    table.add_limits().add_spent().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::Budget>& budget_table() {
  static const Table<account::Budget> kTable = [] {
    Table<account::Budget> table("sg_budget", "budget");
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; }, Role::kIdentity);
    table.add_limits().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::Customer>& customer_table() {
  static const Table<account::Customer> kTable = [] {
    Table<account::Customer> table("sg_customer", "customer");
    table.add("customer_id", [](auto& row) -> auto& { return row.customer_id; }, Role::kIdentity);
    table.add("alias", [](auto& row) -> auto& { return row.alias; });
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; });
    table.add("allowed_model_region", [](auto& row) -> auto& { return row.allowed_model_region; });
    table.add("default_model", [](auto& row) -> auto& { return row.default_model; });
    table.add("object_permission", [](auto& row) -> auto& { return row.object_permission; });
    table.add("metadata", [](auto& row) -> auto& { return row.metadata; });
    table.add("blocked", [](auto& row) -> auto& { return row.blocked; });
    table.add_limits().add_spent().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::Organization>& organization_table() {
  static const Table<account::Organization> kTable = [] {
    Table<account::Organization> table("sg_organization", "organization");
    table.add("organization_id", [](auto& row) -> auto& { return row.organization_id; }, Role::kIdentity);
    table.add("organization_alias", [](auto& row) -> auto& { return row.organization_alias; });
    table.add("budget_id", [](auto& row) -> auto& { return row.budget_id; });
    table.add("models", [](auto& row) -> auto& { return row.models; });
    table.add("metadata", [](auto& row) -> auto& { return row.metadata; });
    table.add_limits().add_spent().add_stamp();
    return table;
  }();
  return kTable;
}

const Table<account::StoredModel>& model_table() {
  static const Table<account::StoredModel> kTable = [] {
    Table<account::StoredModel> table("sg_model", "model");
    table.add("model_id", [](auto& row) -> auto& { return row.model_id; }, Role::kIdentity);
    table.add("model_name", [](auto& row) -> auto& { return row.model_name; });
    table.add("team_id", [](auto& row) -> auto& { return row.team_id; });
    table.add("litellm_params", [](auto& row) -> auto& { return row.litellm_params; });
    table.add("model_info", [](auto& row) -> auto& { return row.model_info; });
    table.add("blocked", [](auto& row) -> auto& { return row.blocked; });
    table.add_stamp();
    return table;
  }();
  return kTable;
}

}  // namespace stargate::store
