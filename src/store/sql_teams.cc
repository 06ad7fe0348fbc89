// Teams and memberships of SqlStore.
#include <fmt/format.h>

#include "store/entity_rows.h"
#include "store/rows.h"
#include "store/sql_store.h"
#include "store/tables.h"

namespace stargate::store {
namespace {

std::string order_of(const ports::Sort<ports::TeamSort>& sort) {
  using ports::TeamSort;
  const auto by = [&](std::string_view column, Nulls nulls = Nulls::kNever) {
    return order_by(column, "team_id", sort.descending, nulls);
  };
  switch (sort.by) {
    case TeamSort::kCreatedAt: return by("created_at");
    case TeamSort::kTeamId: return by("team_id");
    case TeamSort::kTeamAlias: return by("team_alias");
    case TeamSort::kSpend: return by("spend");
    case TeamSort::kMaxBudget: return by("max_budget", Nulls::kSmallest);
  }
  return by("team_id");
}

}  // namespace

Result<void> SqlStore::create_team(const account::Team& team) {
  return link_.write([&](Connection& connection) { return insert_row(connection, team_table(), team); });
}

Result<account::Team> SqlStore::find_team(const std::string& team_id) {
  return find_row(link_, team_table(), "team_id = $1", {to_value(team_id)});
}

Result<std::int64_t> SqlStore::update_team(const account::Team& team) {
  return link_.write<std::int64_t>([&](Connection& connection) { return update_row(connection, team_table(), team); });
}

Result<std::vector<std::string>> SqlStore::delete_teams(const std::vector<std::string>& team_ids,
                                                        const ports::Actor& actor) {
  using Ids = std::vector<std::string>;
  if (team_ids.empty()) return Ids();
  if (Result<void> sound = check_ids(team_ids); !sound) return std::unexpected(sound.error());
  return link_.write<Ids>([&](Connection& connection) -> Result<Ids> {
    if (auto keys = retire_keys(connection, actor, Query().where_any("team_id", team_ids)); !keys) return keys;
    if (auto members = delete_any(connection, "sg_member", "team_id", team_ids); !members) {
      return std::unexpected(members.error());
    }
    if (auto meters = delete_meters(connection, account::ScopeKind::kTeam, team_ids); !meters) {
      return std::unexpected(meters.error());
    }
    Query query("DELETE FROM sg_team");
    query.where_any("team_id", team_ids).append(" RETURNING team_id");
    const Result<Outcome> deleted = connection.run(query.text(), query.values(), Keep::kNo);
    if (!deleted) return std::unexpected(deleted.error());
    return first_texts(*deleted);
  });
}

Result<ports::Listing<account::Team>> SqlStore::list_teams(const ports::TeamFilter& filter, const ports::Page& page,
                                                           const ports::Sort<ports::TeamSort>& sort) {
  if (Result<void> sound = check_ids(filter.team_ids); !sound) return std::unexpected(sound.error());
  Query query;
  query.where_any("team_id", filter.team_ids)
      .where_equal("organization_id", filter.organization_id)
      .where_contains("team_alias", filter.alias_contains);
  if (!filter.member_user_id.empty()) {
    query.where(fmt::format("team_id IN (SELECT m.team_id FROM sg_member m WHERE m.user_id = {})",
                            query.place(to_value(filter.member_user_id))));
  }
  return page_of_rows(link_, team_table(), std::move(query), page, order_of(sort));
}

Result<void> SqlStore::add_member(const account::TeamMembership& membership) {
  return link_.write([&](Connection& connection) -> Result<void> {
    const Value team[] = {to_value(membership.team_id)};
    const Result<Outcome> there = connection.run("SELECT 1 FROM sg_team WHERE team_id = $1", team);
    if (!there) return std::unexpected(there.error());
    if (there->rows.empty()) return not_found("team");
    return insert_row(connection, member_table(), membership);
  });
}

Result<account::TeamMembership> SqlStore::find_member(const std::string& team_id, const std::string& user_id) {
  return find_row(link_, member_table(), "team_id = $1 AND user_id = $2", {to_value(team_id), to_value(user_id)});
}

Result<std::int64_t> SqlStore::update_member(const account::TeamMembership& membership) {
  return link_.write<std::int64_t>(
      [&](Connection& connection) { return update_row(connection, member_table(), membership); });
}

Result<void> SqlStore::remove_member(const std::string& team_id, const std::string& user_id,
                                     const ports::Actor& actor) {
  return link_.write([&](Connection& connection) -> Result<void> {
    Query keys;
    keys.where("team_id = " + keys.place(to_value(team_id))).where("user_id = " + keys.place(to_value(user_id)));
    if (auto retired = retire_keys(connection, actor, keys); !retired) return std::unexpected(retired.error());
    const Value values[] = {to_value(team_id), to_value(user_id)};
    const Result<Outcome> removed = connection.run("DELETE FROM sg_member WHERE team_id = $1 AND user_id = $2", values);
    if (!removed) return std::unexpected(removed.error());
    if (removed->changed == 0) return not_found("team member");
    return {};
  });
}

Result<std::vector<account::TeamMembership>> SqlStore::list_members(const std::vector<std::string>& team_ids,
                                                                    const std::vector<std::string>& user_ids) {
  if (Result<void> sound = check_ids(team_ids); !sound) return std::unexpected(sound.error());
  if (Result<void> sound = check_ids(user_ids); !sound) return std::unexpected(sound.error());
  if (team_ids.empty() && user_ids.empty()) {
    return base::fail(ErrorCode::kBadRequest, "members are listed of teams or of users");
  }
  Query query;
  query.where_any("team_id", team_ids).where_any("user_id", user_ids);
  return all_rows(link_, member_table(), query, "team_id, user_id");
}

}  // namespace stargate::store
