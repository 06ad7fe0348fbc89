#include "store/tables.h"

namespace stargate::store {

namespace account = policy::account;

namespace {

// An enumeration stands in its column by name.
template <class T, class Name, class Read>
Column<T> named(std::string_view column, Name name, Read read, Role role) {
  return {.name = column,
          .type = ValueType::kText,
          .write = [name](const T& row) { return to_value(std::string(name(row))); },
          .read = [read](T& row, const Cell& cell) { read(row, text_of(cell)); },
          .role = role};
}

}  // namespace

const Table<account::SpendRow>& spend_table() {
  static const Table<account::SpendRow> kTable = [] {
    Table<account::SpendRow> table("sg_spend", "spend row");
    table.add("request_id", [](auto& row) -> auto& { return row.request_id; }, Role::kIdentity);
    table.add("call_type", [](auto& row) -> auto& { return row.call_type; });
    table.add("endpoint", [](auto& row) -> auto& { return row.endpoint; });
    table.add("key_hash", [](auto& row) -> auto& { return row.key_hash; });
    table.add("key_alias", [](auto& row) -> auto& { return row.key_alias; });
    table.add("user_id", [](auto& row) -> auto& { return row.user_id; });
    table.add("team_id", [](auto& row) -> auto& { return row.team_id; });
    table.add("organization_id", [](auto& row) -> auto& { return row.organization_id; });
    table.add("customer_id", [](auto& row) -> auto& { return row.customer_id; });
    table.add("session_id", [](auto& row) -> auto& { return row.session_id; });
    table.add("agent_id", [](auto& row) -> auto& { return row.agent_id; });
    table.add("model", [](auto& row) -> auto& { return row.model; });
    table.add("model_id", [](auto& row) -> auto& { return row.model_id; });
    table.add("model_group", [](auto& row) -> auto& { return row.model_group; });
    table.add("provider", [](auto& row) -> auto& { return row.provider; });
    table.add("api_base", [](auto& row) -> auto& { return row.api_base; });
    table.add("requester_ip", [](auto& row) -> auto& { return row.requester_ip; });
    table.add("user_agent", [](auto& row) -> auto& { return row.user_agent; });
    table.add("cache_hit", [](auto& row) -> auto& { return row.cache_hit; });
    table.add("cache_key", [](auto& row) -> auto& { return row.cache_key; });
    table.add("mcp_tool", [](auto& row) -> auto& { return row.mcp_tool; });
    table.add("status", [](auto& row) -> auto& { return row.status; });
    table.add("error_code", [](auto& row) -> auto& { return row.error_code; });
    table.add("error_class", [](auto& row) -> auto& { return row.error_class; });
    table.add("error_message", [](auto& row) -> auto& { return row.error_message; });
    table.add("tags", [](auto& row) -> auto& { return row.tags; });
    table.add("spend", [](auto& row) -> auto& { return row.spend; });
    table.add("prompt_tokens", [](auto& row) -> auto& { return row.tokens.prompt; });
    table.add("completion_tokens", [](auto& row) -> auto& { return row.tokens.completion; });
    table.add("total_tokens", [](auto& row) -> auto& { return row.tokens.total; });
    table.add("cache_read_tokens", [](auto& row) -> auto& { return row.tokens.cache_read; });
    table.add("cache_write_5m_tokens", [](auto& row) -> auto& { return row.tokens.cache_write_5m; });
    table.add("cache_write_1h_tokens", [](auto& row) -> auto& { return row.tokens.cache_write_1h; });
    table.add("reasoning_tokens", [](auto& row) -> auto& { return row.tokens.reasoning; });
    table.add("start_time", [](auto& row) -> auto& { return row.start_time; });
    table.add("end_time", [](auto& row) -> auto& { return row.end_time; });
    table.add("completion_start_time", [](auto& row) -> auto& { return row.completion_start_time; });
    table.add("held_at", [](auto& row) -> auto& { return row.held_at; });
    table.add("estimated", [](auto& row) -> auto& { return row.estimated; });
    table.add("hold", [](auto& row) -> auto& { return row.hold; });
    table.add("clamp_tokens", [](auto& row) -> auto& { return row.clamp_tokens; });
    table.add("attempts", [](auto& row) -> auto& { return row.attempts; });
    table.add("metadata", [](auto& row) -> auto& { return row.metadata; });
    table.add("messages", [](auto& row) -> auto& { return row.messages; });
    table.add("response", [](auto& row) -> auto& { return row.response; });
    table.add("proxy_request", [](auto& row) -> auto& { return row.proxy_request; });
    table.add("instance_id", [](auto& row) -> auto& { return row.instance_id; });
    return table;
  }();
  return kTable;
}

const Table<account::DailyAggregate>& daily_table() {
  static const Table<account::DailyAggregate> kTable = [] {
    Table<account::DailyAggregate> table("sg_daily", "daily aggregate");
    table.add_column(named<account::DailyAggregate>(
        "kind", [](const auto& row) { return name_of(row.key.kind); },
        [](auto& row, const std::string& name) { row.key.kind = account::daily_kind_of(name); }, Role::kIdentity));
    table.add("entity_id", [](auto& row) -> auto& { return row.key.entity_id; }, Role::kIdentity);
    table.add("date", [](auto& row) -> auto& { return row.key.date; }, Role::kIdentity);
    table.add("key_hash", [](auto& row) -> auto& { return row.key.key_hash; }, Role::kIdentity);
    table.add("model", [](auto& row) -> auto& { return row.key.model; }, Role::kIdentity);
    table.add("model_group", [](auto& row) -> auto& { return row.key.model_group; }, Role::kIdentity);
    table.add("provider", [](auto& row) -> auto& { return row.key.provider; }, Role::kIdentity);
    table.add("endpoint", [](auto& row) -> auto& { return row.key.endpoint; }, Role::kIdentity);
    table.add("mcp_tool", [](auto& row) -> auto& { return row.key.mcp_tool; }, Role::kIdentity);
    table.add("spend", [](auto& row) -> auto& { return row.metrics.spend; });
    table.add("prompt_tokens", [](auto& row) -> auto& { return row.metrics.prompt_tokens; });
    table.add("completion_tokens", [](auto& row) -> auto& { return row.metrics.completion_tokens; });
    table.add("cache_read_tokens", [](auto& row) -> auto& { return row.metrics.cache_read_tokens; });
    table.add("cache_write_tokens", [](auto& row) -> auto& { return row.metrics.cache_write_tokens; });
    table.add("requests", [](auto& row) -> auto& { return row.metrics.requests; });
    table.add("successful_requests", [](auto& row) -> auto& { return row.metrics.successful_requests; });
    table.add("failed_requests", [](auto& row) -> auto& { return row.metrics.failed_requests; });
    return table;
  }();
  return kTable;
}

const Table<account::AuditEvent>& audit_table() {
  static const Table<account::AuditEvent> kTable = [] {
    Table<account::AuditEvent> table("sg_audit", "audit event");
    table.add("seq", [](auto& row) -> auto& { return row.seq; }, Role::kIdentity);
    table.add("at", [](auto& row) -> auto& { return row.at; });
    table.add("actor_user_id", [](auto& row) -> auto& { return row.actor_user_id; });
    table.add("actor_role", [](auto& row) -> auto& { return row.actor_role; });
    table.add("actor_key_hash", [](auto& row) -> auto& { return row.actor_key_hash; });
    table.add("changed_by", [](auto& row) -> auto& { return row.changed_by; });
    table.add("action", [](auto& row) -> auto& { return row.action; });
    table.add("object_kind", [](auto& row) -> auto& { return row.object_kind; });
    table.add("object_id", [](auto& row) -> auto& { return row.object_id; });
    table.add("before_json", [](auto& row) -> auto& { return row.before; });
    table.add("after_json", [](auto& row) -> auto& { return row.after; });
    table.add("request_id", [](auto& row) -> auto& { return row.request_id; });
    table.add("previous_hash", [](auto& row) -> auto& { return row.previous_hash; });
    table.add("hash", [](auto& row) -> auto& { return row.hash; });
    return table;
  }();
  return kTable;
}

const Table<account::Instance>& instance_table() {
  static const Table<account::Instance> kTable = [] {
    Table<account::Instance> table("sg_instance", "instance");
    table.add("instance_id", [](auto& row) -> auto& { return row.instance_id; }, Role::kIdentity);
    table.add("host", [](auto& row) -> auto& { return row.host; });
    table.add("version", [](auto& row) -> auto& { return row.version; });
    table.add("started_at", [](auto& row) -> auto& { return row.started_at; });
    table.add("heartbeat_at", [](auto& row) -> auto& { return row.heartbeat_at; });
    return table;
  }();
  return kTable;
}

const Table<account::Lease>& lease_table() {
  static const Table<account::Lease> kTable = [] {
    Table<account::Lease> table("sg_lease", "lease");
    table.add("lease_id", [](auto& row) -> auto& { return row.lease_id; }, Role::kIdentity);
    table.add("instance_id", [](auto& row) -> auto& { return row.instance_id; });
    table.add_column(named<account::Lease>(
        "kind", [](const auto& row) { return name_of(row.scope.kind); },
        [](auto& row, const std::string& name) { row.scope.kind = account::scope_kind_of(name); }, Role::kPlain));
    table.add("id", [](auto& row) -> auto& { return row.scope.id; });
    table.add("user_id", [](auto& row) -> auto& { return row.scope.user_id; });
    table.add("model", [](auto& row) -> auto& { return row.scope.model; });
    table.add("resource", [](auto& row) -> auto& { return row.resource; });
    table.add("amount", [](auto& row) -> auto& { return row.amount; });
    table.add("used", [](auto& row) -> auto& { return row.used; });
    table.add("taken_at", [](auto& row) -> auto& { return row.taken_at; });
    table.add("expires_at", [](auto& row) -> auto& { return row.expires_at; });
    return table;
  }();
  return kTable;
}

const Table<account::Hold>& hold_table() {
  static const Table<account::Hold> kTable = [] {
    Table<account::Hold> table("sg_hold", "hold");
    table.add("request_id", [](auto& row) -> auto& { return row.request_id; }, Role::kIdentity);
    table.add("instance_id", [](auto& row) -> auto& { return row.instance_id; });
    table.add("key_hash", [](auto& row) -> auto& { return row.key_hash; });
    table.add("amount", [](auto& row) -> auto& { return row.amount; });
    table.add("detail", [](auto& row) -> auto& { return row.detail; });
    table.add("placed_at", [](auto& row) -> auto& { return row.placed_at; });
    table.add("expires_at", [](auto& row) -> auto& { return row.expires_at; });
    return table;
  }();
  return kTable;
}

}  // namespace stargate::store
