#include "store/failure.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace stargate::store {
namespace {

bool is_one_of(std::string_view sqlstate, std::initializer_list<std::string_view> states) {
  return std::find(states.begin(), states.end(), sqlstate) != states.end();
}

// Classes in which the server, not the statement, is the trouble: connection, authorization, resources (disk, memory,
// connections), intervention (shutdown, timeout), system error, and a database that is not there.
bool is_server_trouble(std::string_view sqlstate) {
  static constexpr std::array<std::string_view, 8> kClasses = {"08", "28", "3D", "3F", "53", "57", "58", "F0"};
  return std::find(kClasses.begin(), kClasses.end(), sqlstate.substr(0, 2)) != kClasses.end();
}

}  // namespace

Failure unavailable(std::string message, Retry retry) {
  Failure failure = base::fail(ErrorCode::kUnavailable, std::move(message));
  failure.error().retry = retry;
  return failure;
}

Failure interrupted() {
  Failure failure = unavailable("another writer came in between");
  failure.error().type = kInterrupted;
  return failure;
}

Failure refused(std::string message) { return base::fail(ErrorCode::kInternal, std::move(message)); }

Failure not_found(std::string_view what) {
  return base::fail(ErrorCode::kNotFound, fmt::format("there is no such {}", what));
}

Failure taken(std::string_view constraint) {
  const std::size_t dot = constraint.rfind('.');
  const std::size_t bars = constraint.rfind("__");
  std::string_view column = constraint;
  if (dot != std::string_view::npos) {
    column = constraint.substr(dot + 1);
  } else if (bars != std::string_view::npos) {
    column = constraint.substr(bars + 2);
  }
  Failure failure = base::fail(ErrorCode::kConflict, fmt::format("{} is taken", column));
  failure.error().param = column;
  return failure;
}

Failure postgres_failure(std::string_view sqlstate, std::string_view message, std::string_view constraint) {
  if (sqlstate == "23505") return taken(constraint);
  if (is_one_of(sqlstate, {"40001", "40P01", "55P03", "0A000", "26000"})) return interrupted();
  if (sqlstate == "25006") {
    Failure failure = unavailable("the database server is read-only");
    failure.error().type = kReadOnly;
    return failure;
  }
  if (sqlstate == "53100") return unavailable("the database server's disk is full");
  if (is_server_trouble(sqlstate)) {
    return unavailable(fmt::format("the database server is not ready: {} ({})", message, sqlstate));
  }
  // Messages of other classes may quote values; those of syntax and names (42) quote the statement alone.
  if (sqlstate.starts_with("42")) {
    return refused(fmt::format("the database refuses a statement: {} ({})", message, sqlstate));
  }
  return refused(fmt::format("the database refuses a statement (SQLSTATE {})", sqlstate));
}

Failure sqlite_failure(int code, std::string_view message) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    // "UNIQUE constraint failed: sg_user.user_id" or "...: sg_key.key_hash, sg_key.deleted_at" or "...: index 'name'"
    std::string_view name = message.substr(message.find(": ") + 2);
    if (name.starts_with("index '")) {
      name = name.substr(7, name.size() - 8);
    } else {
      name = name.substr(0, name.find(','));
    }
    return taken(name);
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return interrupted();
    case SQLITE_FULL: return unavailable("the disk of the database file is full");
    case SQLITE_READONLY: return unavailable("the database file is read-only");
    case SQLITE_INTERRUPT: return unavailable("the database file took too long");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL: return unavailable(fmt::format("the database file cannot be used: {}", message));
    case SQLITE_ERROR: return refused(fmt::format("SQLite refuses a statement: {}", message));
    default: return refused(fmt::format("SQLite refuses a statement (code {})", code));
  }
}

}  // namespace stargate::store
