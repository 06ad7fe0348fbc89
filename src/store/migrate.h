// The schema, step by step.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "store/connection.h"

namespace stargate::store {

// The newest version that this program knows; 0 is an empty database.
std::int64_t newest_schema();

// What the database has. 0 when it was never migrated.
Result<std::int64_t> schema_version(Connection& connection);

struct Migrated {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// Brings the schema to `version`, up or down, in one transaction and under a lock that other programs respect: of two
// that start at once, one migrates and the other finds it done. Down loses what stood in the tables that go.
// Errors: kUnavailable as everywhere; kConflict: the database was migrated by a newer program (`param` "schema").
Result<Migrated> migrate(Connection& connection, std::int64_t version);
inline Result<Migrated> migrate(Connection& connection) { return migrate(connection, newest_schema()); }

}  // namespace stargate::store
