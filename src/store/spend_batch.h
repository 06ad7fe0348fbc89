// The insertion of spend rows: rows, daily aggregates and the spend of every scope in one transaction.
#pragma once

#include <vector>

#include "base/error.h"
#include "policy/account/spend.h"
#include "ports/store.h"
#include "store/connection.h"

namespace stargate::store {

// Inside a transaction of the caller's. Takes the lock under which spend moves.
Result<ports::SpendInserted> insert_spend_batch(Connection& connection,
                                                const std::vector<policy::account::SpendRow>& rows);

// Whoever changes a spend or begins a window holds this until its transaction ends.
Result<void> lock_spend(Connection& connection);

}  // namespace stargate::store
