// A group of teams with a budget of its own.
#pragma once

#include <string>
#include <vector>

#include "policy/account/limits.h"

namespace stargate::policy::account {

struct Organization {
  std::string organization_id;  // unique
  std::string organization_alias;
  std::string budget_id;
  std::vector<std::string> models;  // empty: all
  JsonText metadata = "{}";
  Limits limits;
  Spent spent;
  Stamp stamp;
  bool operator==(const Organization&) const = default;
};

}  // namespace stargate::policy::account
