// The tables of the schema, as src/store/migrations makes them. Immutable; made at first use.
#pragma once

#include "policy/account/audit.h"
#include "policy/account/budget.h"
#include "policy/account/customer.h"
#include "policy/account/key.h"
#include "policy/account/lease.h"
#include "policy/account/organization.h"
#include "policy/account/spend.h"
#include "policy/account/stored_model.h"
#include "policy/account/team.h"
#include "policy/account/user.h"
#include "store/table.h"

namespace stargate::store {

const Table<policy::account::User>& user_table();
const Table<policy::account::Team>& team_table();
const Table<policy::account::TeamMembership>& member_table();
const Table<policy::account::Key>& key_table();
const Table<policy::account::Budget>& budget_table();
const Table<policy::account::Customer>& customer_table();
const Table<policy::account::Organization>& organization_table();
const Table<policy::account::StoredModel>& model_table();
const Table<policy::account::SpendRow>& spend_table();
const Table<policy::account::DailyAggregate>& daily_table();
const Table<policy::account::AuditEvent>& audit_table();
const Table<policy::account::Instance>& instance_table();
const Table<policy::account::Lease>& lease_table();
const Table<policy::account::Hold>& hold_table();

}  // namespace stargate::store
