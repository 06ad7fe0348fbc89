#include "store/migrate.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "store/embedded.h"
#include "store/failure.h"

namespace stargate::store {
namespace {

struct Step {
  std::string_view up;
  std::string_view down;
};

// Version n is what the first n steps make.
const std::array<Step, 4>& steps() {
  static const std::array<Step, 4> kSteps = {
      Step{kMigration0001Up, kMigration0001Down}, Step{kMigration0002Up, kMigration0002Down},
      Step{kMigration0003Up, kMigration0003Down}, Step{kMigration0004Up, kMigration0004Down}};
  return kSteps;
}

// Arbitrary, and the same in every version of the program: who migrates holds it.
constexpr std::string_view kLock = "SELECT pg_advisory_xact_lock(7310579613)";
constexpr std::string_view kNoTimeLimit = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

std::string for_engine(std::string_view sql, Engine engine) {
  std::string text(sql);
  if (engine == Engine::kSqlite) return text;
  constexpr std::string_view kPostgresOnly = "-- postgres: ";
  for (std::size_t at = text.find(kPostgresOnly); at != std::string::npos; at = text.find(kPostgresOnly, at)) {
    text.erase(at, kPostgresOnly.size());
  }
  constexpr std::string_view kType = " TEXT ";
  constexpr std::string_view kCollated = " TEXT COLLATE \"C\" ";
  for (std::size_t at = text.find(kType); at != std::string::npos; at = text.find(kType, at + kCollated.size())) {
    text.replace(at, kType.size(), kCollated);
  }
  return text;
}

Result<void> set_version(Connection& connection, std::int64_t version) {
  const Value values[] = {to_value(version)};
  return without_rows(connection.run("UPDATE sg_schema SET version = $1", values));
}

Result<void> walk(Connection& connection, std::int64_t from, std::int64_t to) {
  for (std::int64_t version = from; version != to;) {
    const bool up = version < to;
    const Step& step = steps().at(static_cast<std::size_t>(up ? version : version - 1));
    if (Result<void> done = connection.run_script(for_engine(up ? step.up : step.down, connection.engine())); !done) {
      return done;
    }
    version += up ? 1 : -1;
  }
  return from == to ? Result<void>() : set_version(connection, to);
}

Result<Migrated> migrate_locked(Connection& connection, std::int64_t version) {
  if (connection.engine() == Engine::kPostgres) {
    if (Result<void> set = connection.run_script(std::string(kNoTimeLimit)); !set) return std::unexpected(set.error());
    // As a script: its time is that of a migration, since another program's may have to end first.
    if (Result<void> locked = connection.run_script(std::string(kLock)); !locked) {
      return std::unexpected(locked.error());
    }
  }
  if (Result<void> made =
          connection.run_script("CREATE TABLE IF NOT EXISTS sg_schema (version BIGINT NOT NULL);"
                                "INSERT INTO sg_schema (version) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sg_schema)");
      !made) {
    return std::unexpected(made.error());
  }
  const Result<std::int64_t> from = schema_version(connection);
  if (!from) return std::unexpected(from.error());
  if (*from > newest_schema()) {
    Failure newer = base::fail(
        ErrorCode::kConflict,
        fmt::format("the database's schema has version {}; this program knows versions up to {}. A newer Stargate has "
                    "migrated it: run that one, or migrate down with it first",
                    *from, newest_schema()));
    newer.error().param = "schema";
    return newer;
  }
  if (Result<void> done = walk(connection, *from, version); !done) return std::unexpected(done.error());
  return Migrated{.from = *from, .to = version};
}

}  // namespace

std::int64_t newest_schema() { return static_cast<std::int64_t>(steps().size()); }

Result<std::int64_t> schema_version(Connection& connection) {
  const char* const exists = connection.engine() == Engine::kPostgres
                                 ? "SELECT CASE WHEN to_regclass('sg_schema') IS NULL THEN 0 ELSE 1 END"
                                 : "SELECT count(*) FROM sqlite_schema WHERE name = 'sg_schema'";
  const Result<Outcome> there = connection.run(exists, {});
  if (!there) return std::unexpected(there.error());
  if (integer_of(there->rows.at(0).at(0)) == 0) return 0;
  const Result<Outcome> version = connection.run("SELECT coalesce(max(version), 0) FROM sg_schema", {});
  if (!version) return std::unexpected(version.error());
  return integer_of(version->rows.at(0).at(0));
}

Result<Migrated> migrate(Connection& connection, std::int64_t version) {
  if (version < 0 || version > newest_schema()) {
    return base::fail(ErrorCode::kBadRequest, fmt::format("there is no schema version {}", version));
  }
  if (Result<void> begun = connection.begin(Isolation::kReadCommitted); !begun) return std::unexpected(begun.error());
  Result<Migrated> migrated = migrate_locked(connection, version);
  if (migrated) {
    if (Result<void> committed = connection.commit(); committed)
      return migrated;
    else
      migrated = std::unexpected(committed.error());
  }
  connection.rollback();
  return migrated;
}

}  // namespace stargate::store
