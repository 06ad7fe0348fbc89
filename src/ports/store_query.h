// How lists are asked for: filters, pages and orders. An empty member of a filter does not filter; all members must
// hold together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "policy/account/instant.h"
#include "policy/account/spend.h"

namespace stargate::ports {

// Pages count from 1. Sizes beyond kPageRowsMax are refused.
struct Page {
  static constexpr std::int64_t kPageRowsMax = 10'000;
  std::int64_t number = 1;
  std::int64_t size = 25;
};

template <class Row>
struct Listing {
  std::vector<Row> rows;
  std::int64_t total = 0;  // of all pages
};

// Equal rows are ordered by their identity, so that pages neither repeat nor miss a row.
template <class Field>
struct Sort {
  Field by{};
  bool descending = false;
};

enum class UserSort : std::uint8_t { kCreatedAt, kUserId, kUserEmail, kUserAlias, kUserRole, kSpend, kMaxBudget };
struct UserFilter {
  std::vector<std::string> user_ids = {};
  std::vector<std::string> sso_user_ids = {};
  std::string user_role = {};
  std::string email_contains = {};  // without regard to ASCII case
  std::string team_id = {};         // members of it
  std::string organization_id = {};
};

enum class TeamSort : std::uint8_t { kCreatedAt, kTeamId, kTeamAlias, kSpend, kMaxBudget };
struct TeamFilter {
  std::vector<std::string> team_ids = {};
  std::string member_user_id = {};
  std::string organization_id = {};
  std::string alias_contains = {};  // without regard to ASCII case
};

enum class KeySort : std::uint8_t { kCreatedAt, kUpdatedAt, kKeyAlias, kKeyHash, kSpend, kMaxBudget, kExpiresAt };
struct KeyFilter {
  // A key passes when one of these three that is not empty holds ("mine, those of my teams, those that I made").
  std::string user_id = {};
  std::vector<std::string> or_team_ids = {};
  std::string or_created_by = {};

  std::vector<std::string> key_hashes = {};
  std::vector<std::string> team_ids = {};
  std::string organization_id = {};
  std::vector<std::string> key_aliases = {};
  std::string alias_contains = {};  // without regard to ASCII case
  std::string budget_id = {};
  std::optional<policy::account::Instant> rotation_due_at = {};  // auto_rotate, and due at that time
  bool deleted = false;                                          // the deleted ones instead of the living
};

enum class NameSort : std::uint8_t { kCreatedAt, kName };

struct ModelFilter {
  std::string model_name = {};
  std::string team_id = {};
};

enum class SpendSort : std::uint8_t { kStartTime, kEndTime, kSpend, kTotalTokens };
struct SpendFilter {
  std::optional<policy::account::Instant> from = {};   // start_time, inclusive
  std::optional<policy::account::Instant> until = {};  // exclusive
  std::string request_id = {};
  std::vector<std::string> key_hashes = {};
  std::string key_alias = {};
  std::vector<std::string> user_ids = {};
  std::vector<std::string> team_ids = {};
  std::string organization_id = {};
  std::string customer_id = {};
  std::string session_id = {};
  std::string agent_id = {};
  std::string model = {};
  std::string model_id = {};
  std::string model_group = {};
  std::string status = {};
  std::string error_code = {};
  std::string error_contains = {};  // in error_message, without regard to ASCII case
  std::optional<base::NanoUsd> spend_min = {};
  std::optional<base::NanoUsd> spend_max = {};
};

enum class SpendDimension : std::uint8_t { kSession, kKey, kUser, kTeam, kCustomer, kModelGroup, kProvider, kAgent };

struct SpendSum {
  std::string name;  // session id, key hash ...; empty: the rows without one
  policy::account::DailyMetrics metrics;
  policy::account::Instant first;  // start_time of the first and the last row
  policy::account::Instant last;
};

// Where a walk over spend rows stands: the last row that was seen. The default stands before the first.
struct SpendCursor {
  policy::account::Instant start_time = policy::account::Instant::min();
  std::string request_id = {};
};

struct DailyFilter {
  policy::account::DailyKind kind = policy::account::DailyKind::kUser;
  std::optional<policy::account::Day> from = {};
  std::optional<policy::account::Day> until = {};  // inclusive
  std::vector<std::string> entity_ids = {};
  std::vector<std::string> key_hashes = {};
  std::string model = {};
};

enum class DailyDimension : std::uint8_t { kDate, kEntity, kKey, kModel, kModelGroup, kProvider, kEndpoint };
enum class DailySort : std::uint8_t { kDimensions, kSpendDescending };

// Members of `key` that were not asked for are empty.
struct DailySum {
  policy::account::DailyKey key;
  policy::account::DailyMetrics metrics;
};

struct AuditFilter {
  std::string object_kind = {};
  std::string object_id = {};
  std::string action = {};
  std::string actor_user_id = {};
  std::optional<policy::account::Instant> from = {};
  std::optional<policy::account::Instant> until = {};
};

}  // namespace stargate::ports
