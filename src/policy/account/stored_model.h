// A deployment that was added through the management API instead of the configuration file.
#pragma once

#include <string>

#include "policy/account/limits.h"

namespace stargate::policy::account {

struct StoredModel {
  std::string model_id;  // unique
  std::string model_name;
  std::string team_id;             // empty: everybody's
  JsonText litellm_params = "{}";  // secrets in it are encrypted before they come here
  JsonText model_info = "{}";
  bool blocked = false;
  Stamp stamp;
  bool operator==(const StoredModel&) const = default;
};

}  // namespace stargate::policy::account
