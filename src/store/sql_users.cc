// Users of SqlStore.
#include <fmt/format.h>

#include "store/entity_rows.h"
#include "store/rows.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

std::string order_of(const ports::Sort<ports::UserSort>& sort) {
  using ports::UserSort;
  const auto by = [&](std::string_view column, Nulls nulls = Nulls::kNever) {
    return order_by(column, "user_id", sort.descending, nulls);
  };
  switch (sort.by) {
    case UserSort::kCreatedAt: return by("created_at");
    case UserSort::kUserId: return by("user_id");
    case UserSort::kUserEmail: return by("user_email");
    case UserSort::kUserAlias: return by("user_alias");
    case UserSort::kUserRole: return by("user_role");
    case UserSort::kSpend: return by("spend");
    case UserSort::kMaxBudget: return by("max_budget", Nulls::kSmallest);
  }
  return by("user_id");
}

}  // namespace

Result<void> SqlStore::create_user(const account::User& user) {
  return link_.write([&](Connection& connection) { return insert_row(connection, user_table(), user); });
}

Result<account::User> SqlStore::find_user(const std::string& user_id) {
  return find_row(link_, user_table(), "user_id = $1", {to_value(user_id)});
}

Result<account::User> SqlStore::find_user_by_email(const std::string& email) {
  std::string folded = email;
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return find_row(link_, user_table(), "lower(user_email) = $1 AND user_email <> ''", {to_value(folded)});
}

Result<std::int64_t> SqlStore::update_user(const account::User& user) {
  return link_.write<std::int64_t>([&](Connection& connection) { return update_row(connection, user_table(), user); });
}

Result<std::int64_t> SqlStore::delete_users(const std::vector<std::string>& user_ids, const ports::Actor& actor) {
  if (user_ids.empty()) return 0;
  if (Result<void> sound = check_ids(user_ids); !sound) return std::unexpected(sound.error());
  return link_.write<std::int64_t>([&](Connection& connection) -> Result<std::int64_t> {
    if (auto keys = retire_keys(connection, actor, Query().where_any("user_id", user_ids)); !keys) {
      return std::unexpected(keys.error());
    }
    if (auto members = delete_any(connection, "sg_member", "user_id", user_ids); !members) return members;
    if (auto meters = delete_meters(connection, account::ScopeKind::kUser, user_ids); !meters) {
      return std::unexpected(meters.error());
    }
    return delete_any(connection, "sg_user", "user_id", user_ids);
  });
}

Result<ports::Listing<account::User>> SqlStore::list_users(const ports::UserFilter& filter, const ports::Page& page,
                                                           const ports::Sort<ports::UserSort>& sort) {
  if (Result<void> sound = check_ids(filter.user_ids); !sound) return std::unexpected(sound.error());
  if (Result<void> sound = check_ids(filter.sso_user_ids); !sound) return std::unexpected(sound.error());
  Query query;
  query.where_any("user_id", filter.user_ids)
      .where_any("sso_user_id", filter.sso_user_ids)
      .where_equal("user_role", filter.user_role)
      .where_contains("user_email", filter.email_contains)
      .where_equal("organization_id", filter.organization_id);
  if (!filter.team_id.empty()) {
    query.where(fmt::format("user_id IN (SELECT m.user_id FROM sg_member m WHERE m.team_id = {})",
                            query.place(to_value(filter.team_id))));
  }
  return page_of_rows(link_, user_table(), std::move(query), page, order_of(sort));
}

Result<std::map<std::string, std::int64_t>> SqlStore::count_keys(const std::vector<std::string>& user_ids) {
  if (Result<void> sound = check_ids(user_ids); !sound) return std::unexpected(sound.error());
  if (user_ids.empty()) return {};
  Query query("SELECT user_id, count(*) FROM sg_key");
  query.where_any("user_id", user_ids).where("deleted_at = 0").append(" GROUP BY user_id");
  const Result<Outcome> counted = link_.read(query);
  if (!counted) return std::unexpected(counted.error());
  std::map<std::string, std::int64_t> counts;
  for (const Row& row : counted->rows) counts[text_of(row.at(0))] = integer_of(row.at(1));
  return counts;
}

}  // namespace stargate::store
