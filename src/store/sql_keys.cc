// Keys of SqlStore.
#include <fmt/format.h>

#include "store/entity_rows.h"
#include "store/rows.h"
#include "store/spend_batch.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

std::string order_of(const ports::Sort<ports::KeySort>& sort) {
  using ports::KeySort;
  const auto by = [&](std::string_view column, Nulls nulls = Nulls::kNever) {
    return order_by(column, "key_hash, deleted_at", sort.descending, nulls);
  };
  switch (sort.by) {
    case KeySort::kCreatedAt: return by("created_at");
    case KeySort::kUpdatedAt: return by("updated_at");
    case KeySort::kKeyAlias: return by("key_alias");
    case KeySort::kKeyHash: return by("key_hash");
    case KeySort::kSpend: return by("spend");
    case KeySort::kMaxBudget: return by("max_budget", Nulls::kSmallest);
    case KeySort::kExpiresAt: return by("expires_at", Nulls::kSmallest);
  }
  return by("key_hash");
}

Query where_key(const ports::KeyFilter& filter) {
  Query query;
  std::vector<std::string> either;
  if (!filter.user_id.empty()) either.push_back("user_id = " + query.place(to_value(filter.user_id)));
  if (!filter.or_team_ids.empty()) either.push_back(any_of(query, "team_id", filter.or_team_ids));
  if (!filter.or_created_by.empty()) either.push_back("created_by = " + query.place(to_value(filter.or_created_by)));
  if (!either.empty()) query.where(fmt::format("({})", fmt::join(either, " OR ")));
  query.where(filter.deleted ? "deleted_at <> 0" : "deleted_at = 0");
  query.where_any("key_hash", filter.key_hashes)
      .where_any("team_id", filter.team_ids)
      .where_equal("organization_id", filter.organization_id)
      .where_any("key_alias", filter.key_aliases)
      .where_contains("key_alias", filter.alias_contains)
      .where_equal("budget_id", filter.budget_id);
  if (filter.rotation_due_at) {
    query.where("auto_rotate").where_at_most("next_rotation_at", to_value(*filter.rotation_due_at));
  }
  return query;
}

Result<void> forget_retired(Connection& connection, const std::string& key_hash) {
  const Value values[] = {to_value(key_hash)};
  return without_rows(connection.run("DELETE FROM sg_retired_key WHERE old_hash = $1", values));
}

// The new row takes the old one's place in everything that counts for the key.
Result<void> move_key(Connection& connection, const std::string& old_hash, const std::string& new_hash,
                      account::Instant grace_until) {
  const Value hashes[] = {to_value(old_hash), to_value(new_hash)};
  for (const char* sql : {"UPDATE sg_key SET spend = (SELECT o.spend FROM sg_key o WHERE o.key_hash = $1 AND "
                          "o.deleted_at = 0), spend_since = (SELECT o.spend_since FROM sg_key o WHERE o.key_hash = $1 "
                          "AND o.deleted_at = 0) WHERE key_hash = $2 AND deleted_at = 0",
                          "UPDATE sg_meter SET id = $2 WHERE kind = 'key' AND id = $1",
                          "UPDATE sg_retired_key SET key_hash = $2 WHERE key_hash = $1"}) {
    if (Result<Outcome> done = connection.run(sql, hashes); !done) return std::unexpected(done.error());
  }
  const Value retired[] = {to_value(old_hash), to_value(new_hash), to_value(grace_until)};
  if (Result<Outcome> done =
          connection.run("INSERT INTO sg_retired_key (old_hash, key_hash, revoke_at) VALUES ($1, $2, $3)", retired);
      !done) {
    return std::unexpected(done.error());
  }
  const Value old[] = {to_value(old_hash)};
  return without_rows(connection.run("DELETE FROM sg_key WHERE key_hash = $1 AND deleted_at = 0", old));
}

}  // namespace

Result<void> SqlStore::create_key(const account::Key& key) {
  return link_.write([&](Connection& connection) -> Result<void> {
    if (Result<void> done = forget_retired(connection, key.key_hash); !done) return done;
    return insert_row(connection, key_table(), key);
  });
}

Result<account::Key> SqlStore::key_by_hash(const std::string& key_hash, account::Instant now) {
  Result<account::Key> key = find_row(link_, key_table(), "key_hash = $1 AND deleted_at = 0", {to_value(key_hash)});
  if (key || key.error().code != ErrorCode::kNotFound) return key;
  return find_row(link_, key_table(),
                  "deleted_at = 0 AND key_hash = (SELECT r.key_hash FROM sg_retired_key r WHERE r.old_hash = $1 AND "
                  "r.revoke_at > $2)",
                  {to_value(key_hash), to_value(now)});
}

Result<std::int64_t> SqlStore::update_key(const account::Key& key) {
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return update_row(connection, key_table(), key, "deleted_at = 0"); });
}

Result<void> SqlStore::replace_key(const std::string& old_hash, const account::Key& key, account::Instant grace_until) {
  return link_.write([&](Connection& connection) -> Result<void> {
    // A batch of spend rows that counts on the old key comes before or after.
    if (Result<void> locked = lock_spend(connection); !locked) return locked;
    const Value old[] = {to_value(old_hash)};
    // The alias is unique: the old row lets go of it before the new one takes it.
    const Result<Outcome> there =
        connection.run("UPDATE sg_key SET key_alias = '' WHERE key_hash = $1 AND deleted_at = 0", old);
    if (!there) return std::unexpected(there.error());
    if (there->changed == 0) return not_found("key");
    if (Result<void> done = forget_retired(connection, key.key_hash); !done) return done;
    if (Result<void> done = insert_row(connection, key_table(), key); !done) return done;
    return move_key(connection, old_hash, key.key_hash, grace_until);
  });
}

Result<std::vector<std::string>> SqlStore::delete_keys(const std::vector<std::string>& key_hashes,
                                                       const ports::Actor& actor) {
  using Hashes = std::vector<std::string>;
  if (key_hashes.empty()) return Hashes();
  if (Result<void> sound = check_ids(key_hashes); !sound) return std::unexpected(sound.error());
  return link_.write<Hashes>([&](Connection& connection) {
    return retire_keys(connection, actor, Query().where_any("key_hash", key_hashes));
  });
}

Result<ports::Listing<account::Key>> SqlStore::list_keys(const ports::KeyFilter& filter, const ports::Page& page,
                                                         const ports::Sort<ports::KeySort>& sort) {
  for (const auto* ids : {&filter.or_team_ids, &filter.key_hashes, &filter.team_ids, &filter.key_aliases}) {
    if (Result<void> sound = check_ids(*ids); !sound) return std::unexpected(sound.error());
  }
  return page_of_rows(link_, key_table(), where_key(filter), page, order_of(sort));
}

Result<ports::Listing<std::string>> SqlStore::list_key_aliases(const std::string& contains, const ports::Page& page) {
  if (Result<void> sound = check_page(page); !sound) return std::unexpected(sound.error());
  Query query;
  query.where("key_alias <> ''").where("deleted_at = 0").where_contains("key_alias", contains);
  const Result<Outcome> counted = link_.read("SELECT count(*) FROM sg_key" + query.text(), query.values());
  if (!counted) return std::unexpected(counted.error());
  const std::string where = query.text();
  const std::string limit = query.place(to_value(page.size));
  const std::string offset = query.place(to_value((page.number - 1) * page.size));
  const Result<Outcome> found = link_.read(
      fmt::format("SELECT key_alias FROM sg_key{} ORDER BY key_alias LIMIT {} OFFSET {}", where, limit, offset),
      query.values());
  if (!found) return std::unexpected(found.error());
  return ports::Listing<std::string>{.rows = first_texts(*found), .total = integer_of(counted->rows.at(0).at(0))};
}

}  // namespace stargate::store
