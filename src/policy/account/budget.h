// Limits under a name, which keys, members, customers and organizations point to.
#pragma once

#include <string>

#include "policy/account/limits.h"

namespace stargate::policy::account {

struct Budget {
  std::string budget_id;  // unique
  Limits limits;
  Stamp stamp;
  bool operator==(const Budget&) const = default;
};

}  // namespace stargate::policy::account
