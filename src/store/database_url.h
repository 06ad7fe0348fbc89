// Where the database is, as DATABASE_URL says it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "store/connection.h"

namespace stargate::store {

// sqlite:///var/lib/stargate/stargate.db   a file by its absolute path
// sqlite:stargate.db                       ... by a relative one
// postgresql://user:password@host:5432/name?sslmode=require      libpq's form, several hosts too; postgres:// is the
// same
//
// Parameters that LiteLLM's database layer (Prisma) takes are understood where they mean something here, otherwise put
// into `ignored`.
struct DatabaseUrl {
  Engine engine = Engine::kSqlite;
  std::string path;                  // SQLite
  Secret target;                     // PostgreSQL: the URL with libpq's own parameters only
  std::string schema;                // ?schema=; empty: the server's default
  std::size_t connections = 0;       // ?connection_limit=; 0: not said
  bool keep_statements = true;       // false with ?pgbouncer=true: prepared statements do not survive such a pool
  std::vector<std::string> ignored;  // names of parameters without a meaning here

  // Errors: kBadRequest. No message holds any part of the URL but its scheme and names of parameters.
  static Result<DatabaseUrl> parse(std::string_view url);
};

}  // namespace stargate::store
