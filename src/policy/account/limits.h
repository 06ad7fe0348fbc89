// What users, teams, keys, members, customers, organizations and budgets have in common: limits, what was spent, and
// who wrote the row. Text that is absent is empty, in the databases too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/money.h"
#include "policy/account/instant.h"

namespace stargate::policy::account {

// nullopt: no limit.
struct Limits {
  std::optional<base::NanoUsd> max_budget;
  std::optional<base::NanoUsd> soft_budget;  // alerts only
  std::string budget_duration;               // as it was given ("30d", "monthly"); empty: the budget never resets
  std::optional<Instant> budget_reset_at;
  std::optional<std::int64_t> tpm_limit;
  std::optional<std::int64_t> rpm_limit;
  std::optional<std::int64_t> max_parallel_requests;
  JsonText model_max_budget = "{}";  // {"<model>": {"budget_limit", "time_period", "rpm_limit", "tpm_limit"}}
  bool operator==(const Limits&) const = default;
};

// Spend of the current budget window. Written by the insertion of spend rows, by resets and by set_spend alone: an
// update of the row around it leaves it as it is.
struct Spent {
  base::NanoUsd spend;
  Instant since;  // rows that were held before do not count; the epoch: all count
  bool operator==(const Spent&) const = default;
};

// Who wrote a row, and which edition it is. An update names the edition that it read and fails when another one has
// been written meanwhile.
struct Stamp {
  Instant created_at;
  std::string created_by;
  Instant updated_at;
  std::string updated_by;
  std::int64_t version = 1;
  bool operator==(const Stamp&) const = default;
};

}  // namespace stargate::policy::account
