// The database: named operations on users, keys, budgets, spend, audit and leases. Implemented by the room `store` over
// SQLite and PostgreSQL.
//
// Every call blocks; it belongs on the threads of the store's pool, never on a core's. Times come from the caller.
// Errors of every call:
//   kUnavailable   the database is away, read-only, full, or too busy after bounded retries (retry says whether the
//   same
//                  call may succeed later). Never to be taken for "no such key". After a write it is not known whether
//                  it was done when the connection broke at its very end; insert_spend() may be repeated all the same.
//   kConflict      `param` names what is taken ("user_email", "key_alias", ...), or is "version": somebody else has
//                  written the row since it was read
//   kNotFound      there is no such row
//   kBadRequest    the question itself is out of bounds (page sizes, number of ids)
//   kInternal      a statement that the database refuses: our mistake
// Messages hold no values of rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/account/audit.h"
#include "policy/account/budget.h"
#include "policy/account/customer.h"
#include "policy/account/key.h"
#include "policy/account/lease.h"
#include "policy/account/organization.h"
#include "policy/account/scope.h"
#include "policy/account/spend.h"
#include "policy/account/stored_model.h"
#include "policy/account/team.h"
#include "policy/account/user.h"
#include "ports/store_query.h"

namespace stargate::ports {

namespace account = policy::account;

// Who did it and when, for rows that are blocked, deleted or reset.
struct Actor {
  account::Instant at = {};
  std::string by = {};
};

// Entities and who belongs to whom. create_*: kConflict when the identity (or a unique name) is taken. update_*: writes
// the whole row but its spend, created_* and deleted_*, if its version is still the given one; returns the new version.
class Accounts {
 public:
  virtual ~Accounts() = default;

  virtual Result<void> create_user(const account::User& user) = 0;
  virtual Result<account::User> find_user(const std::string& user_id) = 0;
  virtual Result<account::User> find_user_by_email(const std::string& email) = 0;  // without regard to ASCII case
  virtual Result<std::int64_t> update_user(const account::User& user) = 0;
  // With their memberships and, as deleted keys, their keys. Returns how many users there were.
  virtual Result<std::int64_t> delete_users(const std::vector<std::string>& user_ids, const Actor& actor) = 0;
  virtual Result<Listing<account::User>> list_users(const UserFilter& filter, const Page& page,
                                                    const Sort<UserSort>& sort) = 0;
  // Keys of each of these users; those without a key are absent.
  virtual Result<std::map<std::string, std::int64_t>> count_keys(const std::vector<std::string>& user_ids) = 0;

  virtual Result<void> create_team(const account::Team& team) = 0;
  virtual Result<account::Team> find_team(const std::string& team_id) = 0;
  virtual Result<std::int64_t> update_team(const account::Team& team) = 0;
  // With their memberships and, as deleted keys, their keys. Returns the ids that there were.
  virtual Result<std::vector<std::string>> delete_teams(const std::vector<std::string>& team_ids,
                                                        const Actor& actor) = 0;
  virtual Result<Listing<account::Team>> list_teams(const TeamFilter& filter, const Page& page,
                                                    const Sort<TeamSort>& sort) = 0;

  virtual Result<void> add_member(const account::TeamMembership& membership) = 0;  // kNotFound: no such team
  virtual Result<account::TeamMembership> find_member(const std::string& team_id, const std::string& user_id) = 0;
  virtual Result<std::int64_t> update_member(const account::TeamMembership& membership) = 0;
  // The member's keys of this team become deleted keys.
  virtual Result<void> remove_member(const std::string& team_id, const std::string& user_id, const Actor& actor) = 0;
  // In order of team and user; an empty list does not filter, but not both may be empty.
  virtual Result<std::vector<account::TeamMembership>> list_members(const std::vector<std::string>& team_ids,
                                                                    const std::vector<std::string>& user_ids) = 0;

  virtual Result<void> create_key(const account::Key& key) = 0;
  // The living key of this hash, or the one that has replaced it while its grace lasts. One indexed query when it is
  // there.
  virtual Result<account::Key> key_by_hash(const std::string& key_hash, account::Instant now) = 0;
  virtual Result<std::int64_t> update_key(const account::Key& key) = 0;
  // `key` takes the place of `old_hash`, with its spend and meters. Until `grace_until` the old hash still opens; spend
  // rows that still name it count on the new one.
  virtual Result<void> replace_key(const std::string& old_hash, const account::Key& key,
                                   account::Instant grace_until) = 0;
  // Returns the hashes that there were.
  virtual Result<std::vector<std::string>> delete_keys(const std::vector<std::string>& key_hashes,
                                                       const Actor& actor) = 0;
  virtual Result<Listing<account::Key>> list_keys(const KeyFilter& filter, const Page& page,
                                                  const Sort<KeySort>& sort) = 0;
  // Of living keys, in order of the alphabet.
  virtual Result<Listing<std::string>> list_key_aliases(const std::string& contains, const Page& page) = 0;

  virtual Result<void> create_budget(const account::Budget& budget) = 0;
  virtual Result<account::Budget> find_budget(const std::string& budget_id) = 0;
  virtual Result<std::int64_t> update_budget(const account::Budget& budget) = 0;
  virtual Result<void> delete_budget(const std::string& budget_id) = 0;  // whoever points to it loses it
  // Of these ids; all when there is none.
  virtual Result<std::vector<account::Budget>> list_budgets(const std::vector<std::string>& budget_ids) = 0;

  virtual Result<void> create_customer(const account::Customer& customer) = 0;
  virtual Result<account::Customer> find_customer(const std::string& customer_id) = 0;
  virtual Result<std::int64_t> update_customer(const account::Customer& customer) = 0;
  virtual Result<std::int64_t> delete_customers(const std::vector<std::string>& customer_ids) = 0;
  virtual Result<Listing<account::Customer>> list_customers(const Page& page, const Sort<NameSort>& sort) = 0;

  virtual Result<void> create_organization(const account::Organization& organization) = 0;
  virtual Result<account::Organization> find_organization(const std::string& organization_id) = 0;
  virtual Result<std::int64_t> update_organization(const account::Organization& organization) = 0;
  virtual Result<void> delete_organization(const std::string& organization_id) = 0;  // whoever points to it loses it
  virtual Result<Listing<account::Organization>> list_organizations(const Page& page, const Sort<NameSort>& sort) = 0;

  virtual Result<void> create_model(const account::StoredModel& model) = 0;
  virtual Result<account::StoredModel> find_model(const std::string& model_id) = 0;
  virtual Result<std::int64_t> update_model(const account::StoredModel& model) = 0;
  virtual Result<void> delete_model(const std::string& model_id) = 0;
  virtual Result<std::vector<account::StoredModel>> list_models(const ModelFilter& filter) = 0;

  // Keys, teams, users and customers; kBadRequest for the other kinds.
  virtual Result<void> set_blocked(account::ScopeKind kind, const std::string& id, bool blocked,
                                   const Actor& actor) = 0;
};

// A budget whose window is over.
struct DueReset {
  account::Scope scope;
  std::string budget_duration;
  account::Instant reset_at;  // when it was due
};

// What a scope has spent, where it has no row of its own.
struct Meter {
  account::Scope scope;
  account::Spent spent;
};

// What became of a batch of spend rows.
struct SpendInserted {
  std::int64_t rows = 0;        // new ones, counted
  std::int64_t duplicates = 0;  // were there before (or twice in the batch): not counted again
};

// Spend: rows, daily aggregates and the spend of every scope, which move together or not at all.
class SpendLog {
 public:
  static constexpr std::size_t kBatchRowsMax = 10'000;

  virtual ~SpendLog() = default;

  // Idempotent by request_id. One transaction: new rows, their daily aggregates, and the spend of scopes_of() each new
  // row whose held_at lies in the scope's present window.
  virtual Result<SpendInserted> insert_spend(const std::vector<account::SpendRow>& rows) = 0;
  virtual Result<account::SpendRow> find_spend(const std::string& request_id) = 0;
  virtual Result<Listing<account::SpendRow>> list_spend(const SpendFilter& filter, const Page& page,
                                                        const Sort<SpendSort>& sort) = 0;
  // The rows behind `cursor` in order of start_time and request_id, for long walks.
  virtual Result<std::vector<account::SpendRow>> walk_spend(const SpendFilter& filter, const SpendCursor& cursor,
                                                            std::int64_t rows_max) = 0;
  // Sums over the rows themselves, the dearest first: for times finer than a day, and for what has no aggregate.
  virtual Result<std::vector<SpendSum>> sum_spend(const SpendFilter& filter, SpendDimension by,
                                                  std::int64_t rows_max) = 0;
  // Rows that started before, at most so many at once. Aggregates and spend stay. Returns how many went.
  virtual Result<std::int64_t> delete_spend_before(account::Instant time, std::int64_t rows_max) = 0;

  // By date (newest first), then key, model, ...
  virtual Result<Listing<account::DailyAggregate>> list_daily(const DailyFilter& filter, const Page& page) = 0;
  virtual Result<std::vector<DailySum>> sum_daily(const DailyFilter& filter, const std::vector<DailyDimension>& by,
                                                  DailySort sort, std::int64_t rows_max) = 0;

  // Of any scope; of one that was never charged: nothing spent. kNotFound: the entity itself is not there.
  virtual Result<account::Spent> find_spent(const account::Scope& scope) = 0;
  // The meters of one kind and id, the dearest first: the models of a user, all tags when the kind is kTag (id empty).
  virtual Result<std::vector<Meter>> list_meters(account::ScopeKind kind, const std::string& id,
                                                 std::int64_t rows_max) = 0;
  virtual Result<void> set_spend(const account::Scope& scope, base::NanoUsd spend, const Actor& actor) = 0;
  // Begins a new window at `since` if the present one began earlier (so that of two gateways one does it): false, when
  // it did not. Only for scopes with a row of their own `next_reset_at` is written.
  virtual Result<bool> reset_spend(const account::Scope& scope, account::Instant since,
                                   std::optional<account::Instant> next_reset_at) = 0;
  // Entities whose budget_reset_at is not after `now`, the longest overdue first.
  virtual Result<std::vector<DueReset>> due_resets(account::Instant now, std::int64_t rows_max) = 0;
};

// Append within Store::atomically(), together with the change that the event tells of.
class AuditLog {
 public:
  virtual ~AuditLog() = default;

  // Gives the event its number and hashes, and returns it so.
  virtual Result<account::AuditEvent> append_audit(account::AuditEvent event) = 0;
  virtual Result<Listing<account::AuditEvent>> list_audit(const AuditFilter& filter, const Page& page) = 0;
  // The chain from event `first_seq` on, in order: for AuditWalk.
  virtual Result<std::vector<account::AuditEvent>> read_audit(std::int64_t first_seq, std::int64_t rows_max) = 0;
  virtual Result<account::AuditHead> audit_head() = 0;
};

// Gateways, their leases and their holds.
class LeaseBook {
 public:
  virtual ~LeaseBook() = default;

  virtual Result<void> put_instance(const account::Instance& instance) = 0;  // new, or in place of the old one
  virtual Result<void> beat(const std::string& instance_id, account::Instant now) = 0;  // kNotFound: it was buried
  virtual Result<std::vector<account::Instance>> list_instances() = 0;
  // With its leases; its holds stay until somebody settles them.
  virtual Result<void> delete_instance(const std::string& instance_id) = 0;

  virtual Result<void> put_lease(const account::Lease& lease) = 0;
  virtual Result<void> delete_lease(const std::string& lease_id) = 0;
  virtual Result<std::vector<account::Lease>> list_leases(const account::Scope& scope) = 0;
  virtual Result<std::vector<account::Lease>> list_leases_of(const std::string& instance_id) = 0;
  virtual Result<std::vector<account::Lease>> take_expired_leases(account::Instant now) = 0;  // and removes them

  virtual Result<void> put_holds(const std::vector<account::Hold>& holds) = 0;
  virtual Result<std::int64_t> delete_holds(const std::vector<std::string>& request_ids) = 0;
  virtual Result<std::vector<account::Hold>> list_holds_of(const std::string& instance_id) = 0;  // all when empty
};

// One connection to the database, which comes back by itself after it was lost. One thread at a time.
class Store : public Accounts, public SpendLog, public AuditLog, public LeaseBook {
 public:
  // All of `work` or nothing, as if it were alone in the database. `work` runs again from its beginning when another
  // writer came in between: it must not have effects besides this store's. Its error ends the transaction and is
  // returned. Calls may be nested; the outermost one counts.
  virtual Result<void> atomically(const std::function<Result<void>()>& work) = 0;

  // Whether the database answers.
  virtual Result<void> ping() = 0;
};

}  // namespace stargate::ports
