// The audit chain of SqlStore, transactions, and how a store is made.
#include <utility>

#include "store/failure.h"
#include "store/postgres_connection.h"
#include "store/rows.h"
#include "store/sql_store.h"
#include "store/sqlite_connection.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

account::AuditHead head_of(const Row& row) { return {.seq = integer_of(row.at(0)), .hash = text_of(row.at(1))}; }

// The hash is over what will be read again.
void make_storable(account::AuditEvent& event) {
  for (std::string* text :
       {&event.actor_user_id, &event.actor_role, &event.actor_key_hash, &event.changed_by, &event.action,
        &event.object_kind, &event.object_id, &event.before, &event.after, &event.request_id}) {
    *text = storable(*text);
  }
}

}  // namespace

Result<account::AuditEvent> SqlStore::append_audit(account::AuditEvent event) {
  make_storable(event);
  return link_.write<account::AuditEvent>([&](Connection& connection) -> Result<account::AuditEvent> {
    // The head is taken first: whoever else appends waits here, so that the chain does not fork.
    const Result<Outcome> head =
        connection.run("UPDATE sg_audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash", {});
    if (!head) return std::unexpected(head.error());
    if (head->rows.empty()) return refused("the head of the audit chain is missing");
    event.seq = integer_of(head->rows.front().at(0));
    event.previous_hash = text_of(head->rows.front().at(1));
    event.hash = hash_of_event(event);
    if (Result<void> done = insert_row(connection, audit_table(), event); !done) {
      return std::unexpected(done.error());
    }
    const Value values[] = {to_value(event.hash)};
    const Result<Outcome> moved = connection.run("UPDATE sg_audit_head SET hash = $1 WHERE id = 1", values);
    if (!moved) return std::unexpected(moved.error());
    return event;
  });
}

Result<ports::Listing<account::AuditEvent>> SqlStore::list_audit(const ports::AuditFilter& filter,
                                                                 const ports::Page& page) {
  Query query;
  query.where_equal("object_kind", filter.object_kind)
      .where_equal("object_id", filter.object_id)
      .where_equal("action", filter.action)
      .where_equal("actor_user_id", filter.actor_user_id)
      .where_at_least("at", to_value(filter.from))
      .where_below("at", to_value(filter.until));
  return page_of_rows(link_, audit_table(), std::move(query), page, "seq DESC");
}

Result<std::vector<account::AuditEvent>> SqlStore::read_audit(std::int64_t first_seq, std::int64_t rows_max) {
  if (Result<void> sound = check_rows(rows_max); !sound) return std::unexpected(sound.error());
  const Values values = {to_value(first_seq), to_value(rows_max)};
  const Result<Outcome> found = link_.read(audit_table().select() + " WHERE seq >= $1 ORDER BY seq LIMIT $2", values);
  if (!found) return std::unexpected(found.error());
  return audit_table().rows_of(found->rows);
}

Result<account::AuditHead> SqlStore::audit_head() {
  const Result<Outcome> found = link_.read("SELECT seq, hash FROM sg_audit_head WHERE id = 1", {});
  if (!found) return std::unexpected(found.error());
  if (found->rows.empty()) return refused("the head of the audit chain is missing");
  return head_of(found->rows.front());
}

Result<void> SqlStore::atomically(const std::function<Result<void>()>& work) {
  return link_.transact(Isolation::kSerializable, [&](Connection& /*connection*/) { return work(); });
}

Result<void> SqlStore::ping() { return without_rows(link_.read("SELECT 1", {})); }

Link::Open opener(const DatabaseUrl& url, const Settings& settings) {
  if (url.engine == Engine::kSqlite) return [url, settings] { return SqliteConnection::open(url.path, settings); };
  return [url, settings] { return PostgresConnection::open(url, settings); };
}

std::unique_ptr<ports::Store> make_store(const DatabaseUrl& url, const Settings& settings) {
  return std::make_unique<SqlStore>(opener(url, settings), settings);
}

}  // namespace stargate::store
