// A person (or a program that stands for one) who owns keys.
#pragma once

#include <string>
#include <vector>

#include "policy/account/limits.h"

namespace stargate::policy::account {

struct User {
  std::string user_id;  // unique
  std::string user_alias;
  std::string user_email;  // unique without regard to ASCII case, when not empty
  std::string user_role;   // as LiteLLM spells it ("proxy_admin"); empty: internal_user
  std::string sso_user_id;
  std::string organization_id;
  std::string budget_id;
  std::vector<std::string> models;  // empty: all
  std::vector<std::string> allowed_cache_controls;
  JsonText aliases = "{}";
  JsonText permissions = "{}";
  JsonText object_permission = "{}";
  JsonText metadata = "{}";
  bool blocked = false;
  Limits limits;
  Spent spent;
  Stamp stamp;
  bool operator==(const User&) const = default;
};

}  // namespace stargate::policy::account
