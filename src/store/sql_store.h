// ports::Store over one connection to SQLite or PostgreSQL.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ports/store.h"
#include "store/database_url.h"
#include "store/link.h"
#include "store/settings.h"

namespace stargate::store {

namespace account = policy::account;

// Each statement is written once for both engines. The connection is opened at the first call and again after it was
// lost. One thread at a time; the pool has one per thread.
class SqlStore final : public ports::Store {
 public:
  SqlStore(Link::Open open, const Settings& settings) : link_(std::move(open), settings) {}

  Result<void> create_user(const account::User& user) override;
  Result<account::User> find_user(const std::string& user_id) override;
  Result<account::User> find_user_by_email(const std::string& email) override;
  Result<std::int64_t> update_user(const account::User& user) override;
  Result<std::int64_t> delete_users(const std::vector<std::string>& user_ids, const ports::Actor& actor) override;
  Result<ports::Listing<account::User>> list_users(const ports::UserFilter& filter, const ports::Page& page,
                                                   const ports::Sort<ports::UserSort>& sort) override;
  Result<std::map<std::string, std::int64_t>> count_keys(const std::vector<std::string>& user_ids) override;

  Result<void> create_team(const account::Team& team) override;
  Result<account::Team> find_team(const std::string& team_id) override;
  Result<std::int64_t> update_team(const account::Team& team) override;
  Result<std::vector<std::string>> delete_teams(const std::vector<std::string>& team_ids,
                                                const ports::Actor& actor) override;
  Result<ports::Listing<account::Team>> list_teams(const ports::TeamFilter& filter, const ports::Page& page,
                                                   const ports::Sort<ports::TeamSort>& sort) override;

  Result<void> add_member(const account::TeamMembership& membership) override;
  Result<account::TeamMembership> find_member(const std::string& team_id, const std::string& user_id) override;
  Result<std::int64_t> update_member(const account::TeamMembership& membership) override;
  Result<void> remove_member(const std::string& team_id, const std::string& user_id,
                             const ports::Actor& actor) override;
  Result<std::vector<account::TeamMembership>> list_members(const std::vector<std::string>& team_ids,
                                                            const std::vector<std::string>& user_ids) override;

  Result<void> create_key(const account::Key& key) override;
  Result<account::Key> key_by_hash(const std::string& key_hash, account::Instant now) override;
  Result<std::int64_t> update_key(const account::Key& key) override;
  Result<void> replace_key(const std::string& old_hash, const account::Key& key, account::Instant grace_until) override;
  Result<std::vector<std::string>> delete_keys(const std::vector<std::string>& key_hashes,
                                               const ports::Actor& actor) override;
  Result<ports::Listing<account::Key>> list_keys(const ports::KeyFilter& filter, const ports::Page& page,
                                                 const ports::Sort<ports::KeySort>& sort) override;
  Result<ports::Listing<std::string>> list_key_aliases(const std::string& contains, const ports::Page& page) override;

  Result<void> create_budget(const account::Budget& budget) override;
  Result<account::Budget> find_budget(const std::string& budget_id) override;
  Result<std::int64_t> update_budget(const account::Budget& budget) override;
  Result<void> delete_budget(const std::string& budget_id) override;
  Result<std::vector<account::Budget>> list_budgets(const std::vector<std::string>& budget_ids) override;

  Result<void> create_customer(const account::Customer& customer) override;
  Result<account::Customer> find_customer(const std::string& customer_id) override;
  Result<std::int64_t> update_customer(const account::Customer& customer) override;
  Result<std::int64_t> delete_customers(const std::vector<std::string>& customer_ids) override;
  Result<ports::Listing<account::Customer>> list_customers(const ports::Page& page,
                                                           const ports::Sort<ports::NameSort>& sort) override;

  Result<void> create_organization(const account::Organization& organization) override;
  Result<account::Organization> find_organization(const std::string& organization_id) override;
  Result<std::int64_t> update_organization(const account::Organization& organization) override;
  Result<void> delete_organization(const std::string& organization_id) override;
  Result<ports::Listing<account::Organization>> list_organizations(const ports::Page& page,
                                                                   const ports::Sort<ports::NameSort>& sort) override;

  Result<void> create_model(const account::StoredModel& model) override;
  Result<account::StoredModel> find_model(const std::string& model_id) override;
  Result<std::int64_t> update_model(const account::StoredModel& model) override;
  Result<void> delete_model(const std::string& model_id) override;
  Result<std::vector<account::StoredModel>> list_models(const ports::ModelFilter& filter) override;

  Result<void> set_blocked(account::ScopeKind kind, const std::string& id, bool blocked,
                           const ports::Actor& actor) override;

  Result<ports::SpendInserted> insert_spend(const std::vector<account::SpendRow>& rows) override;
  Result<account::SpendRow> find_spend(const std::string& request_id) override;
  Result<ports::Listing<account::SpendRow>> list_spend(const ports::SpendFilter& filter, const ports::Page& page,
                                                       const ports::Sort<ports::SpendSort>& sort) override;
  Result<std::vector<account::SpendRow>> walk_spend(const ports::SpendFilter& filter, const ports::SpendCursor& cursor,
                                                    std::int64_t rows_max) override;
  Result<std::vector<ports::SpendSum>> sum_spend(const ports::SpendFilter& filter, ports::SpendDimension by,
                                                 std::int64_t rows_max) override;
  Result<std::int64_t> delete_spend_before(account::Instant time, std::int64_t rows_max) override;
  Result<ports::Listing<account::DailyAggregate>> list_daily(const ports::DailyFilter& filter,
                                                             const ports::Page& page) override;
  Result<std::vector<ports::DailySum>> sum_daily(const ports::DailyFilter& filter,
                                                 const std::vector<ports::DailyDimension>& by, ports::DailySort sort,
                                                 std::int64_t rows_max) override;
  Result<account::Spent> find_spent(const account::Scope& scope) override;
  Result<std::vector<ports::Meter>> list_meters(account::ScopeKind kind, const std::string& id,
                                                std::int64_t rows_max) override;
  Result<void> set_spend(const account::Scope& scope, base::NanoUsd spend, const ports::Actor& actor) override;
  Result<bool> reset_spend(const account::Scope& scope, account::Instant since,
                           std::optional<account::Instant> next_reset_at) override;
  Result<std::vector<ports::DueReset>> due_resets(account::Instant now, std::int64_t rows_max) override;

  Result<account::AuditEvent> append_audit(account::AuditEvent event) override;
  Result<ports::Listing<account::AuditEvent>> list_audit(const ports::AuditFilter& filter,
                                                         const ports::Page& page) override;
  Result<std::vector<account::AuditEvent>> read_audit(std::int64_t first_seq, std::int64_t rows_max) override;
  Result<account::AuditHead> audit_head() override;

  Result<void> put_instance(const account::Instance& instance) override;
  Result<void> beat(const std::string& instance_id, account::Instant now) override;
  Result<std::vector<account::Instance>> list_instances() override;
  Result<void> delete_instance(const std::string& instance_id) override;
  Result<void> put_lease(const account::Lease& lease) override;
  Result<void> delete_lease(const std::string& lease_id) override;
  Result<std::vector<account::Lease>> list_leases(const account::Scope& scope) override;
  Result<std::vector<account::Lease>> list_leases_of(const std::string& instance_id) override;
  Result<std::vector<account::Lease>> take_expired_leases(account::Instant now) override;
  Result<void> put_holds(const std::vector<account::Hold>& holds) override;
  Result<std::int64_t> delete_holds(const std::vector<std::string>& request_ids) override;
  Result<std::vector<account::Hold>> list_holds_of(const std::string& instance_id) override;

  Result<void> atomically(const std::function<Result<void>()>& work) override;
  Result<void> ping() override;

 private:
  Link link_;
};

// Opens connections as the URL says; nothing is connected yet.
Link::Open opener(const DatabaseUrl& url, const Settings& settings);

std::unique_ptr<ports::Store> make_store(const DatabaseUrl& url, const Settings& settings);

}  // namespace stargate::store
