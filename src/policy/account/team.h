// Teams and who is in them.
#pragma once

#include <string>
#include <vector>

#include "policy/account/limits.h"

namespace stargate::policy::account {

struct Team {
  std::string team_id;  // unique
  std::string team_alias;
  std::string organization_id;
  std::string budget_id;
  std::string member_budget_id;  // the Budget that new members get (team_member_budget and its companions)
  std::string member_key_duration;
  std::vector<std::string> models;  // empty: all
  std::vector<std::string> tags;
  std::vector<std::string> member_permissions;  // routes that plain members may call for the team's keys
  std::vector<std::string> access_group_ids;
  JsonText model_aliases = "{}";
  JsonText router_settings = "{}";
  JsonText object_permission = "{}";
  JsonText metadata = "{}";
  bool blocked = false;
  Limits limits;
  Spent spent;
  Stamp stamp;
  bool operator==(const Team&) const = default;
};

struct TeamMembership {
  std::string team_id;  // unique together with user_id
  std::string user_id;
  std::string role = "user";  // admin | user
  std::string budget_id;
  Limits limits;  // max_budget: max_budget_in_team
  Spent spent;    // of this user through this team's keys
  Stamp stamp;
  bool operator==(const TeamMembership&) const = default;
};

}  // namespace stargate::policy::account
