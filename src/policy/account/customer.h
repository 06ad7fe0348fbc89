// An end user of somebody's application, known by the `user` of requests.
#pragma once

#include <string>

#include "policy/account/limits.h"

namespace stargate::policy::account {

struct Customer {
  std::string customer_id;  // LiteLLM's user_id of a customer; unique
  std::string alias;
  std::string budget_id;
  std::string allowed_model_region;  // "eu", "us" or empty
  std::string default_model;
  JsonText object_permission = "{}";
  JsonText metadata = "{}";
  bool blocked = false;
  Limits limits;
  Spent spent;
  Stamp stamp;
  bool operator==(const Customer&) const = default;
};

}  // namespace stargate::policy::account
